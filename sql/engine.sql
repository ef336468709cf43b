-- The engine. A process inserts facts. One trigger looks up the moves in `transitions`, continues as far as the
-- database alone can decide, inserts the walk into `events` and updates the message. The triggers below, one for each
-- effect, do what follows from a move.
--
-- SQLite fires several triggers of one (table, event, timing) in an undocumented order, so the WHENs of each group
-- exclude one another. Only netrelay's own connections register the functions wake(process), clock(), refuse(why) and
-- only_netrelay_writes_here(), which the guards name: another writer fails when its statement is compiled. refuse()
-- replaces RAISE, because SQLite before 3.47 cannot parse a RAISE with a computed text. The column `effect` is written
-- last and starts the effect: the rest of the move is stored by then.
--
-- SQLite allocates and clears the registers of a trigger before it evaluates the WHEN, for each row: 90 KB for the effect
-- of a receipt, whatever the effect of the row is. A trigger of messages or events with a long body therefore only
-- inserts into a view, and the INSTEAD OF trigger of the view has the body.

-- For how many seconds from its arrival or birth a message is kept here: what is left of its lifetime. What others send
-- is kept for incoming_lifetime_s at most; a manifest of a file for this node, until the first bytes of the file are
-- here, for the hour in which they have to begin and the time that a slow line takes for a chunk (1 KiB a second,
-- docs/protocol.md, section 5). It reserves the disk for the whole file. One for a group, for a day from the hour in which
-- the last bytes came, while it is not complete.
CREATE VIEW keeping_times (message, keeping_s) AS
SELECT m.id, min(max(m.lifetime_s - m.age_s, 0),
         CASE WHEN m.birth <> 'arrived' THEN m.lifetime_s
              WHEN m.type = 3 AND m.file IS NOT NULL AND m.parent = 0
               AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id)
              THEN min(s.incoming_lifetime_s, 3600 + s.capacity / 1024)
              -- of a group: another member may have all of it by now
              WHEN m.type = 3 AND m.file IS NOT NULL AND m.parent = 0 AND m.destination <> s.node
               AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)
              THEN min(s.incoming_lifetime_s, 3600 * (CAST((clock() - m.born_s) / 3600 AS INTEGER) + 25))
              ELSE s.incoming_lifetime_s END)
  FROM messages m JOIN selfinfo s;

-- A fact: message, event, actor, reason, and the node time before which the message is not taken up (due_s).
CREATE VIEW facts (message, event, actor, reason, due_s) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER fact_reported INSTEAD OF INSERT ON facts BEGIN
  INSERT INTO events (message, event, from_state, to_state, walk, effect, actor, reason, at_s, due_s)
  WITH RECURSIVE
    walk (step, event, from_state, to_state, effect, why, path) AS (
      SELECT 0, t.event, t.from_state, t.to_state, t.effect, t.why, t.from_state || ' ' || t.to_state
        FROM messages m JOIN transitions t
          ON t.from_state = m.state AND t.event = NEW.event AND t.actor = NEW.actor
         AND t.type = CASE WHEN m.type BETWEEN 1 AND 7 THEN m.type ELSE 0 END
       WHERE m.id = NEW.message
      UNION ALL
      SELECT w.step + 1, t.event, t.from_state, t.to_state, t.effect, t.why, w.path || ' ' || t.to_state
        FROM walk w JOIN messages m ON m.id = NEW.message
        JOIN transitions t ON t.from_state = w.to_state AND t.actor = 'engine'
         AND t.type = CASE WHEN m.type BETWEEN 1 AND 7 THEN m.type ELSE 0 END
         AND t.event = CASE w.to_state
           WHEN 'N-1' THEN CASE WHEN m.hash IS m.found THEN 'hash-good' ELSE 'hash-bad' END
           WHEN 'N-2' THEN CASE WHEN m.destination = (SELECT node FROM selfinfo)
             OR EXISTS (SELECT 1 FROM held_groups g WHERE g.node = m.destination) THEN 'for-us' ELSE 'elsewhere' END
           WHEN 'N-3' THEN CASE WHEN m.type BETWEEN 1 AND 7 THEN 'type-known' ELSE 'type-unknown' END
           WHEN 'N-4' THEN CASE m.type WHEN 2 THEN 'piece-stored'
                                       WHEN 3 THEN CASE WHEN m.info ->> 'kind' = 'key' THEN 'key-stored' END
                                       WHEN 1 THEN CASE WHEN m.info ->> 'kind' = 'text' THEN 'kept' END
                                       ELSE 'acted' END
           WHEN 'S-1' THEN CASE WHEN m.type IN (4, 5) THEN 'consensus' ELSE
             coalesce((SELECT CASE WHEN y.message_size IS NULL THEN 'no-size'
                                   WHEN m.type = 6 THEN 'any-size'
                                   WHEN m.type IN (3, 7) OR m.size_bytes <= y.message_size THEN 'fits'
                                   WHEN m.type = 1 THEN CASE WHEN m.parent > 0 AND m.envelope IS NULL THEN 'outgrown' ELSE 'oversize' END
                                   ELSE 'too-big' END
                         FROM peers p LEFT JOIN sysinfo y ON y.node = p.via
                        WHERE p.node = m.destination AND p.via IS NOT NULL), 'no-route') END
           WHEN 'S-2W' THEN CASE WHEN m.pieces_left = 0 AND m.type IN (1, 2)
             AND (m.parent > 0 OR m.source <> (SELECT node FROM selfinfo)) THEN 'hop-enough' END
         END
       -- A move to the same state ends the walk, unless the fact asks to decide again.
       WHERE w.to_state <> w.from_state OR w.step = 0 AND w.event IN ('size-known', 'pieces-done'))
  SELECT NEW.message, NEW.event, (SELECT state FROM messages WHERE id = NEW.message), to_state, path, effect, NEW.actor,
         coalesce(NEW.reason, CASE WHEN to_state = 'D' THEN why || coalesce((
           SELECT CASE WHEN f.path IS NULL THEN '; it could not be put into the inbox: ' ELSE '; ' END || f.trouble_reason
             FROM messages m JOIN files f ON f.id = m.file WHERE m.id = NEW.message AND f.due_s > 0), '') END), clock(), NEW.due_s
    FROM (SELECT *, max(step) FROM walk) WHERE to_state IS NOT NULL;
  SELECT refuse('no such move: message ' || NEW.message || ' '
      || coalesce((SELECT 'in ' || state || ' of type ' || type FROM messages WHERE id = NEW.message), '(there is none)')
      || ', ' || NEW.event || ' by ' || NEW.actor)
   WHERE changes() = 0;
  -- The first 128 events of a message are kept, and the last 128: repeats and refusals may go on for weeks.
  DELETE FROM events
   WHERE seq = (SELECT seq FROM events WHERE message = NEW.message ORDER BY seq LIMIT 1 OFFSET 128)
     AND EXISTS (SELECT 1 FROM events WHERE message = NEW.message LIMIT 1 OFFSET 256);
END;

