-- The door for what arrives: processor_r inserts each message of a peer, initial_receiver each hello and reply.
-- Whether a message is new, a repeat, or carried once more is decided here, from its identity and from what is
-- stored under it.
--
-- SQLite has no views with parameters. `questions`, the hidden input of json_each(), takes their place:
--   SELECT verdict FROM arrival_verdicts WHERE questions = '[{"type": 1, "source": ...}]'
-- has one row for each element of the array. It is asked before the bodies are written, without the lock, and by
-- the trigger below again, under the lock: only what it says then counts.

-- verdict   what the message is                                  the door
-- new       nothing is stored under its identity                 stores it
-- revived   dead, carried on before, or a chunk that is missing  stores it in the same row, which moves by `event`
--           again
-- repeated  here already, or its other form is                   reports `event`: its source is answered
-- finished  finished here, and its row removed                   owes its source the receipt
-- known     here, or finished; nobody waits for an answer        takes its age if it is younger
-- unopened  a chunk whose manifest is not here                   refuses it
-- epochs    the first of an epoch, of a source that begins too   refuses it for now
--           many (epochs.sql)
-- gaps      leaves a gap in the numbers of its epoch, which      refuses it for now
--           has too many
-- conflict  its identity belongs to a message of another size    refuses it
--
-- `message` is the row that moves; `whole` that of the manifest a chunk belongs to. The other form: a source cuts a
-- file anew into manifest and chunks, under the same identity, when its single no longer fits anywhere. Whichever
-- form is here first is the one that is delivered. A manifest counts while it waits for its chunks, a single also
-- when it is finished; what is finished here is never delivered again, whatever form or attempt comes.
CREATE VIEW arrival_verdicts (questions, number, verdict, event, message, whole) AS
WITH asked AS NOT MATERIALIZED (
  SELECT j.json AS questions, j.key AS number, j.value ->> 'type' AS type, j.value ->> 'source' AS source,
         j.value ->> 'destination' AS destination, unhex(j.value ->> 'epoch') AS epoch,
         j.value ->> 'sequence' AS sequence, j.value ->> 'attempt' AS attempt, j.value ->> 'offset' AS "offset",
         j.value ->> 'size_bytes' AS size_bytes, j.value ->> 'total_bytes' AS total_bytes,
         j.value ->> 'previous_hop' AS previous_hop
    FROM json_each j)
