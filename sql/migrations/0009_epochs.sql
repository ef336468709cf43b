-- Epochs of other nodes from which messages for this node came. heard_s: when the first one came.
CREATE TABLE epochs (
  source  TEXT NOT NULL,
  epoch   BLOB NOT NULL,
  heard_s REAL NOT NULL,
  PRIMARY KEY (source, epoch)
) STRICT, WITHOUT ROWID;
CREATE INDEX epochs_by_age ON epochs (source, heard_s);
INSERT INTO epochs
SELECT source, epoch, clock() - 86400 FROM seen
UNION
SELECT m.source, m.epoch, clock() - 86400 FROM messages m JOIN selfinfo s
 WHERE m.destination = s.node AND m.source <> s.node AND m.type IN (1, 2, 3, 7) AND m.hash IS m.found;
