-- Peers that take packed frames say so in their hello.
ALTER TABLE peers ADD COLUMN takes_packed INTEGER NOT NULL DEFAULT 0 CHECK (takes_packed IN (0, 1));
-- Keys for singles outlive a start.
CREATE TABLE single_keys (
  destination TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  key_id      BLOB    NOT NULL CHECK (length(key_id) = 8),
  born_s      REAL    NOT NULL,
  starts      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
