-- Why a file cannot be put into the inbox, since when, and when it is tried again become columns.
ALTER TABLE files ADD COLUMN trouble TEXT;
ALTER TABLE files ADD COLUMN trouble_reason TEXT;
ALTER TABLE files ADD COLUMN trouble_s REAL;
ALTER TABLE files ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN due_s REAL NOT NULL DEFAULT 0;
CREATE INDEX files_postponed ON files (due_s) WHERE due_s > 0;
