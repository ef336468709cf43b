-- Totals of what was delivered, for monitors. What was delivered before is not counted.
CREATE TABLE delivered_totals (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  direction TEXT    NOT NULL CHECK (direction IN ('out', 'in')),
  jobs      INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  PRIMARY KEY (peer, direction)
) STRICT, WITHOUT ROWID;