SELECT a.questions, a.number,
       CASE
         WHEN a.type IN (4, 5) THEN CASE WHEN m.id IS NULL THEN 'new' ELSE 'repeated' END
         -- for another node
         WHEN a.destination NOT IN (SELECT node FROM own_nodes) THEN CASE
           WHEN m.id IS NULL THEN 'new'
           WHEN m.state IN ('F', 'D') AND a.type <> 7 THEN 'revived'
           ELSE 'known' END
         -- a chunk for us
         WHEN a.type = 2 THEN CASE
           WHEN w.id IS NULL AND (o.id IS NOT NULL OR
             (SELECT last > a.sequence FROM seen
               WHERE source = a.source AND destination = a.destination AND epoch = a.epoch AND first <= a.sequence
               ORDER BY first DESC LIMIT 1))
             THEN 'known'
           WHEN w.id IS NULL THEN 'unopened'
           WHEN (SELECT last >= a."offset" + a.size_bytes FROM ranges
                  WHERE message = w.id AND first <= a."offset" ORDER BY first DESC LIMIT 1) THEN 'known'
           WHEN m.id IS NULL THEN 'new'
           ELSE 'revived' END
         -- a whole, or a receipt, for us
         WHEN EXISTS (SELECT 1 FROM messages
           WHERE source = a.source AND destination = a.destination AND epoch = a.epoch AND sequence = a.sequence
             AND type = a.type AND parent = 0 AND total_bytes <> a.total_bytes AND hash IS found) THEN 'conflict'
         WHEN m.state <> 'D' THEN CASE a.type WHEN 7 THEN 'known' ELSE 'repeated' END
         WHEN (SELECT last > a.sequence FROM seen
                WHERE source = a.source AND destination = a.destination AND epoch = a.epoch AND first <= a.sequence
                ORDER BY first DESC LIMIT 1)
           THEN CASE a.type WHEN 7 THEN 'known' ELSE 'finished' END
         WHEN o.id IS NOT NULL THEN 'repeated'
         WHEN m.id IS NULL THEN CASE
           WHEN NOT EXISTS (SELECT 1 FROM epochs WHERE source = a.source AND epoch = a.epoch) THEN CASE
             WHEN (SELECT count(*) FROM epochs WHERE source = a.source AND heard_s > clock() - 86400)
               >= (SELECT epochs_a_day FROM seen_bounds) THEN 'epochs' ELSE 'new' END
           -- A number beside a finished one makes no range, so gaps can always be filled.
           WHEN coalesce((SELECT last >= a.sequence FROM seen
                  WHERE source = a.source AND destination = a.destination AND epoch = a.epoch AND first <= a.sequence + 1
                  ORDER BY first DESC LIMIT 1), 0)
             THEN 'new'
           WHEN EXISTS (SELECT 1 FROM seen WHERE source = a.source AND epoch = a.epoch AND destination = a.destination
                  LIMIT 1 OFFSET (SELECT ranges_an_epoch - 1 FROM seen_bounds)) THEN 'gaps'
           ELSE 'new' END
         ELSE 'revived' END,
       CASE WHEN a.type = 5 THEN 'answered'
            WHEN a.destination NOT IN (SELECT node FROM own_nodes) AND m.state = 'F' AND a.type <> 2 THEN 'carry'
            ELSE 'again' END,
       CASE WHEN a.type IN (1, 3) AND (m.id IS NULL OR m.state = 'D') THEN coalesce(o.id, m.id) ELSE m.id END,
       w.id
  FROM asked a
  LEFT JOIN messages m ON m.source = a.source AND m.destination = a.destination AND m.epoch = a.epoch
   AND m.sequence = a.sequence AND m.attempt = a.attempt AND m.type = a.type AND m."offset" = a."offset"
   AND m.size_bytes = a.size_bytes AND m.hash IS m.found
   -- sealed bytes for another node: of each peer that brings them by themselves (messages_identity)
   AND (m.salt IS NULL OR m.previous_hop = a.previous_hop)
  -- the open manifest of a chunk
  LEFT JOIN messages w ON w.source = a.source AND w.destination = a.destination AND w.epoch = a.epoch
   AND w.sequence = a.sequence AND w.attempt = a.attempt AND w.type = CASE a.type WHEN 2 THEN 3 END AND w."offset" = 0
   AND w.size_bytes = 0 AND w.hash IS w.found AND w.state = 'N-4' AND w.destination IN (SELECT node FROM own_nodes)
  -- the other form of a whole
  LEFT JOIN messages o ON o.source = a.source AND o.destination = a.destination AND o.epoch = a.epoch
   AND o.sequence = a.sequence AND o.attempt = a.attempt AND o.type = CASE a.type WHEN 1 THEN 3 WHEN 2 THEN 1 WHEN 3 THEN 1 END
   AND o."offset" = 0 AND o.hash IS o.found AND o.destination IN (SELECT node FROM own_nodes)
   AND CASE o.type WHEN 3 THEN o.state = 'N-4' ELSE o.state <> 'D' END;

-- A message as it arrived. Times and sizes as in `messages`; the rest is NULL where it does not apply:
--   actor            the process that reports it
--   has_body         1 when its body is stored, or in `body`; without it only a repeat is accepted
--   body             of a manifest, and of a receipt for another node
--   file_name, file_kind, file_bytes, mtime_ns, unix_s   of a whole for us that becomes a file
--   key_id           of a manifest that brings a key for singles
--   low_water        of a manifest: its source sends nothing below this sequence any more
--   text, written_unix_s   of a single that is a text
--   withdrawn        of a receipt for another node: [[epoch, sequence, attempt, reason]...] that its source gave up
--   signed           of a receipt for this node: what its source has signed, and the signature (kept_receipts)
CREATE VIEW arrivals (actor, type, source, destination, epoch, sequence, attempt, previous_hop, "offset", size_bytes,
    total_bytes, hash, found, priority, lifetime_s, age_s, hops, envelope, salt, info, has_body, body, file_name,
    file_kind, file_bytes, mtime_ns, unix_s, key_id, low_water, text, written_unix_s, withdrawn, plain_hash, signed) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

