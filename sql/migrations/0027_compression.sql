-- Peers that unpack what is sent compressed say so: neighbours in their hello, others in a receipt.
ALTER TABLE peers ADD COLUMN unpacks INTEGER NOT NULL DEFAULT 0 CHECK (unpacks IN (0, 1));
-- What is sent compressed is compressed once, to a copy that every attempt to send it reads.
ALTER TABLE files ADD COLUMN compressed TEXT;
ALTER TABLE files ADD COLUMN compressed_fingerprint TEXT;
ALTER TABLE files ADD COLUMN plain_hash BLOB CHECK (length(plain_hash) = 32);
CREATE TABLE compressed_wholes (
  message     INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  plain_bytes INTEGER NOT NULL CHECK (plain_bytes > 0),
  plain_hash  BLOB    NOT NULL CHECK (length(plain_hash) = 32),
  is_unpacked INTEGER NOT NULL DEFAULT 0 CHECK (is_unpacked IN (0, 1))
) STRICT;
