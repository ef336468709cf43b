-- The outcome of dialling each address of a peer.
CREATE TABLE tried_ways (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  way       TEXT    NOT NULL,
  reached_s REAL,
  failed_s  REAL,
  failures  INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  PRIMARY KEY (peer, way)
) STRICT, WITHOUT ROWID;