-- Not what was sent: a row that dies at once, for people to see. It takes nobody's identity. 64 of a previous hop are
-- enough to see what is wrong; the others are refused without a row.
CREATE TRIGGER arrival_damaged INSTEAD OF INSERT ON arrivals WHEN NEW.hash IS NOT NEW.found BEGIN
  INSERT INTO messages (type, source, destination, epoch, sequence, attempt, previous_hop, "offset", size_bytes,
      total_bytes, hash, found, priority, lifetime_s, age_s, hops, birth, actor)
  SELECT NEW.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, NEW.previous_hop, NEW."offset",
         NEW.size_bytes, NEW.total_bytes, NEW.hash, NEW.found, NEW.priority, NEW.lifetime_s, NEW.age_s, NEW.hops,
         'arrived', NEW.actor
   WHERE (SELECT count(*) FROM messages WHERE previous_hop = NEW.previous_hop AND hash IS NOT found) < 64;
END;
CREATE TRIGGER arrival_reported INSTEAD OF INSERT ON arrivals WHEN NEW.hash IS NEW.found BEGIN
  INSERT INTO decided_arrivals
  SELECT v.verdict, v.event, v.message, v.whole, NEW.actor, NEW.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence,
         NEW.attempt, NEW.previous_hop, NEW."offset", NEW.size_bytes, NEW.total_bytes, NEW.hash, NEW.found, NEW.priority,
         NEW.lifetime_s, NEW.age_s, NEW.hops, NEW.envelope, NEW.salt, NEW.info, NEW.has_body, NEW.body, NEW.file_name,
         NEW.file_kind, NEW.file_bytes, NEW.mtime_ns, NEW.unix_s, NEW.key_id, NEW.low_water, NEW.text,
         NEW.written_unix_s, NEW.plain_hash, NEW.signed
    FROM arrival_verdicts v
   WHERE v.questions = json_array(json_object('type', NEW.type, 'source', NEW.source, 'destination', NEW.destination,
         'epoch', hex(NEW.epoch), 'sequence', NEW.sequence, 'attempt', NEW.attempt, 'offset', NEW."offset",
         'size_bytes', NEW.size_bytes, 'total_bytes', NEW.total_bytes, 'previous_hop', NEW.previous_hop));
  INSERT INTO heard_epochs
  SELECT NEW.source, NEW.epoch, coalesce(NEW.info ->> '$.addresses[0]', ''), coalesce(NEW.info ->> 'twice', 0)
   WHERE NEW.type IN (4, 5);
  -- Chunks before their manifest: it takes them along when it dies.
  INSERT INTO facts (message, event, actor, reason)
  SELECT m.id, 'withdrawn', NEW.actor, w.value ->> 3
    FROM json_each(NEW.withdrawn) w CROSS JOIN messages m
      ON m.source = NEW.source AND m.destination = NEW.destination AND m.epoch = unhex(w.value ->> 0)
     AND m.sequence = w.value ->> 1 AND m.attempt = w.value ->> 2
   WHERE m.type BETWEEN 1 AND 3 AND m.state NOT IN ('F', 'D') AND m.parent = 0 AND m.hash IS m.found
     AND m.source <> (SELECT node FROM selfinfo) AND m.destination NOT IN (SELECT node FROM own_nodes)
   -- A receipt may name a whole twice.
   GROUP BY m.id ORDER BY m.type, m.id;
END;

