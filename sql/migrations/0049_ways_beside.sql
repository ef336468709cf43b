-- Several addresses of a peer may carry a large file together.
ALTER TABLE peers ADD COLUMN beside INTEGER NOT NULL DEFAULT 1 CHECK (beside BETWEEN 1 AND 3);
CREATE INDEX peers_beside ON peers (node) WHERE beside > 1;
ALTER TABLE connections ADD COLUMN way TEXT NOT NULL DEFAULT '';
CREATE TABLE connections_beside (
  peer      TEXT    NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  way       TEXT    NOT NULL,
  handle    INTEGER NOT NULL DEFAULT -1,
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,
  changed_s REAL    NOT NULL DEFAULT 0,
  address   TEXT    NOT NULL DEFAULT '',
  reason    TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (peer, way)
) STRICT, WITHOUT ROWID;
