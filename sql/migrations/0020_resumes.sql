-- Peers that go on with what a broken connection had begun say so in their hello.
ALTER TABLE peers ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0 CHECK (resumes IN (0, 1));
