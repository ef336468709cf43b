-- A node finds out which of its peers cannot dial it.
CREATE TABLE cannot_dial_here (
  peer    TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  since_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