-- An arrival with its verdict: one trigger for each.
CREATE VIEW decided_arrivals (verdict, event, message, whole, actor, type, source, destination, epoch, sequence, attempt,
    previous_hop, "offset", size_bytes, total_bytes, hash, found, priority, lifetime_s, age_s, hops, envelope, salt,
    info, has_body, body, file_name, file_kind, file_bytes, mtime_ns, unix_s, key_id, low_water, text, written_unix_s,
    plain_hash, signed) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER arrival_stored INSTEAD OF INSERT ON decided_arrivals WHEN NEW.verdict IN ('new', 'revived') BEGIN
  SELECT refuse('HELD: its body is not here: what it repeats has ended meanwhile') WHERE NEW.has_body IS NOT 1;
  -- This node joined or left a group since the message was judged: it was opened, or not, for what the node was then.
  SELECT refuse('HELD: whether it is for this node has changed meanwhile')
   WHERE NEW.type IN (1, 2, 3) AND CASE
     WHEN NEW.file_name IS NOT NULL OR NEW.text IS NOT NULL OR NEW.key_id IS NOT NULL OR NEW.envelope IS NULL
     THEN NEW.destination NOT IN (SELECT node FROM own_nodes)
     ELSE NEW.type <> 2 AND EXISTS (SELECT 1 FROM held_groups g WHERE g.node = NEW.destination) END;
  SELECT refuse('CONFLICT: its number was given to a file before') WHERE NEW.text IS NOT NULL AND EXISTS (
    SELECT 1 FROM files WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
       AND sequence = NEW.sequence);
  INSERT INTO epochs SELECT NEW.source, NEW.epoch, clock()
   WHERE NEW.destination IN (SELECT node FROM own_nodes) AND NEW.type NOT IN (4, 5)
  ON CONFLICT DO NOTHING;
  INSERT INTO finished SELECT NEW.source, NEW.destination, NEW.epoch, 0, NEW.low_water WHERE NEW.low_water > 0;
  INSERT OR REPLACE INTO keys
  SELECT NEW.source, NEW.epoch, NEW.key_id, NEW.envelope, NEW.body, clock() WHERE NEW.key_id IS NOT NULL;
  -- A source whose key was deleted is told that its single cannot be opened, and makes a new key.
  DELETE FROM keys WHERE source = NEW.source AND NEW.key_id IS NOT NULL AND key_id NOT IN (
    SELECT key_id FROM keys WHERE source = NEW.source ORDER BY key_id = NEW.key_id DESC, born_s DESC LIMIT 64);
  -- All attempts of a file, in whatever form, are one delivery.
  INSERT INTO files (source, destination, epoch, sequence, name, kind, size_bytes, mtime_ns, unix_s)
  SELECT NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.file_name, NEW.file_kind, NEW.file_bytes,
         NEW.mtime_ns, NEW.unix_s
   WHERE NEW.file_name IS NOT NULL
  ON CONFLICT (source, destination, epoch, sequence) DO UPDATE SET name = excluded.name;
  INSERT INTO messages (type, source, destination, epoch, sequence, attempt, previous_hop, "offset", size_bytes,
      total_bytes, hash, found, priority, lifetime_s, age_s, hops, envelope, salt, info, parent, file, birth, actor)
  SELECT NEW.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, NEW.previous_hop, NEW."offset",
         NEW.size_bytes, NEW.total_bytes, NEW.hash, NEW.found, NEW.priority, NEW.lifetime_s, NEW.age_s, NEW.hops,
         NEW.envelope, NEW.salt, NEW.info, coalesce(NEW.whole, 0),
         CASE WHEN NEW.whole IS NOT NULL THEN (SELECT file FROM messages WHERE id = NEW.whole)
              WHEN NEW.file_name IS NOT NULL THEN (SELECT id FROM files WHERE source = NEW.source
                AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence) END,
         'arrived', NEW.actor
   WHERE NEW.verdict = 'new';
  -- Sealed anew, and on another way perhaps. Every column is that of the envelope: the quota counts the total size.
  UPDATE messages SET hash = NEW.hash, found = NEW.found, salt = NEW.salt, envelope = NEW.envelope, age_s = NEW.age_s,
      hops = NEW.hops, previous_hop = NEW.previous_hop, born_s = clock(), total_bytes = NEW.total_bytes,
      lifetime_s = NEW.lifetime_s, priority = NEW.priority
   WHERE id = NEW.message AND NEW.verdict = 'revived';
  -- It was a member of the group when it came before, and carries it now: nothing of what it opened then counts.
  UPDATE messages SET file = NULL, info = NULL, parent = 0
   WHERE id = NEW.message AND NEW.verdict = 'revived' AND birth = 'arrived'
     AND (file IS NOT NULL OR info IS NOT NULL OR parent > 0)
     AND NEW.type BETWEEN 1 AND 3 AND NEW.destination NOT IN (SELECT node FROM own_nodes);
  INSERT OR REPLACE INTO bodies
  SELECT m.id, NEW.body FROM messages m
   WHERE m.source = NEW.source AND m.destination = NEW.destination AND m.epoch = NEW.epoch AND m.sequence = NEW.sequence
     AND m.attempt = NEW.attempt AND m.type = NEW.type AND m."offset" = NEW."offset" AND m.size_bytes = NEW.size_bytes
     AND m.hash IS m.found AND NEW.body IS NOT NULL AND NEW.key_id IS NULL;
  INSERT OR REPLACE INTO compressed_wholes (message, plain_bytes, plain_hash)
  SELECT m.id, NEW.file_bytes, NEW.plain_hash FROM messages m
   WHERE m.source = NEW.source AND m.destination = NEW.destination AND m.epoch = NEW.epoch AND m.sequence = NEW.sequence
     AND m.attempt = NEW.attempt AND m.type = NEW.type AND m."offset" = NEW."offset" AND m.size_bytes = NEW.size_bytes
     AND m.hash IS m.found AND NEW.plain_hash IS NOT NULL;
  INSERT INTO texts (message, source, epoch, sequence, written_unix_s, unix_s, text, destination)
  SELECT m.id, NEW.source, NEW.epoch, NEW.sequence, NEW.written_unix_s, NEW.unix_s, NEW.text, NEW.destination FROM messages m
   WHERE m.source = NEW.source AND m.destination = NEW.destination AND m.epoch = NEW.epoch AND m.sequence = NEW.sequence
     AND m.attempt = NEW.attempt AND m.type = NEW.type AND m."offset" = NEW."offset" AND m.size_bytes = NEW.size_bytes
     AND m.hash IS m.found AND NEW.text IS NOT NULL
  ON CONFLICT DO NOTHING;
  INSERT INTO facts (message, event, actor)
  SELECT NEW.message, NEW.event, NEW.actor WHERE NEW.verdict = 'revived';
  INSERT INTO signed_receipts VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, NEW.signed);
