-- What only a process notices, as rows, so that the view `health` can tell it; and the alarms of its changes.
CREATE TABLE heard (
  peer      TEXT    PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  heard_s   REAL    NOT NULL,
  longest_s REAL    NOT NULL DEFAULT 0,
  gaps      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE faults (
  id      INTEGER PRIMARY KEY,
  process TEXT    NOT NULL,
  kind    TEXT    NOT NULL CHECK (kind IN ('ended', 'error')),
  unix_s  REAL    NOT NULL,
  text    TEXT    NOT NULL
) STRICT;
CREATE TABLE disks (
  folder       TEXT    PRIMARY KEY,
  level        TEXT    NOT NULL CHECK (level IN ('fine', 'low', 'full', 'few-files')),
  since_s      REAL    NOT NULL,
  free_bytes   INTEGER NOT NULL,
  all_bytes    INTEGER NOT NULL,
  noted_s      REAL    NOT NULL,
  before_bytes INTEGER NOT NULL,
  before_s     REAL    NOT NULL,
  life_percent INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE alarms (
  kind      TEXT    NOT NULL,
  subject   TEXT    NOT NULL,
  severity  TEXT    NOT NULL CHECK (severity IN ('warning', 'error')),
  words     TEXT    NOT NULL,
  help      TEXT    NOT NULL,
  since_at  TEXT    NOT NULL,
  seen_s    REAL    NOT NULL,
  clear_s   REAL,
  told      TEXT    CHECK (told IN ('warning', 'error')),
  hour_s    REAL    NOT NULL DEFAULT 0,
  runs      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_program (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  failures    INTEGER NOT NULL DEFAULT 0,
  failed_s    REAL,
  due_s       REAL    NOT NULL DEFAULT 0,
  exit_status INTEGER,
  output      TEXT
) STRICT;
CREATE INDEX messages_unconfirmed ON messages (id) WHERE state = 'S-2W' AND pieces_left = 0 AND repeats + hints > 0;
