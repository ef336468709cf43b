-- Groups: identities that several nodes hold. A source counts its messages for each destination, so what is finished here
-- is noted by destination, too; until now all of it was for this node.
ALTER TABLE peers ADD COLUMN is_group INTEGER NOT NULL DEFAULT 0 CHECK (is_group IN (0, 1));
CREATE TABLE held_groups (
  node          TEXT    PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,
  joined_unix_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE offers (
  peer       TEXT    NOT NULL,
  hop        TEXT    NOT NULL,
  waits_s    REAL,
  most_bytes INTEGER NOT NULL DEFAULT 0,
  left_s     REAL,
  failures   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (peer, hop),
  FOREIGN KEY (peer, hop) REFERENCES routes (peer, hop) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE new_seen (
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  epoch       BLOB    NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL CHECK (last > first),
  PRIMARY KEY (source, epoch, destination, first)
) STRICT, WITHOUT ROWID;
INSERT INTO new_seen SELECT source, (SELECT node FROM selfinfo), epoch, first, last FROM seen;
DROP TABLE seen;
ALTER TABLE new_seen RENAME TO seen;
CREATE TABLE new_sequences (
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  next        INTEGER NOT NULL,
  PRIMARY KEY (source, destination)
) STRICT, WITHOUT ROWID;
INSERT INTO new_sequences SELECT (SELECT node FROM selfinfo), destination, next FROM sequences;
DROP TABLE sequences;
ALTER TABLE new_sequences RENAME TO sequences;
CREATE TABLE new_texts (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  message        INTEGER NOT NULL,
  source         TEXT    NOT NULL,
  epoch          BLOB    NOT NULL,
  sequence       INTEGER NOT NULL,
  written_unix_s INTEGER NOT NULL,
  unix_s         INTEGER NOT NULL,
  text           TEXT    NOT NULL,
  destination    TEXT    NOT NULL,
  UNIQUE (source, destination, epoch, sequence)
) STRICT;
INSERT INTO new_texts (id, message, source, epoch, sequence, written_unix_s, unix_s, text, destination)
SELECT id, message, source, epoch, sequence, written_unix_s, unix_s, text, (SELECT node FROM selfinfo) FROM texts;
-- The numbers of texts that were removed are not given again.
DELETE FROM sqlite_sequence WHERE name = 'new_texts';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_texts', seq FROM sqlite_sequence WHERE name = 'texts';
DROP TABLE texts;
ALTER TABLE new_texts RENAME TO texts;