END;

-- A receipt that ended jobs is kept (kept_receipts). A trigger of its own: other arrivals do not pay for its registers.
-- Every event that follows the receipt's own is of this transaction, and caused by it. The bound is for a peer that adds
-- entries about nothing here: its receipt has its effect, and is not kept. An honest entry takes 100 bytes, one with
-- missing ranges 200 (netrelay/transfer/own_messages.py), so that 20 others may come with each job that ends.
CREATE VIEW signed_receipts (source, destination, epoch, sequence, attempt, signed) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER receipt_kept INSTEAD OF INSERT ON signed_receipts WHEN NEW.signed IS NOT NULL BEGIN
  INSERT INTO kept_receipts (event, last_event, signed)
  SELECT r.last_event, (SELECT max(seq) FROM events), NEW.signed FROM messages r
   WHERE r.source = NEW.source AND r.destination = NEW.destination AND r.epoch = NEW.epoch AND r.sequence = NEW.sequence
     AND r.attempt = NEW.attempt AND r.type = 7 AND r."offset" = 0 AND r.size_bytes = 0 AND r.hash IS r.found
     AND length(NEW.signed) <= 4096 * (SELECT count(*) FROM events e WHERE e.seq > r.last_event AND e.event = 'receipted');
END;
CREATE TRIGGER arrival_repeated INSTEAD OF INSERT ON decided_arrivals WHEN NEW.verdict = 'repeated' BEGIN
  -- A hello says anew what holds now.
  UPDATE messages SET info = NEW.info WHERE id = NEW.message AND NEW.type IN (4, 5);
  INSERT INTO facts (message, event, actor)
  SELECT NEW.message, NEW.event, NEW.actor FROM messages m JOIN events e ON e.seq = m.last_event
   WHERE m.id = NEW.message AND (NEW.type IN (4, 5) OR e.event <> NEW.event OR e.from_state <> e.to_state);
  -- Repeats that follow the first one are no events: nothing changes. Their source is answered, as by the effect answer,
  -- ten seconds after it was answered before (an honest source repeats what is finished after 30), of what is
  -- incomplete after one. Here due_s is the time before which it is not answered again.
  INSERT OR REPLACE INTO receipts_due
  SELECT source, destination, epoch, sequence, attempt, CASE state WHEN 'F' THEN 1 ELSE 2 END, id, '' FROM messages
   WHERE id = NEW.message AND NEW.type IN (1, 3) AND due_s <= clock();
  UPDATE messages SET due_s = clock() + CASE state WHEN 'F' THEN 10 ELSE 1 END
   WHERE id = NEW.message AND NEW.type IN (1, 3) AND due_s <= clock();
  INSERT INTO copies_heard SELECT NEW.message, NEW.age_s, NEW.hops WHERE NEW.type IN (1, 3);
  SELECT wake('processor_s');