-- The message follows its walk. In a trigger of `events`, so that the values are NEW's: an UPDATE with a FROM clause, and
-- every INSERT of a SELECT into something with triggers, makes a temporary table, also for no row (2 us each).
CREATE TRIGGER walk_stored AFTER INSERT ON events BEGIN
  INSERT INTO taken_walks VALUES (NEW.message, NEW.event, NEW.from_state, NEW.to_state, NEW.reason);
  -- A statement of its own: one that names `attempt` rewrites the largest index.
  UPDATE messages SET attempt = attempt + 1
   WHERE id = NEW.message AND NEW.event IN ('retry', 'touched') AND source = (SELECT node FROM selfinfo);
  -- It is sent as it is now: the compressed copy was removed with the end of the attempt before, or is not what it was.
  UPDATE files SET compressed = NULL, compressed_fingerprint = NULL, plain_hash = NULL
   WHERE NEW.event IN ('retry', 'touched') AND compressed IS NOT NULL
     AND id = (SELECT file FROM messages WHERE id = NEW.message AND type = 6);
  UPDATE messages SET
    state = NEW.to_state, last_event = NEW.seq, reason = coalesce(NEW.reason, reason),
    refusals = CASE WHEN NEW.event IN ('retry', 'touched') OR NEW.event IN ('again', 'carry') OR NEW.event = 'repeat' THEN 0
                    ELSE refusals + (NEW.event = 'nacked') END,
    repeats = CASE WHEN NEW.event IN ('retry', 'touched') THEN 0 ELSE repeats + (NEW.event = 'repeat') END,
    hints = CASE WHEN NEW.event IN ('retry', 'touched') THEN 0 ELSE hints + (NEW.event IN ('hinted', 'wanted') OR NEW.event = 'recut') END,
    expires_s = CASE WHEN NEW.event = 'retry' THEN clock() + lifetime_s
                     -- a piece lives as long as its whole
                     WHEN NEW.from_state = '-' AND parent > 0 THEN NULL
                     -- again, pieces too: their whole may have ended
                     WHEN NEW.from_state = '-' OR NEW.event IN ('again', 'carry') AND NEW.from_state IN ('F', 'D')
                     THEN clock() + (SELECT k.keeping_s FROM keeping_times k WHERE k.message = messages.id) ELSE expires_s END,
    -- A new attempt starts without pieces.
    pieces_left = CASE WHEN NEW.event IN ('retry', 'touched') AND source = (SELECT node FROM selfinfo) THEN 0 ELSE pieces_left END,
    cut_bytes = CASE WHEN NEW.to_state = 'S-2' AND NEW.from_state <> 'S-2' THEN 0 ELSE cut_bytes END,
    next_hop = CASE WHEN NEW.to_state = 'S-5' THEN destination
                    WHEN (NEW.to_state IN ('S-1', 'S-2') OR NEW.to_state IN ('S-2W', 'S-4')) AND NEW.event <> 'cut'
                    THEN (SELECT via FROM peers WHERE node = messages.destination) ELSE next_hop END,
    turn = CASE WHEN type = 2 AND NEW.to_state = 'S-4' THEN (SELECT t.turn FROM turns t WHERE t.message = messages.id)
                ELSE turn END,
    due_s = coalesce(NEW.due_s, CASE NEW.to_state
      -- every piece is acknowledged, and the receipt is not here
      WHEN 'S-2W' THEN clock() + (SELECT most_s FROM backoffs WHERE policy = 'repeat' AND failures <= repeats + 1
         ORDER BY failures DESC LIMIT 1) ELSE 0 END)
   WHERE id = NEW.message;
  UPDATE messages SET effect = NEW.effect WHERE id = NEW.message AND NEW.effect IS NOT NULL;
  SELECT wake(CASE WHEN state IN ('S-4', 'S-2W') OR state = 'F' AND type = 3 THEN 'processor_s' WHEN state = 'S-5' THEN 'initial_sender'
                   WHEN state = 'N-4' AND type = 1 THEN 'exporter'
                   WHEN state IN ('F', 'D') AND type = 6 THEN 'importer'
                   WHEN state IN ('F', 'D') AND salt IS NOT NULL AND parent = 0 THEN 'processor_r'
                   -- its file in the staging folder is removed
                   WHEN state = 'D' AND type IN (1, 3) AND file IS NOT NULL AND parent = 0 THEN 'processor_r' END)
    FROM messages WHERE id = NEW.message;
END;

-- A birth: in state '-', and only by a row of the machine.
CREATE TRIGGER message_born AFTER INSERT ON messages WHEN NEW.state = '-' BEGIN
  INSERT INTO facts (message, event, actor) VALUES (NEW.id, NEW.birth, NEW.actor);
END;

-- A piece that finishes decrements its parent's pieces_left, one that is sent again increments it, one that dies ends
-- the parent.
CREATE TRIGGER piece_finished AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state = 'F' AND OLD.state <> 'F' BEGIN
  INSERT INTO finished_pieces VALUES (NEW.type, NEW.parent, NEW.attempt, NEW.next_hop, NEW.priority);
END;
CREATE VIEW finished_pieces (type, parent, attempt, next_hop, priority) AS SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER finished_piece_counted INSTEAD OF INSERT ON finished_pieces BEGIN
  UPDATE messages SET pieces_left = pieces_left - 1 WHERE id = NEW.parent AND attempt = NEW.attempt;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'pieces-done', 'engine' FROM messages
   WHERE id = NEW.parent AND attempt = NEW.attempt AND pieces_left = 0 AND state = 'S-2W';
  INSERT INTO made_offers SELECT id FROM messages WHERE id = NEW.parent AND pieces_left = 0 AND state = 'S-2W';
  -- The next hop has admitted the job: its first chunks start at the virtual time of now (turns.sql).
  UPDATE messages SET turn = turn + late.turns
    FROM (SELECT f.turn - c.turn AS turns FROM messages c
           JOIN (SELECT max(turn) AS turn FROM messages
                  WHERE state = 'S-4W' AND next_hop = NEW.next_hop AND priority = NEW.priority) f
           WHERE c.parent = NEW.parent AND c.parent > 0 AND c.type = 2 AND c.attempt = NEW.attempt AND c.state = 'S-4'
           ORDER BY c."offset" LIMIT 1) late
   WHERE NEW.type = 3 AND parent = NEW.parent AND parent > 0 AND type = 2 AND attempt = NEW.attempt AND state = 'S-4'
     AND late.turns > 0 AND (SELECT pieces_left <= 256 FROM messages WHERE id = NEW.parent);
END;
CREATE TRIGGER piece_revived AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state <> 'F' AND OLD.state = 'F' BEGIN
  INSERT INTO revived_pieces VALUES (NEW.parent, NEW.attempt);
END;
CREATE VIEW revived_pieces (parent, attempt) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER revived_piece_counted INSTEAD OF INSERT ON revived_pieces BEGIN
  UPDATE messages SET pieces_left = pieces_left + 1 WHERE id = NEW.parent AND attempt = NEW.attempt;
END;
CREATE TRIGGER piece_died AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state = 'D' AND OLD.state NOT IN ('D', 'F') BEGIN
  INSERT INTO facts (message, event, actor, reason)
  SELECT id, 'piece-died', 'engine', 'piece ' || NEW.id || ': ' || NEW.reason FROM messages
   WHERE id = NEW.parent AND attempt = NEW.attempt AND state IN ('S-2', 'S-2W');
END;
-- A message that has ended needs its made body no longer, except a dead manifest or text: a retry sends it again. The
-- body of a job's manifest is deleted with the job.
CREATE TRIGGER whole_finished AFTER UPDATE OF state ON messages
WHEN NEW.parent = 0 AND NEW.state IN ('F', 'D') AND OLD.state NOT IN ('F', 'D') BEGIN
  INSERT INTO ended_wholes VALUES (NEW.id, NEW.type, NEW.state, NEW.source, NEW.destination, NEW.epoch, NEW.sequence,
          NEW.attempt, NEW.file, NEW.envelope, NEW.hash, NEW.found, NEW.reason, NEW.total_bytes, OLD.state <> '-');
