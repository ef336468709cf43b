-- Several next hops for one peer.
CREATE TABLE routes (
  peer     TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 16),
  hop      TEXT    NOT NULL,
  used_s   REAL,                             -- since when it is the present one; NULL: it is not
  PRIMARY KEY (peer, position),
  UNIQUE (peer, hop)
) STRICT, WITHOUT ROWID;
CREATE INDEX routes_second ON routes (peer) WHERE position = 2;

INSERT INTO routes (peer, position, hop, used_s) SELECT node, 1, via, clock() FROM peers WHERE via IS NOT NULL;

ALTER TABLE connections ADD COLUMN unreached_s REAL;
