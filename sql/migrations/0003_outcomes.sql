-- What a refusal means and how long to wait become rows, and the last refusal of a message a column. Changes of
-- peers are counted.
ALTER TABLE messages ADD COLUMN refusal INTEGER;
CREATE TABLE peer_revision (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL
) STRICT;
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
-- A single is no longer cut: its parts were refused for good. As the engine does now, manifest and chunks replace one
-- of ours (event outgrown), and the source of one that is carried is asked for them (event oversize).
CREATE TEMP TABLE cut_single AS
SELECT id, parent, state, envelope IS NOT NULL AS is_carried FROM messages m
 WHERE type = 1 AND state NOT IN ('F', 'D') AND EXISTS (
  SELECT 1 FROM messages p WHERE p.parent = m.id AND p.parent > 0 AND p.type = 1);
DELETE FROM bodies WHERE message IN (
  SELECT id FROM messages WHERE parent IN (SELECT id FROM cut_single) AND type = 1);
DELETE FROM messages WHERE parent > 0 AND parent IN (SELECT id FROM cut_single) AND type = 1;
INSERT INTO events (message, event, from_state, to_state, walk, effect, actor, reason, at_s)
SELECT id, 'oversize', state, 'D', state || ' D', 'hint', 'engine', 'a single is not cut', clock()
  FROM cut_single WHERE is_carried;
INSERT INTO events (message, event, from_state, to_state, walk, effect, actor, at_s)
SELECT id, 'outgrown', state, 'F', state || ' F', 'recut', 'engine', clock() FROM cut_single WHERE NOT is_carried;
INSERT INTO events (message, event, from_state, to_state, walk, effect, actor, at_s)
SELECT id, 'recut', state, 'S-2', state || ' S-2', 'cut', 'engine', clock() FROM messages
 WHERE type = 6 AND state = 'S-2W' AND id IN (SELECT parent FROM cut_single);
UPDATE messages SET state = 'S-2', pieces_left = 0, cut_bytes = 0, due_s = 0,
  last_event = (SELECT max(seq) FROM events WHERE message = messages.id)
 WHERE type = 6 AND state = 'S-2W' AND id IN (SELECT parent FROM cut_single);
UPDATE messages SET pieces_left = 0, last_event = (SELECT max(seq) FROM events WHERE message = messages.id),
  state = CASE WHEN envelope IS NULL THEN 'F' ELSE 'D' END,
  reason = CASE WHEN envelope IS NULL THEN reason ELSE 'a single is not cut' END
 WHERE id IN (SELECT id FROM cut_single);
INSERT OR REPLACE INTO receipts_due
SELECT source, destination, epoch, sequence, attempt, 4, id, reason FROM messages
 WHERE id IN (SELECT id FROM cut_single WHERE is_carried);
DROP TABLE cut_single;
