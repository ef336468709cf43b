-- Receipts are kept, and say what content is in the inbox of their signer.
CREATE TABLE kept_receipts (
  event      INTEGER PRIMARY KEY,
  last_event INTEGER NOT NULL CHECK (last_event > event),
  signed     BLOB    NOT NULL
) STRICT;
CREATE TABLE content_hashes (
  message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
ALTER TABLE files ADD COLUMN content_hash BLOB CHECK (length(content_hash) = 32);