END;
CREATE VIEW ended_wholes (id, type, state, source, destination, epoch, sequence, attempt, file, envelope, hash,
          found, reason, total_bytes, has_waited) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER whole_ended INSTEAD OF INSERT ON ended_wholes BEGIN
  DELETE FROM bodies WHERE message = NEW.id AND NOT (NEW.type IN (1, 3) AND NEW.state = 'D');
  DELETE FROM bodies WHERE NEW.type = 6 AND NEW.state = 'F'
     AND message IN (SELECT id FROM messages WHERE parent = NEW.id AND parent > 0 AND type = 3);
  DELETE FROM ranges WHERE message = NEW.id;
  DELETE FROM content_hashes WHERE message = NEW.id;
  INSERT INTO delivered_totals (peer, direction, jobs, bytes)
  SELECT p.node, CASE NEW.source WHEN s.node THEN 'out' ELSE 'in' END, 1,
         coalesce((SELECT size_bytes FROM files WHERE id = NEW.file), m.total_bytes)
    FROM selfinfo s CROSS JOIN messages m CROSS JOIN peers p
   WHERE NEW.state = 'F' AND m.id = NEW.id AND p.node = CASE NEW.source WHEN s.node THEN NEW.destination ELSE NEW.source END
     AND CASE NEW.source WHEN s.node THEN NEW.type IN (1, 6)
              ELSE NEW.destination IN (SELECT node FROM own_nodes) AND (NEW.type = 1 OR NEW.type = 3 AND NEW.file IS NOT NULL) END
  ON CONFLICT DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
  -- changes(): whether that counted it.
  INSERT INTO hour_changes
  VALUES (-NEW.has_waited, NEW.type, NEW.source, NEW.destination, NEW.total_bytes, changes(),
          changes() * coalesce((SELECT size_bytes FROM files WHERE id = NEW.file), NEW.total_bytes));
  UPDATE files SET trouble = NULL, trouble_reason = NULL, trouble_s = NULL, failures = 0, due_s = 0
   WHERE id = NEW.file AND due_s > 0;
  -- Carried for another node: no chunk opens without the manifest. The source repeats both.
  INSERT INTO facts (message, event, actor, reason)
  SELECT id, 'parent-died', 'engine', 'its manifest: ' || NEW.reason FROM messages
   WHERE NEW.type = 3 AND NEW.state = 'D' AND NEW.envelope IS NOT NULL AND NEW.hash IS NEW.found
     AND NEW.destination NOT IN (SELECT node FROM own_nodes)
     AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D') AND parent = 0 AND type = 2;
  -- The next hop has the manifest: chunks that it refused with NEED_MANIFEST are due now.
  UPDATE messages SET due_s = 0
   WHERE NEW.type = 3 AND NEW.state = 'F' AND NEW.envelope IS NOT NULL AND due_s > 0
     AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D') AND state = 'S-4' AND type = 2;
END;

-- Hints: the source of a carried message that cannot be carried on is owed an entry. Verdicts: 2 lost here, 3 given up,
-- 4 its manifest is wanted. A message that ends with another one has no entry of its own.
CREATE VIEW taken_walks (message, event, from_state, to_state, reason) AS SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER word_owed INSTEAD OF INSERT ON taken_walks
WHEN NEW.to_state = 'D' AND NEW.from_state <> 'D'
     AND (NEW.event IN ('expired', 'let-go') OR NEW.event IN ('exhausted', 'refused') OR NEW.event IN ('changed', 'cancelled')
          OR NEW.event = 'piece-died')
  OR NEW.event = 'need-manifest' AND NEW.from_state = 'S-4W' BEGIN
  INSERT INTO owed_words VALUES (NEW.message, NEW.event, NEW.reason);
END;
CREATE VIEW owed_words (message, event, reason) AS
SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER word_noted INSTEAD OF INSERT ON owed_words BEGIN
  INSERT OR REPLACE INTO receipts_due
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt,
         CASE NEW.event WHEN 'changed' THEN 2 WHEN 'need-manifest' THEN 4 ELSE 3 END, m.id, coalesce(NEW.reason, '')
    FROM messages m JOIN selfinfo s
   WHERE m.id = NEW.message AND m.envelope IS NOT NULL AND m.type BETWEEN 1 AND 3 AND m.total_bytes > 0
     AND NEW.event NOT IN ('cancelled', 'piece-died')
     AND m.source <> s.node AND m.destination NOT IN (SELECT node FROM own_nodes)
     -- the manifest may be on its way to the next hop
     AND NOT (NEW.event = 'need-manifest' AND EXISTS (
       SELECT 1 FROM messages x WHERE x.source = m.source AND x.destination = m.destination AND x.epoch = m.epoch
          AND x.sequence = m.sequence AND x.attempt = m.attempt AND x.type = 3 AND x.hash IS x.found
          AND x.state NOT IN ('F', 'D')));
  -- A job of ours that was sent in part: its destination reserves room for it, a relay holds bytes. Verdict 5: given up
  -- by its source.
  INSERT OR REPLACE INTO receipts_due
  SELECT m.destination, m.destination, m.epoch, m.sequence, m.attempt, 5, m.id, coalesce(NEW.reason, '')
    FROM messages m JOIN selfinfo s ON s.node = m.source JOIN peers p ON p.node = m.destination
   WHERE m.id = NEW.message AND m.type = 6 AND p.via IS NOT NULL
     AND EXISTS (SELECT 1 FROM messages c JOIN events h ON h.message = c.id AND h.event = 'handed'
       WHERE c.parent = m.id AND c.parent > 0 AND c.type IN (1, 3) AND c.attempt = m.attempt);
  SELECT wake('processor_s');
END;

-- A late receipt: importer moves the file from failed/ to where delivered files are kept.
CREATE TRIGGER late_delivery AFTER UPDATE OF state ON messages
WHEN NEW.parent = 0 AND NEW.type = 6 AND NEW.state = 'F' AND OLD.state = 'D' BEGIN
  INSERT INTO late_files VALUES (NEW.file);
END;
CREATE VIEW late_files (file) AS SELECT NULL WHERE 0;
CREATE TRIGGER late_file_reopened INSTEAD OF INSERT ON late_files BEGIN
  UPDATE files SET closed = 0 WHERE id = NEW.file AND kept IS NOT NULL;
END;

-- How old a message is. A person's retry gives a job or text of this node its whole lifetime anew; its pieces have no
-- time of their own at which they expire. What arrived is kept for a shorter time than it lives.
CREATE VIEW ages (message, age_s) AS
SELECT id, max(coalesce(CASE WHEN birth <> 'arrived' THEN lifetime_s - expires_s + clock() END, age_s + clock() - born_s), 0)
  FROM messages;

-- A job that was sent compressed and is sent as it is from now on. 44 bytes of the inner header of a single say what it
-- unpacks to (netrelay/core/plain_content.py).
CREATE TRIGGER job_uncompressed AFTER UPDATE OF compressed ON files
WHEN OLD.compressed IS NOT NULL AND NEW.compressed IS NULL BEGIN
  UPDATE messages SET size_bytes = NEW.size_bytes, total_bytes = NEW.size_bytes, inner_bytes = inner_bytes - 44
   WHERE file = NEW.id AND type = 6;
END;

-- Effects.

-- cut: insert the next 256 pieces. A job that fits with its inner header is one single; any other starts with its
-- manifest. Without an agreement the smallest legal size is used: it fits every hop.
CREATE TRIGGER effect_cut AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'cut' BEGIN
  INSERT INTO cuts VALUES (NEW.id, NEW.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
          NEW."offset", NEW.size_bytes, NEW.total_bytes, NEW.inner_bytes, NEW.file, NEW.next_hop, NEW.previous_hop,
          NEW.envelope, NEW.salt, NEW.priority, NEW.lifetime_s, NEW.hops, NEW.cut_bytes);
END;
CREATE VIEW cuts (id, type, source, destination, epoch, sequence, attempt, "offset", size_bytes, total_bytes,
          inner_bytes, file, next_hop, previous_hop, envelope, salt, priority, lifetime_s, hops, cut_bytes) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
          NULL, NULL WHERE 0;
