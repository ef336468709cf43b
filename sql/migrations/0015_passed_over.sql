-- Entries of the drop folders that are not sent are rows, so that people are told of them.
CREATE TABLE passed_over (
  folder  TEXT NOT NULL,                     -- name of the peer; '' is drop/ itself
  name    TEXT NOT NULL,                     -- bytes that are not UTF-8 are escaped
  reason  TEXT NOT NULL,
  since_s REAL NOT NULL,
  PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;

-- Jobs that were pushed out of the history before their time leave a small row; the dead go last.
CREATE TABLE pruned_jobs (
  job        INTEGER PRIMARY KEY,
  name       TEXT,                           -- NULL: a text
  direction  TEXT    NOT NULL CHECK (direction IN ('out', 'in')),
  peer       TEXT    NOT NULL,               -- node id of the other end
  size_bytes INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('F', 'D')),
  ended_s    REAL    NOT NULL
) STRICT;
DROP INDEX messages_over;
CREATE INDEX messages_over ON messages (state, last_event) WHERE parent = 0 AND state IN ('F', 'D');
