-- Files that land in a store before their receipts are owed.
ALTER TABLE selfinfo ADD COLUMN lands TEXT CHECK (lands IS NULL OR json_valid(lands));
ALTER TABLE selfinfo ADD COLUMN keeps_inbox INTEGER NOT NULL DEFAULT 1 CHECK (keeps_inbox IN (0, 1));
CREATE TABLE landings (
  file          INTEGER PRIMARY KEY REFERENCES files (id),
  message       INTEGER NOT NULL,
  content_hash  BLOB    NOT NULL CHECK (length(content_hash) = 32),
  born_s        REAL    NOT NULL,
  bucket        TEXT,
  object        TEXT,
  landed_unix_s INTEGER
) STRICT;
CREATE INDEX landings_open ON landings (file) WHERE object IS NULL;