CREATE TRIGGER pieces_cut INSTEAD OF INSERT ON cuts BEGIN
  INSERT INTO messages (type, source, destination, epoch, sequence, attempt, "offset", size_bytes, total_bytes,
      inner_bytes, parent, file, next_hop, previous_hop, birth, actor, priority, lifetime_s, age_s, hops, envelope, salt)
  WITH RECURSIVE
    hop (size) AS (SELECT coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), 65536)),
    -- Beyond the next hop any size down to the smallest may be agreed, and a single is never cut on its way. A job
    -- whose single did not fit (effect recut) gets no second one.
    whole (one) AS (SELECT NEW.type = 6 AND NEW.total_bytes + NEW.inner_bytes
        <= CASE WHEN NEW.next_hop = NEW.destination THEN size ELSE 65536 END
        AND NOT EXISTS (SELECT 1 FROM messages s WHERE s.parent = NEW.id AND s.parent > 0 AND s.type = 1
          AND s.attempt = NEW.attempt) FROM hop),
    range (n, at) AS (
      SELECT 1, NEW.cut_bytes FROM whole WHERE NOT one AND NEW.cut_bytes < NEW.size_bytes
      UNION ALL
      SELECT n + 1, at + size FROM range, hop WHERE n < 256 AND at + size < NEW.size_bytes),
    piece (type, "offset", bytes, total) AS (
      SELECT 1, 0, NEW.total_bytes + NEW.inner_bytes, NEW.total_bytes + NEW.inner_bytes FROM whole WHERE one
      UNION ALL
      SELECT 3, 0, 0, NEW.total_bytes FROM whole WHERE NOT one AND NEW.type = 6 AND NEW.cut_bytes = 0
      UNION ALL
      SELECT 2, NEW."offset" + at, min(size, NEW.size_bytes - at), NEW.total_bytes FROM range, hop)
  SELECT p.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, p."offset", p.bytes, p.total,
         NEW.inner_bytes, NEW.id, NEW.file, NEW.next_hop, NEW.previous_hop, 'cut', 'engine', NEW.priority,
         NEW.lifetime_s, (SELECT age_s FROM ages WHERE message = NEW.id), NEW.hops, NEW.envelope, NEW.salt
    FROM piece p WHERE true
  ON CONFLICT DO NOTHING;
  UPDATE messages SET pieces_left = pieces_left + changes(), cut_bytes = min(size_bytes, cut_bytes
      + 256 * coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), 65536))
   WHERE id = NEW.id;
  -- Carried for another node and cut before: its source has sealed it again.
  UPDATE messages SET salt = NEW.salt, envelope = NEW.envelope, hash = NULL, found = NULL, hops = NEW.hops,
      total_bytes = NEW.total_bytes, lifetime_s = NEW.lifetime_s, priority = NEW.priority,
      age_s = (SELECT age_s FROM ages WHERE message = NEW.id), born_s = clock()
   WHERE parent = NEW.id AND parent > 0 AND attempt = NEW.attempt AND state IN ('F', 'D') AND NEW.cut_bytes = 0
     AND type = NEW.type AND NEW.salt IS NOT NULL;
  -- The agreement or the route ended meanwhile: the pieces go back to S-1, which asks for a new one.
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE parent = NEW.id AND parent > 0 AND state = 'S-4' AND attempt = NEW.attempt
     AND NOT EXISTS (SELECT 1 FROM sysinfo WHERE node = NEW.next_hop);
  -- Cut before, and all of it is sent again.
  INSERT INTO facts (message, event, actor)
  SELECT m.id, 'repeat', 'engine' FROM messages m
   WHERE m.parent = NEW.id AND m.parent > 0 AND m.attempt = NEW.attempt AND m.state IN ('F', 'D') AND NEW.cut_bytes = 0
     AND m.type = NEW.type;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'all-cut', 'engine' FROM messages WHERE id = NEW.id AND cut_bytes >= size_bytes AND state = 'S-2';
  SELECT wake('processor_s');
END;

-- drop: the pieces of a whole that has ended end in the same state; a whole that arrived leaves no dead pieces.
CREATE TRIGGER effect_drop AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'drop' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, CASE NEW.state WHEN 'F' THEN 'parent-done' ELSE 'parent-died' END, 'engine' FROM messages
   WHERE parent = NEW.id AND parent > 0 AND birth = 'cut' AND attempt = NEW.attempt AND state <> 'F'
     AND (state <> 'D' OR NEW.state = 'F');
END;

-- recut: a single of this node is larger than the agreed size. Its job replaces it by a manifest and chunks.
CREATE TRIGGER effect_recut AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'recut' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'recut', 'engine' FROM messages
   WHERE id = NEW.parent AND id > 0 AND attempt = NEW.attempt AND state = 'S-2W';
END;
-- hint: a carried single is larger than the next hop takes. Its source is asked for manifest and chunks (verdict 4).
CREATE TRIGGER effect_hint AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'hint' BEGIN
  INSERT OR REPLACE INTO receipts_due
  VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 4, NEW.id, NEW.reason);
  SELECT wake('processor_s');
END;

-- remind: send the manifest, or the single, once more.
CREATE TRIGGER effect_remind AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'remind' BEGIN
  INSERT INTO reminders VALUES (NEW.id, NEW.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
          NEW.next_hop, NEW.envelope, NEW.due_s);
END;
CREATE VIEW reminders (id, type, source, destination, epoch, sequence, attempt, next_hop, envelope, due_s) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER reminded INSTEAD OF INSERT ON reminders BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'repeat', 'engine' FROM messages
   WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND type IN (1, 3) AND hash IS found AND parent > 0 AND state = 'F'
     AND (parent = NEW.id OR NEW.type = 2)
     -- not a single that manifest and chunks have replaced
     AND (type = 3 OR NOT EXISTS (SELECT 1 FROM messages s WHERE s.parent = messages.parent AND s.parent > 0
       AND s.type = 3 AND s.attempt = messages.attempt));
  -- Carried for another node: the source has to repeat the manifest; the other chunks wait for it, too.
  UPDATE messages SET due_s = max(due_s, NEW.due_s)
   WHERE NEW.envelope IS NOT NULL AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
     AND sequence = NEW.sequence AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D')
     AND state = 'S-4' AND type = 2;
  -- The agreement may have changed while the chunk was in flight.
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE id = NEW.id AND state = 'S-4'
     AND size_bytes > coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), -1);
END;

-- hello: ask the next hop for an agreement (type 4).
CREATE TRIGGER effect_hello AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'hello' AND NEW.next_hop IS NOT NULL BEGIN
  INSERT INTO wanted_agreements VALUES (NEW.next_hop);
END;

-- An agreement is wanted, or is doubted because nobody answers at its dataports: a hello is made for the peer, unless
-- one is under way or the peer calls. The agreement stays valid until the peer answers.
CREATE VIEW wanted_agreements (node) AS SELECT NULL WHERE 0;
CREATE TRIGGER agreement_wanted INSTEAD OF INSERT ON wanted_agreements
WHEN NOT EXISTS (SELECT 1 FROM messages h WHERE h.state = 'S-5' AND h.type = 4 AND h.destination = NEW.node)
 -- nobody can dial it: it says hello when it calls
 AND NOT EXISTS (SELECT 1 FROM peers p WHERE p.node = NEW.node AND p.calls = 1
   AND NOT EXISTS (SELECT 1 FROM callers_away a WHERE a.node = p.node)) BEGIN
  -- Agreement numbers are 2 * counter + (1 if the asking node's id is the greater): one order for both nodes.
  UPDATE peers SET last_agreement = 2 * (last_agreement / 2 + 1) + ((SELECT node FROM selfinfo) > node)
   WHERE node = NEW.node;
  INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, lifetime_s)
  SELECT 4, s.node, p.node, s.epoch, p.last_agreement, 'made', 'engine', s.lifetime_s
    FROM selfinfo s JOIN peers p ON p.node = NEW.node;
  -- If it is not answered, another next hop takes over: when is what processor_s sleeps for.
  SELECT wake('processor_s') WHERE EXISTS (SELECT 1 FROM routes WHERE position = 2);
END;

-- ask: a hello has expired without a reply; the messages that wait for an agreement ask again.
CREATE TRIGGER effect_ask AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'ask' BEGIN
  INSERT INTO hellos_over VALUES (NEW.destination);
END;
CREATE VIEW hellos_over (destination) AS
SELECT NULL WHERE 0;
CREATE TRIGGER asked_again INSTEAD OF INSERT ON hellos_over BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.destination;
  INSERT INTO wanted_agreements SELECT node FROM peers_to_call WHERE node = NEW.destination AND is_agreed = 0;
  INSERT INTO wanted_agreements SELECT hop FROM awaited_hops
   WHERE hop = NEW.destination AND NOT EXISTS (SELECT 1 FROM sysinfo y WHERE y.node = NEW.destination);
END;

