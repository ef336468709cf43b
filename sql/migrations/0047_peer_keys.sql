-- Certificate and sealing key of a peer, nearly 2 KB, have a table of their own: rows of peers are small.
CREATE TABLE peer_keys (
  node        TEXT PRIMARY KEY REFERENCES peers (node) ON DELETE CASCADE,
  certificate BLOB NOT NULL,
  sealing_key BLOB NOT NULL
) STRICT;
INSERT INTO peer_keys (node, certificate, sealing_key) SELECT node, certificate, sealing_key FROM peers;
ALTER TABLE peers DROP COLUMN certificate;
ALTER TABLE peers DROP COLUMN sealing_key;
