-- What a refusal means and how long to wait become rows, and the last refusal of a message a column.
ALTER TABLE messages ADD COLUMN refusal INTEGER;
CREATE TABLE refusals (
  code   INTEGER PRIMARY KEY,
  name   TEXT    NOT NULL UNIQUE,
  event  TEXT    NOT NULL CHECK (event IN ('refused', 'nacked', 'deferred', 'need-manifest')),
  wait_s INTEGER NOT NULL CHECK (wait_s >= 0),
  cause  TEXT,
  why    TEXT    NOT NULL
) STRICT;
CREATE TABLE backoffs (
  policy   TEXT    NOT NULL,
  failures INTEGER NOT NULL CHECK (failures > 0),
  least_s  REAL    NOT NULL,
  most_s   REAL    NOT NULL CHECK (most_s >= least_s),
  PRIMARY KEY (policy, failures)
) STRICT, WITHOUT ROWID;