-- The peers that cannot dial this node: all of them where a person says so, else those of which it has found out.
CREATE VIEW kept_out (node) AS
SELECT c.peer FROM selfinfo s CROSS JOIN cannot_dial_here c WHERE s.can_be_dialled = 1
UNION ALL
SELECT p.node FROM selfinfo s CROSS JOIN peers p WHERE s.can_be_dialled = 0;

-- Those from which this node is to receive: it has an agreement with each of them although it has nothing to send, and
-- calls each that answers calls.
CREATE VIEW peers_to_call (node, is_agreed) AS
SELECT p.node, EXISTS (SELECT 1 FROM sysinfo y WHERE y.node = p.node)
  FROM kept_out k CROSS JOIN peers p ON p.node = k.node
 WHERE EXISTS (SELECT 1 FROM routes r WHERE r.peer = p.node AND r.hop = p.node) AND p.calls = 0
   AND (p.addresses <> '[]' OR EXISTS (SELECT 1 FROM cannot_dial_here c WHERE c.peer = p.node));

-- Peers that call, and whose call is not open for an hour. Each is greeted now and then: it may be reached by now, or was
-- taken for one that is not, and this node may have moved.
CREATE VIEW callers_away (node) AS
SELECT p.node FROM peers p LEFT JOIN connections c ON c.peer = p.node LEFT JOIN sysinfo y ON y.node = p.node
 WHERE p.calls = 1 AND coalesce(c.handle, -1) = -1
   AND max(coalesce(c.down_s, 0), coalesce(y.settled_s, 0)) + 3600 <= clock();

-- A hello was accepted five times in a row and not answered (accepted_hellos): its peer cannot dial this node. The next
-- one goes at once, and its reply comes back on its connection.
CREATE TRIGGER cannot_dial_found AFTER INSERT ON cannot_dial_here BEGIN
  UPDATE messages SET due_s = 0 WHERE state = 'S-5' AND type = 4 AND destination = NEW.peer;
  SELECT wake('initial_sender'), wake('processor_r');
END;

-- A peer has dialled this node: it is told so, and need not be called.
CREATE VIEW dialled_here (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER dialled_here_reported INSTEAD OF INSERT ON dialled_here BEGIN
  DELETE FROM cannot_dial_here WHERE peer = NEW.peer;
END;
CREATE TRIGGER cannot_dial_ended AFTER DELETE ON cannot_dial_here
WHEN EXISTS (SELECT 1 FROM peers WHERE node = OLD.peer) BEGIN
  INSERT INTO wanted_agreements VALUES (OLD.peer);
  SELECT wake('initial_sender'), wake('processor_r');
END;

-- An agreement replaces the stored one if its number is not lower, or if the peer has another epoch.
CREATE VIEW agreements (node, ipaddress, commsport, dataports, message_size, agreement_number, epoch) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER agreement_settled INSTEAD OF INSERT ON agreements BEGIN
  -- At most 2^62, so that a next number is left: a peer may send 2^63 - 1.
  UPDATE peers SET last_agreement = max(last_agreement, min(NEW.agreement_number, 4611686018427387904))
   WHERE node = NEW.node;
  -- No DO UPDATE: SQLite compiles every trigger below it once more, for another conflict clause.
  UPDATE sysinfo SET ipaddress = NEW.ipaddress, commsport = NEW.commsport, dataports = NEW.dataports,
    message_size = NEW.message_size, agreement_number = NEW.agreement_number, epoch = NEW.epoch, settled_s = clock()
   WHERE node = NEW.node AND (epoch <> NEW.epoch OR agreement_number <= NEW.agreement_number);
  INSERT INTO sysinfo
  SELECT NEW.node, NEW.ipaddress, NEW.commsport, NEW.dataports, NEW.message_size, NEW.agreement_number, NEW.epoch, clock()
   WHERE NOT EXISTS (SELECT 1 FROM sysinfo WHERE node = NEW.node);
END;

-- A peer reports that it has no agreement of this number. An agreement that the peer asked for is kept for ten seconds:
-- our reply may still be on its way, and the peer asks again. Two nodes that both deleted it at once, because one
-- dialled before the other's reply arrived, asked each other for ever. For each message that waits for the peer an
-- agreement is kept for 10 ms more: all of them move when it ends and when the next one is there, 0.45 ms of the write
-- lock each on a busy machine, so a peer that reports it again and again uses less than a tenth of the node's time.
CREATE VIEW unknown_agreements (node, agreement_number) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER agreement_unknown INSTEAD OF INSERT ON unknown_agreements BEGIN
  DELETE FROM sysinfo
   WHERE node = NEW.node AND agreement_number = NEW.agreement_number
     AND ((SELECT selfinfo.node FROM selfinfo) > node = agreement_number % 2 OR settled_s + 10 <= clock())
     AND settled_s + 0.01 * (SELECT count(*) FROM messages WHERE state = 'S-4' AND next_hop = NEW.node) <= clock() + 1;
END;

-- The features in the last hello or reply of a peer; NULL where its netrelay does not know one.
CREATE VIEW said_features (node, calls, answers_calls, resumes, unpacks, takes_packed, both_ways) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER features_said INSTEAD OF INSERT ON said_features BEGIN
  UPDATE peers SET calls = coalesce(NEW.calls, 0), answers_calls = coalesce(NEW.answers_calls, 0),
                   resumes = coalesce(NEW.resumes, 0), unpacks = coalesce(NEW.unpacks, 0), takes_packed = coalesce(NEW.takes_packed, 0),
                   both_ways = coalesce(NEW.both_ways, 0)
   WHERE node = NEW.node AND (calls, answers_calls, resumes, unpacks, takes_packed, both_ways)
         <> (coalesce(NEW.calls, 0), coalesce(NEW.answers_calls, 0), coalesce(NEW.resumes, 0), coalesce(NEW.unpacks, 0),
             coalesce(NEW.takes_packed, 0), coalesce(NEW.both_ways, 0));
END;

-- settle: a hello arrived: store the agreement with the smaller capacity, and make the reply. A peer waits for the reply
-- to its last hello alone: any other that has not been sent is given up, so that hellos do not queue up.
CREATE TRIGGER effect_settle AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'settle' BEGIN
  INSERT INTO settlements VALUES (NEW.id, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.info);
END;
CREATE VIEW settlements (id, source, destination, epoch, sequence, info) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER hello_settled INSTEAD OF INSERT ON settlements BEGIN
  -- A database that was copied or put back gives a number out again. Of two machines the other one would go on with its
  -- agreement of that number, and never say that it is there: a new number makes it ask.
  INSERT INTO wanted_agreements SELECT node FROM reused_numbers WHERE hello = NEW.id;
  INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, lifetime_s, info)
  SELECT 5, s.node, NEW.source, s.epoch, NEW.sequence, 'made', 'engine', min(600, s.lifetime_s), r.info
    FROM selfinfo s JOIN composed_replies r ON r.hello = NEW.id WHERE true
  ON CONFLICT DO NOTHING;
  -- A repeated hello: the reply is sent again with the values of now.
  UPDATE messages SET info = (SELECT r.info FROM composed_replies r WHERE r.hello = NEW.id),
                      expires_s = clock() + min(600, lifetime_s)
   WHERE type = 5 AND source = NEW.destination AND destination = NEW.source AND sequence = NEW.sequence
     AND epoch = (SELECT epoch FROM selfinfo) AND (state IN ('F', 'D') OR state = 'S-5') AND attempt = 1 AND hash IS found;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'again', 'engine' FROM messages
   WHERE type = 5 AND source = NEW.destination AND destination = NEW.source AND sequence = NEW.sequence
     AND epoch = (SELECT epoch FROM selfinfo) AND (state IN ('F', 'D') OR state = 'S-5' AND due_s > clock())
     AND attempt = 1 AND hash IS found;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'replaced', 'engine' FROM messages
   WHERE state = 'S-5' AND type = 5 AND destination = NEW.source
     AND (sequence <> NEW.sequence OR epoch <> (SELECT epoch FROM selfinfo));
  -- One that goes back on the connection of its hello has the time of such a connection, then it is dialled.
  UPDATE messages SET due_s = clock() + 25
   WHERE state = 'S-5' AND type = 5 AND destination = NEW.source AND info ->> 'here' = 1;
  INSERT INTO said_features
  SELECT NEW.source, NEW.info ->> 'calls', NEW.info ->> 'answers_calls', NEW.info ->> 'resumes',
         NEW.info ->> 'unpacks', NEW.info ->> 'takes_packed', NEW.info ->> 'both_ways';
  INSERT INTO agreements
  SELECT NEW.source, NEW.info -> 'addresses', NEW.info ->> 'commsport', NEW.info -> 'dataports',
         min(capacity, NEW.info ->> 'capacity'), NEW.sequence, NEW.epoch
    FROM selfinfo;
