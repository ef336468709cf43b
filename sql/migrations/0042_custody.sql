-- What relays took and gave on, and signed: kept at the relay until its source is told, and at the source with the job.
CREATE TABLE custody_wishes (
  source  TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  until_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE custody (
  id           INTEGER PRIMARY KEY,
  source       TEXT    NOT NULL REFERENCES custody_wishes (source) ON DELETE CASCADE,
  destination  TEXT    NOT NULL,
  epoch        BLOB    NOT NULL,
  sequence     INTEGER NOT NULL,
  attempt      INTEGER NOT NULL,
  previous_hop TEXT    NOT NULL,
  total_bytes  INTEGER NOT NULL,
  took_unix_s  INTEGER NOT NULL,
  next_hop     TEXT,
  gave_unix_s  INTEGER NOT NULL DEFAULT 0,
  due_s        REAL,
  noted_s      REAL    NOT NULL,
  UNIQUE (source, destination, epoch, sequence, attempt, previous_hop)
) STRICT;
CREATE INDEX custody_due ON custody (due_s) WHERE due_s IS NOT NULL;
CREATE TABLE custody_words (
  job     INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  relay   TEXT    NOT NULL,
  attempt INTEGER NOT NULL,
  signed  BLOB    NOT NULL CHECK (length(signed) = 120),
  PRIMARY KEY (job, relay)
) STRICT, WITHOUT ROWID;