END;
CREATE TRIGGER arrival_known INSTEAD OF INSERT ON decided_arrivals WHEN NEW.verdict = 'known' BEGIN
  INSERT INTO copies_heard VALUES (NEW.message, NEW.age_s, NEW.hops);
END;

-- What is here has come once more, younger or over fewer relays. Age and relays are the word of who brings it, which
-- nobody signs; so the youngest copy counts, and one that was made old on its way does not end the true one. None is
-- kept for longer than its lifetime from when it was first here. A second is what ages are rounded up by.
CREATE VIEW copies_heard (message, age_s, hops) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER copy_heard INSTEAD OF INSERT ON copies_heard
WHEN EXISTS (SELECT 1 FROM messages m WHERE m.id = NEW.message AND m.birth = 'arrived' AND (m.type IN (1, 3) OR m.type = 7)
   AND m.state NOT IN ('F', 'D')
   AND (NEW.age_s + 1 < m.age_s + clock() - m.born_s AND m.age_s > 0 OR NEW.hops < m.hops)) BEGIN
  UPDATE messages SET age_s = min(age_s, max(NEW.age_s - (clock() - born_s), 0)), hops = min(hops, NEW.hops)
   WHERE id = NEW.message;
  UPDATE messages SET expires_s = born_s + (SELECT k.keeping_s FROM keeping_times k WHERE k.message = messages.id)
   WHERE id = NEW.message;
END;
CREATE TRIGGER arrival_finished INSTEAD OF INSERT ON decided_arrivals WHEN NEW.verdict = 'finished' BEGIN
  -- Its source repeats what it is not told now.
  INSERT OR REPLACE INTO receipts_due
  SELECT NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 1, 0, ''
   WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE addressee = NEW.source LIMIT 1 OFFSET 4095);
  SELECT wake('processor_s');
END;
CREATE TRIGGER arrival_unwanted INSTEAD OF INSERT ON decided_arrivals 
WHEN NEW.verdict IN ('unopened', 'conflict') OR NEW.verdict IN ('epochs', 'gaps') BEGIN
  SELECT refuse(CASE NEW.verdict WHEN 'unopened' THEN 'NEED_MANIFEST: its manifest is not here'
                                 WHEN 'epochs' THEN 'QUOTA: its source begins too many epochs'
                                 WHEN 'gaps' THEN 'QUOTA: its epoch has too many gaps'
                                 ELSE 'CONFLICT: its number was given to something else before' END);
END;

-- The bytes of a coming file were taken out of the staging folder: nothing of it counts as durable any more, and its
-- source is told what is missing. Its file is made anew only afterwards: were it made before, a crash in between would
-- leave a file of zeros whose ranges are said to be durable.
CREATE VIEW lost_bytes (source, destination, epoch, sequence, attempt) AS SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER bytes_lost INSTEAD OF INSERT ON lost_bytes BEGIN
  -- What its source sends next may be something else.
  DELETE FROM content_hashes WHERE message = (SELECT id FROM messages
    WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
      AND attempt = NEW.attempt AND type = 3 AND hash IS found AND state = 'N-4');
  DELETE FROM ranges WHERE message = (SELECT id FROM messages
    WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
      AND attempt = NEW.attempt AND type = 3 AND hash IS found AND state = 'N-4');
  INSERT OR REPLACE INTO receipts_due
  SELECT source, destination, epoch, sequence, attempt, 2, id, '' FROM messages
   WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND type = 3 AND hash IS found AND state = 'N-4';
  SELECT wake('processor_s');
END;
