-- Which peer each change was about. A process that starts reads all peers, so none of before is needed.
CREATE TABLE peer_changes (
  number INTEGER PRIMARY KEY,
  node   TEXT    NOT NULL
) STRICT;