END;

-- Hellos that arrived with another epoch and a number that is not higher than that of the agreement.
CREATE VIEW reused_numbers (hello, node) AS
SELECT h.id, y.node FROM messages h JOIN sysinfo y ON y.node = h.source
 WHERE h.type = 4 AND y.epoch <> h.epoch AND y.agreement_number >= h.sequence;

-- The reply to a hello holds these fields beside the properties of this node.
--   echo, size: of the agreement
--   here: it goes back on the connection of the hello, since the peer waits for it there, and the data connection that
--     was dialled last reached the peer where its hello comes from. To any other the reply is dialled: it would not find out
--     that nobody can dial it.
--   spares: the hello of this node that need not be sent when the reply was: the peer knows all of it. One that the peer
--     may have stored under a higher number is not spared, nor one that asks for a new number.
CREATE VIEW composed_replies (hello, info) AS
SELECT h.id, json_object('echo', hex(h.epoch), 'size', min(s.capacity, h.info ->> 'capacity'),
  'here', h.info ->> 'hears_reply' = 1 AND EXISTS (
    SELECT 1 FROM peers p JOIN connections c ON c.peer = p.node
     WHERE p.node = h.source AND c.reached_address = p.seen_address AND p.seen_address <> ''),
  'spares', (SELECT o.id FROM messages o
     WHERE o.state = 'S-5' AND o.type = 4 AND o.destination = h.source
       AND NOT EXISTS (SELECT 1 FROM reused_numbers r WHERE r.hello = h.id)
       AND (o.sequence < h.sequence OR NOT EXISTS (SELECT 1 FROM events e WHERE e.message = o.id AND e.event = 'sent'))))
  FROM messages h JOIN selfinfo s WHERE h.type = 4 AND h.destination = s.node;

-- spare: a reply was sent: the own hello says nothing more.
CREATE TRIGGER effect_spare AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'spare' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'spared', 'engine' FROM messages WHERE id = NEW.info ->> 'spares' AND state = 'S-5' AND type = 4;
END;

-- adopt: a reply to a hello of this node; any other reply changes nothing. A hello carries the epoch of the moment it
-- is sent, its row that of the moment it was made.
CREATE TRIGGER effect_adopt AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'adopt'
 AND EXISTS (SELECT 1 FROM messages h JOIN selfinfo s WHERE h.type = 4 AND h.source = s.node
     AND h.destination = NEW.source AND h.sequence = NEW.sequence AND h.attempt = 1
     AND NEW.info ->> 'echo' = hex(s.epoch)
     AND (h.state IN ('S-5', 'D')
       -- it was spared while it was on its way, and the peer has stored it
       OR EXISTS (SELECT 1 FROM events e WHERE e.message = h.id AND e.event = 'spared'))) BEGIN
  INSERT INTO adopted_replies VALUES (NEW.source, NEW.epoch, NEW.sequence, NEW.info);
END;
CREATE VIEW adopted_replies (source, epoch, sequence, info) AS
SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER reply_adopted INSTEAD OF INSERT ON adopted_replies BEGIN
  INSERT INTO said_features
  SELECT NEW.source, NEW.info ->> 'calls', NEW.info ->> 'answers_calls', NEW.info ->> 'resumes',
         NEW.info ->> 'unpacks', NEW.info ->> 'takes_packed', NEW.info ->> 'both_ways';
  INSERT INTO agreements
  SELECT NEW.source, NEW.info -> 'addresses', NEW.info ->> 'commsport', NEW.info -> 'dataports',
         min(capacity, NEW.info ->> 'size'), NEW.sequence, NEW.epoch
    FROM selfinfo;
  INSERT INTO facts (message, event, actor)
  SELECT h.id, 'agreed', 'engine' FROM messages h JOIN selfinfo s
   WHERE h.type = 4 AND h.state IN ('S-5', 'D') AND h.source = s.node AND h.destination = NEW.source
     AND h.sequence = NEW.sequence AND h.attempt = 1;
END;

-- Ranges that are merged on insert: durable bytes of an incoming file, finished sequences.
CREATE VIEW covered (message, first, last) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER range_covered INSTEAD OF INSERT ON covered BEGIN
  INSERT OR REPLACE INTO ranges
  WITH before (first) AS (
    SELECT coalesce((SELECT CASE WHEN last >= NEW.first THEN first END FROM ranges
      WHERE message = NEW.message AND first <= NEW.first ORDER BY first DESC LIMIT 1), NEW.first))
  SELECT NEW.message, before.first, max(NEW.last, coalesce((SELECT max(last) FROM ranges
      WHERE message = NEW.message AND first BETWEEN before.first AND NEW.last), 0))
    FROM before;
  DELETE FROM ranges WHERE message = NEW.message AND first > NEW.first AND first <= (
    SELECT last FROM ranges WHERE message = NEW.message AND first <= NEW.first ORDER BY first DESC LIMIT 1);
END;
CREATE VIEW finished (source, destination, epoch, first, last) AS SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER sequence_finished INSTEAD OF INSERT ON finished BEGIN
  INSERT OR REPLACE INTO seen
  WITH before (first) AS (
    SELECT coalesce((SELECT CASE WHEN last >= NEW.first THEN first END FROM seen
      WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND first <= NEW.first
      ORDER BY first DESC LIMIT 1), NEW.first))
  SELECT NEW.source, NEW.destination, NEW.epoch, before.first, max(NEW.last, coalesce((SELECT max(last) FROM seen
      WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
        AND first BETWEEN before.first AND NEW.last), 0))
    FROM before;
  DELETE FROM seen WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
     AND first > NEW.first AND first <= (
    SELECT last FROM seen WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
       AND first <= NEW.first ORDER BY first DESC LIMIT 1);
END;

-- cover: store a chunk's bytes as durable; after the last one exporter has work.
CREATE TRIGGER effect_cover AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'cover' BEGIN
  INSERT INTO arrived_pieces VALUES (NEW."offset", NEW.size_bytes, NEW.total_bytes, NEW.parent);
END;
CREATE VIEW arrived_pieces ("offset", size_bytes, total_bytes, parent) AS
SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER piece_covered INSTEAD OF INSERT ON arrived_pieces BEGIN
  INSERT INTO covered VALUES (NEW.parent, NEW."offset", NEW."offset" + NEW.size_bytes);
  -- The first bytes: the whole is kept as long as any other.
  UPDATE messages SET expires_s = born_s + (SELECT k.keeping_s FROM keeping_times k WHERE k.message = NEW.parent)
   WHERE id = NEW.parent AND expires_s < born_s + (SELECT k.keeping_s FROM keeping_times k WHERE k.message = NEW.parent);
  SELECT wake('exporter') FROM ranges WHERE message = NEW.parent AND first = 0 AND last >= NEW.total_bytes;
END;

-- seen: store the sequence as finished; no receipt is owed.
CREATE TRIGGER effect_seen AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'seen' BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.sequence + 1);
END;

-- A peer that sends and takes no receipts is owed 4,096 entries at most that say anything but "complete". A source
-- repeats what it is not told.
CREATE TRIGGER entries_too_many BEFORE INSERT ON receipts_due
WHEN NEW.verdict <> 1 AND NEW.addressee <> NEW.destination AND EXISTS (
  SELECT 1 FROM receipts_due WHERE addressee = NEW.addressee LIMIT 1 OFFSET 4095) BEGIN
  SELECT RAISE(IGNORE);
END;

