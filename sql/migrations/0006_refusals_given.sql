-- The refusals that this node gives are counted in a table; a column says what ends a refusal.
-- Rows of `refusals` are part of the machine, which is installed anew afterwards.
DROP TABLE refusals;
CREATE TABLE refusals (
  code     INTEGER PRIMARY KEY,
  name     TEXT    NOT NULL UNIQUE,
  event    TEXT    NOT NULL CHECK (event IN ('refused', 'nacked', 'deferred', 'need-manifest')),
  wait_s   INTEGER NOT NULL CHECK (wait_s >= 0),
  cause    TEXT,
  ended_by TEXT    NOT NULL CHECK (ended_by IN ('right', 'route', 'quota', 'room', 'sender', 'itself')),
  why      TEXT    NOT NULL
) STRICT;
CREATE TABLE refusals_given (
  peer     TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,   -- who brought the messages
  code     INTEGER NOT NULL,                 -- refusals.txt
  missing  TEXT    NOT NULL,                 -- which right or route, as in the view admissions; else ''
  subject  TEXT    NOT NULL,                 -- the source of the messages, of a missing route the destination;
                                             -- '': it cannot be read, or the peer has named many
  messages INTEGER NOT NULL,
  first_s  REAL    NOT NULL,
  last_s   REAL    NOT NULL,
  reason   TEXT    NOT NULL,                 -- of the last one, for people
  PRIMARY KEY (peer, code, missing, subject)
) STRICT, WITHOUT ROWID;
