-- Peers that take frames in reverse on the connections that they dial say so in their hello.
ALTER TABLE peers ADD COLUMN both_ways INTEGER NOT NULL DEFAULT 0 CHECK (both_ways IN (0, 1));