-- confirm, fail, tell, answer: owe the source a receipt entry. Verdicts: 1 complete, 2 missing, 3 failed, which no member
-- says of what is for a group.
CREATE TRIGGER effect_confirm AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'confirm' BEGIN
  INSERT INTO confirmations VALUES (NEW.id, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
          NEW.file);
END;
CREATE VIEW confirmations (id, source, destination, epoch, sequence, attempt, file) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER confirmed INSTEAD OF INSERT ON confirmations BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.sequence + 1);
  INSERT OR REPLACE INTO receipts_due
  VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 1, NEW.id, '');
  -- Other attempts that are not complete have nothing to wait for. exporter ends those that are.
  INSERT INTO facts (message, event, actor, reason)
  SELECT id, 'withdrawn', 'engine', 'another attempt of it was delivered' FROM messages m
   WHERE file = NEW.file AND type = 3 AND state = 'N-4' AND id <> NEW.id
     AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes);
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_fail AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'fail' BEGIN
  INSERT INTO failures_to_tell VALUES (NEW.id, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, NEW.reason);
END;
CREATE VIEW failures_to_tell (id, source, destination, epoch, sequence, attempt, reason) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER failure_told INSTEAD OF INSERT ON failures_to_tell BEGIN
  -- Another member of a group may take a file that fails here: its source shows the reason and goes on, as with tell.
  INSERT OR REPLACE INTO receipts_due
  SELECT NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, CASE WHEN g.node IS NULL THEN 3 ELSE 2 END,
         CASE WHEN g.node IS NULL THEN NEW.id ELSE 0 END, NEW.reason
    FROM selfinfo LEFT JOIN held_groups g ON g.node = NEW.destination;
  SELECT wake('processor_s');
END;
-- tell: verdict 2 with a reason, which its source shows and which ends nothing. Who brought the message said how old it
-- is, and nobody signs that: the lifetime of a job ends at its source.
CREATE TRIGGER effect_tell AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'tell' BEGIN
  INSERT OR REPLACE INTO receipts_due
  VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 2, 0, NEW.reason);
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_answer AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'answer' BEGIN
  INSERT OR REPLACE INTO receipts_due VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
      CASE NEW.state WHEN 'F' THEN 1 ELSE 2 END, NEW.id, '');
  SELECT wake('processor_s');
END;

-- receipts: apply each entry to its message (receipt_moves, receipts.sql). Four statements: what the first one ends is
-- not touched by the next.
CREATE TRIGGER effect_receipts AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'receipts' BEGIN
  INSERT INTO taken_receipts VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.info, NEW.previous_hop);
END;
CREATE VIEW taken_receipts (source, destination, epoch, sequence, info, previous_hop) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER receipt_taken INSTEAD OF INSERT ON taken_receipts BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.sequence + 1);
  INSERT INTO facts (message, event, actor, reason)
  SELECT message, event, 'engine', reason FROM receipt_moves
   WHERE questions = json_set(NEW.info, '$.signer', NEW.source) AND (event IN ('receipted', 'failed') OR event = 'resend')
   GROUP BY message, event;
  -- As many as may wait (receipt_moves).
  INSERT INTO facts (message, event, actor)
  SELECT DISTINCT message, event, 'engine' FROM receipt_moves
   WHERE questions = json_set(NEW.info, '$.signer', NEW.source) AND event = 'repeat' LIMIT 4096;
  -- Of several hints about one message the one that does most.
  INSERT INTO facts (message, event, actor, reason, due_s)
  SELECT message, event, 'engine', reason, due_s FROM (
    SELECT *, max(CASE event WHEN 'recut' THEN 3 WHEN 'wanted' THEN 2 ELSE 1 END) FROM receipt_moves
     WHERE questions = json_set(NEW.info, '$.signer', NEW.source) AND (event IN ('hinted', 'wanted') OR event = 'recut')
     GROUP BY message);
  INSERT INTO facts (message, event, actor, reason)
  SELECT message, event, 'engine', reason FROM receipt_moves
   WHERE questions = json_set(NEW.info, '$.signer', NEW.source) AND event = 'withdrawn' GROUP BY message;
  INSERT INTO receipted_offers
  SELECT o.peer, o.hop, NEW.previous_hop FROM peers p JOIN offers o ON o.peer = p.node AND o.hop = p.via
   WHERE p.node = NEW.source AND EXISTS (SELECT 1 FROM json_each(NEW.info, '$.words') w WHERE w.value ->> 4 = 1);
END;

-- What processes keep in memory of a peer has changed: they read it again at their next bell.
CREATE VIEW changed_peers (node) AS SELECT NULL WHERE 0;
CREATE TRIGGER peer_change_noted INSTEAD OF INSERT ON changed_peers BEGIN
  INSERT INTO peer_revision VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET number = number + 1;
  INSERT OR REPLACE INTO peer_changes SELECT number, NEW.node FROM peer_revision;
  DELETE FROM peer_changes WHERE number <= (SELECT number FROM peer_revision) - 4096;
END;

-- An agreement or a route has changed: the messages that wait for it, or were cut to it, decide again.
CREATE TRIGGER agreement_made AFTER INSERT ON sysinfo BEGIN
  UPDATE peers SET said_addresses = NEW.ipaddress, said_commsport = NEW.commsport WHERE node = NEW.node;
  -- The peer was reached just now. At most one call a second.
  UPDATE placed_calls SET due_s = min(due_s, max(clock(), changed_s + 1)) WHERE peer = NEW.node AND is_open = 0;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.node;
  INSERT INTO contacts_heard VALUES (NEW.node);
  INSERT INTO changed_peers VALUES (NEW.node);
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER agreement_changed AFTER UPDATE ON sysinfo BEGIN
  UPDATE peers SET said_addresses = NEW.ipaddress, said_commsport = NEW.commsport WHERE node = NEW.node;
  UPDATE placed_calls SET due_s = min(due_s, max(clock(), changed_s + 1)) WHERE peer = NEW.node AND is_open = 0;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE state = 'S-4' AND next_hop = NEW.node AND size_bytes > NEW.message_size;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.node;
  INSERT INTO contacts_heard VALUES (NEW.node);
  INSERT INTO changed_peers VALUES (NEW.node);
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER agreement_gone AFTER DELETE ON sysinfo BEGIN
  INSERT INTO wanted_agreements SELECT hop FROM awaited_hops WHERE hop = OLD.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages WHERE state = 'S-4' AND next_hop = OLD.node;
  INSERT INTO changed_peers VALUES (OLD.node);
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER route_made AFTER INSERT ON peers BEGIN
  -- A peer that was removed and is enrolled again still knows the numbers of before, and their messages are history
  -- here. Where that is pruned, the clock is the bound: no node makes a number a second for long.
  UPDATE peers SET last_agreement = min(4611686018427387904, max(last_agreement, 2 * CAST(clock() AS INTEGER),
      coalesce((SELECT max(m.sequence) FROM selfinfo s JOIN messages m ON m.source = s.node AND m.destination = NEW.node
         WHERE m.hash IS m.found AND m.type IN (4, 5)), 0),
      coalesce((SELECT max(m.sequence) FROM selfinfo s JOIN messages m ON m.source = NEW.node AND m.destination = s.node
         WHERE m.hash IS m.found AND m.type IN (4, 5)), 0)))
   WHERE node = NEW.node;
  INSERT INTO taken_routes VALUES (NEW.node, NEW.via, NULL);
  INSERT INTO changed_peers VALUES (NEW.node);
  INSERT INTO ended_refusals VALUES ('right', NEW.node, NULL), ('route', NEW.node, NULL);
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages
   WHERE state = 'S-1' AND (destination = NEW.node OR next_hop = NEW.node);
  INSERT INTO wanted_agreements SELECT node FROM peers_to_call WHERE node = NEW.node;
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
CREATE TRIGGER route_changed AFTER UPDATE OF via ON peers WHEN NEW.via IS NOT OLD.via BEGIN
  INSERT INTO taken_routes VALUES (NEW.node, NEW.via, OLD.via);
  INSERT INTO changed_peers VALUES (NEW.node);
  INSERT INTO ended_refusals VALUES ('route', NEW.node, NULL);
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND destination = NEW.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages WHERE state = 'S-4' AND destination = NEW.node;
  INSERT INTO wanted_agreements SELECT node FROM peers_to_call WHERE node = NEW.node AND is_agreed = 0;
  SELECT wake('processor_s'), wake('processor_r');
