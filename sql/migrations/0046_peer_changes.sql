-- Which peer each change was about. A process that starts reads all peers, so none of before is needed.
CREATE TABLE peer_changes (
  number INTEGER PRIMARY KEY,
  node   TEXT    NOT NULL
) STRICT;
-- A hub asks for the hello of a peer, and for those that a peer is the next hop of, once for each of thousands.
CREATE INDEX messages_greeting ON messages (destination) WHERE state = 'S-5';
CREATE INDEX peers_by_hop ON peers (via);