END;
-- processor_r closes connections of peers that were refused something: they call again at once.
CREATE TRIGGER right_given AFTER INSERT ON rights BEGIN
  INSERT INTO ended_refusals VALUES ('right', NEW.peer, NEW.subject);
  INSERT INTO changed_peers VALUES (NEW.peer);
  SELECT wake('processor_r');
END;
-- One that is taken and given again has changed: processor_r compares with what it saw.
CREATE TRIGGER right_taken AFTER DELETE ON rights BEGIN
  INSERT INTO changed_peers VALUES (OLD.peer);
  SELECT wake('processor_r');
END;
CREATE TRIGGER peer_changed AFTER UPDATE OF name, pin, addresses, commsport, quota_bytes, paused_s, limit_bytes_per_s, calls, resumes, takes_packed, both_ways, is_group
ON peers BEGIN
  INSERT INTO changed_peers VALUES (NEW.node);
  -- A person named the ways that go side by side as the first so many: another list has to be named anew.
  UPDATE peers SET beside = 1 WHERE node = NEW.node AND beside > 1 AND EXISTS (
    SELECT 1 FROM json_each(NEW.addresses) w WHERE w.key < NEW.beside
       AND w.value NOT IN (SELECT o.value FROM json_each(OLD.addresses) o WHERE o.key < NEW.beside)
    UNION ALL
    SELECT 1 FROM json_each(OLD.addresses) o WHERE o.key < NEW.beside
       AND o.value NOT IN (SELECT w.value FROM json_each(NEW.addresses) w WHERE w.key < NEW.beside));
  INSERT INTO ended_refusals
  SELECT 'quota', NEW.node, NULL WHERE NEW.quota_bytes IS NOT OLD.quota_bytes;
  -- An address from a person replaces what the peer said before, until the peer says something else.
  UPDATE peers SET said_addresses = '[]', said_commsport = NULL, calls = 0
   WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  DELETE FROM cannot_dial_here
   WHERE peer = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  UPDATE sysinfo SET ipaddress = '[]', commsport = NEW.commsport
   WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  INSERT INTO wanted_agreements
  SELECT node FROM sysinfo WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  INSERT INTO wanted_agreements
  SELECT node FROM peers_to_call
   WHERE node = NEW.node AND is_agreed = 0 AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  INSERT INTO contacts
  SELECT NEW.node, '' WHERE NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport;
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
-- exporter and importer give the folders of a renamed peer its new name; until then they go on with the old one.
CREATE TRIGGER peer_renamed AFTER UPDATE OF name ON peers WHEN NEW.name <> OLD.name BEGIN
  INSERT INTO old_folders (node, parent, name)
  SELECT NEW.node, parent, OLD.name FROM (SELECT 'claims' AS parent UNION ALL VALUES ('drop'), ('inbox'), ('sent'), ('failed'))
   WHERE 1 ON CONFLICT DO NOTHING;
  DELETE FROM old_folders WHERE node = NEW.node AND name = NEW.name;
  SELECT wake('exporter'), wake('importer');
END;
CREATE TRIGGER name_in_use BEFORE UPDATE OF name ON peers
WHEN EXISTS (SELECT 1 FROM old_folders WHERE name = NEW.name AND node <> NEW.node) BEGIN
  SELECT RAISE(ABORT, 'folders of another peer still have this name');
END;
CREATE TRIGGER new_name_in_use BEFORE INSERT ON peers
WHEN EXISTS (SELECT 1 FROM old_folders WHERE name = NEW.name AND node <> NEW.node) BEGIN
  SELECT RAISE(ABORT, 'folders of another peer still have this name');
END;
CREATE TRIGGER route_gone AFTER DELETE ON peers BEGIN
  INSERT INTO changed_peers VALUES (OLD.node);
  INSERT INTO facts (message, event, actor)
  SELECT id, 'peer-gone', 'engine' FROM messages WHERE state = 'S-5' AND destination = OLD.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, CASE state WHEN 'S-1' THEN 'size-known' ELSE 'resized' END, 'engine' FROM messages
   WHERE state IN ('S-1', 'S-4') AND destination = OLD.node;
  DELETE FROM sysinfo WHERE node = OLD.node;
  -- Messages that went by this peer wait for another route; rights about it and entries owed to it are deleted.
  DELETE FROM routes WHERE hop = OLD.node;
  UPDATE routes SET position = (SELECT count(*) FROM routes o WHERE o.peer = routes.peer AND o.position <= routes.position)
   WHERE peer IN (SELECT peer FROM routes GROUP BY peer HAVING max(position) > count(*));
  UPDATE peers SET via = (SELECT hop FROM routes WHERE peer = node ORDER BY position LIMIT 1) WHERE via = OLD.node;
  DELETE FROM rights WHERE subject = OLD.node;
  DELETE FROM receipts_due WHERE addressee = OLD.node;
  DELETE FROM connections WHERE peer = OLD.node;
  DELETE FROM named_epochs WHERE node = OLD.node;
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
-- Every peer with an agreement gets a hello with the new values; until it answers there is no agreement.
CREATE TRIGGER self_changed AFTER UPDATE OF ipaddress, commsport, dataports, capacity, can_be_dialled ON selfinfo BEGIN
  INSERT INTO wanted_agreements SELECT node FROM sysinfo;
  DELETE FROM sysinfo;
  -- it is found out anew
  DELETE FROM cannot_dial_here;
END;

-- A peer called from this address: what waits for its next try with that peer is due now. At most one try a second, so
-- that a peer that connects and disconnects causes no storm of tries.
CREATE VIEW contacts (peer, address) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER contact_made INSTEAD OF INSERT ON contacts BEGIN
  UPDATE peers SET seen_address = NEW.address WHERE node = NEW.peer AND seen_address <> NEW.address;
  UPDATE connections SET due_s = max(clock(), changed_s + 1)
   WHERE peer = NEW.peer AND handle = -1 AND due_s > max(clock(), changed_s + 1);
  UPDATE messages SET due_s = max(clock(), 1 + (SELECT e.at_s FROM events e WHERE e.seq = last_event))
   WHERE state = 'S-5' AND destination = NEW.peer
     AND due_s > max(clock(), 1 + (SELECT e.at_s FROM events e WHERE e.seq = last_event));
  SELECT wake('processor_s'), wake('initial_sender');
END;

-- Guards of messages, row by row: the root row is never changed, and only the engine writes a state. Every other guard
-- is a row of guards.txt. A program without the function only_netrelay_writes_here() cannot compile its statement. A
-- netrelay from before this name is refused by it too: it would continue with tables that were migrated meanwhile. A
-- later netrelay checks the version in each transaction.
CREATE TRIGGER guard_messages_insert BEFORE INSERT ON messages
WHEN NEW.state <> '-' AND NOT (NEW.id = 0 AND NEW.state = 'N-0') BEGIN
  SELECT RAISE(ABORT, 'a message is born in state -'), only_netrelay_writes_here();
END;
CREATE TRIGGER guard_messages_update BEFORE UPDATE ON messages
WHEN OLD.id = 0 OR NEW.state <> OLD.state AND NOT EXISTS (
  SELECT 1 FROM events WHERE seq = NEW.last_event AND message = NEW.id
     AND from_state = OLD.state AND to_state = NEW.state) BEGIN
  SELECT RAISE(ABORT, 'a state is moved by the engine alone: report a fact'), only_netrelay_writes_here();
END;
CREATE TRIGGER guard_messages_delete BEFORE DELETE ON messages
WHEN OLD.id = 0 OR OLD.state NOT IN ('F', 'D') BEGIN
  SELECT RAISE(ABORT, 'only what is finished or dead can be removed'), only_netrelay_writes_here();
END;
