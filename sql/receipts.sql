-- The entries of a receipt that are about a message of which something is open here; all others have no effect. processor_r
-- asks this first: an answer takes one look into an index for each entry, and the view below ten times as long.
-- `questions` as there, an entry needs its first three fields only.
CREATE VIEW receipt_subjects (questions, number) AS
SELECT w.json, w.key FROM json_each w CROSS JOIN selfinfo s
 WHERE w.root = '$.words'
   AND (EXISTS (SELECT 1 FROM messages m
         WHERE m.source = s.node AND m.destination = w.value ->> 0 AND m.epoch = unhex(w.value ->> 1)
           AND m.sequence = w.value ->> 2 AND m.type IN (1, 6) AND m.parent = 0 AND m.hash IS m.found AND m.state <> 'F')
     OR w.value ->> 0 IN (SELECT node FROM own_nodes) AND EXISTS (SELECT 1 FROM messages m
         WHERE m.source = w.json ->> 'signer' AND m.destination = w.value ->> 0 AND m.epoch = unhex(w.value ->> 1)
           AND m.sequence = w.value ->> 2 AND m.type = 3 AND m.parent = 0 AND m.hash IS m.found AND m.state = 'N-4'));

-- The effect of each entry of a receipt on the messages here. processor_r asks before it stores a receipt; only entries
-- with an effect are stored.
-- The trigger effect_receipts asks again, under the lock. A receipt without an effect leaves no row.
--
-- `questions` is {"signer": node, "words": [[destination, epoch, sequence, attempt, verdict, [[offset, length]...],
-- reason]...]}, `number` the place of the entry.
--
-- Only an entry of the destination decides; complete counts for every attempt. An entry of another node is a relay's
-- hint: it is shown, and brings the next repeat forward at most eight times for each attempt, so that no relay can end a
-- job or have it sent for ever. CROSS JOIN keeps the entries in the outer loop: otherwise SQLite reads every message of
-- the pair for each receipt.
CREATE VIEW receipt_moves (questions, number, message, event, reason, due_s) AS
-- Complete, failed, cannot be opened: the destination's word.
SELECT w.json, w.key, m.id, CASE w.value ->> 4 WHEN 1 THEN 'receipted' WHEN 3 THEN 'failed' ELSE 'resend' END,
       CASE w.value ->> 4 WHEN 3 THEN 'its destination says: ' || (w.value ->> 6) END, NULL
  FROM json_each w CROSS JOIN selfinfo s CROSS JOIN messages m
    ON m.source = s.node AND m.destination = w.json ->> 'signer' AND m.epoch = unhex(w.value ->> 1)
   AND m.sequence = w.value ->> 2 AND m.type IN (1, 6) AND m.parent = 0 AND m.hash IS m.found
 WHERE w.root = '$.words' AND w.value ->> 0 = w.json ->> 'signer'
   AND CASE w.value ->> 4 WHEN 1 THEN m.state <> 'F'
                          WHEN 3 THEN m.attempt = w.value ->> 3 AND m.state NOT IN ('F', 'D')
                          WHEN 4 THEN m.attempt = w.value ->> 3 AND m.state = 'S-2W' END
UNION ALL
-- Missing: the chunks that touch a range, from the one in which it begins. Without that lower bound each range reads all
-- chunks before its end: ten entries about a file of 16,000 chunks took 23 s. While 4,096 chunks wait to be sent no more
-- are added: each move takes the write lock for 0.1 ms and more. Its destination names again what it lacks then.
SELECT w.json, w.key, c.id, 'repeat', NULL, NULL
  FROM json_each w CROSS JOIN selfinfo s
  CROSS JOIN messages m ON m.source = s.node AND m.destination = w.json ->> 'signer' AND m.epoch = unhex(w.value ->> 1)
   AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type = 6 AND m.parent = 0 AND m.hash IS m.found
   AND m.pieces_left < 4096
  CROSS JOIN json_each(w.value, '$[5]') r
  CROSS JOIN messages c ON c.parent = m.id AND c.parent > 0 AND c.type = 2 AND c.attempt = m.attempt AND c.state = 'F'
   AND c."offset" < (r.value ->> 0) + (r.value ->> 1) AND c."offset" + c.size_bytes > r.value ->> 0
   AND c."offset" >= coalesce((SELECT b."offset" FROM messages b
     WHERE b.parent = m.id AND b.parent > 0 AND b.type = 2 AND b.attempt = m.attempt AND b."offset" <= r.value ->> 0
     ORDER BY b."offset" DESC LIMIT 1), 0)
 WHERE w.root = '$.words' AND w.value ->> 0 = w.json ->> 'signer' AND w.value ->> 4 = 2 AND w.value ->> 6 = ''
   AND m.state = 'S-2W'
UNION ALL
-- Hints, and what its destination says of a whole that it has refused.
SELECT questions, number, id, CASE WHEN verdict <> 4 OR type <> 6 THEN 'hinted' WHEN is_single THEN 'recut' ELSE 'wanted' END,
       said, CASE verdict WHEN 2 THEN min(due_s, soon_s) ELSE due_s END
  FROM (
  SELECT *, signer || CASE
           WHEN is_destination THEN ' says: '
           WHEN verdict = 2 THEN ' lost a part of it: '
           WHEN verdict <> 4 THEN ' could not carry it on: '
           WHEN is_single THEN ' cannot pass it on in one message: '
           ELSE ' lacks its manifest: ' END || why AS said
    FROM (
    SELECT w.json AS questions, w.key AS number, m.id, m.type, m.hints, m.due_s, m.reason AS known, w.value ->> 6 AS why,
           CASE w.value ->> 0 WHEN w.json ->> 'signer' THEN 3 ELSE w.value ->> 4 END AS verdict,
           w.value ->> 0 = w.json ->> 'signer' AS is_destination,
           clock() + (SELECT most_s FROM backoffs WHERE policy = 'hint' AND failures <= m.hints + 1
             ORDER BY failures DESC LIMIT 1) AS soon_s,
           coalesce((SELECT name FROM peers WHERE node = w.json ->> 'signer'), w.json ->> 'signer') AS signer,
           -- It travels as a single that a relay on the way cannot pass on.
           m.type = 6
           AND EXISTS (SELECT 1 FROM messages p WHERE p.parent = m.id AND p.parent > 0 AND p.type = 1
             AND p.attempt = m.attempt)
           AND NOT EXISTS (SELECT 1 FROM messages p WHERE p.parent = m.id AND p.parent > 0 AND p.type = 3
             AND p.attempt = m.attempt) AS is_single
      FROM json_each w CROSS JOIN selfinfo s CROSS JOIN messages m
        ON m.source = s.node AND m.destination = w.value ->> 0 AND m.epoch = unhex(w.value ->> 1)
       AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type IN (1, 6) AND m.parent = 0
       AND m.hash IS m.found
     WHERE w.root = '$.words'
       AND CASE WHEN w.value ->> 0 <> w.json ->> 'signer' THEN w.value ->> 4 BETWEEN 2 AND 4
                ELSE w.value ->> 4 = 2 AND w.value ->> 6 <> '' END
       -- A job that is still cut has nothing to repeat.
       AND (m.state = 'S-2W' OR m.state = 'S-2' AND (w.value ->> 4 = 3 OR w.value ->> 0 = w.json ->> 'signer'))))
 -- A single is cut anew once for each attempt, however many hints came before.
 WHERE (hints < 8 OR verdict = 4 AND is_single)
   AND (said IS NOT known OR verdict = 4 OR verdict = 2 AND due_s > soon_s)
UNION ALL
-- Given up by its source. A file that is complete here is delivered and receipted nevertheless.
SELECT w.json, w.key, m.id, 'withdrawn',
       coalesce((SELECT name FROM peers WHERE node = w.json ->> 'signer'), w.json ->> 'signer') || ' gave it up: '
         || (w.value ->> 6), NULL
  FROM json_each w CROSS JOIN messages m
    ON m.source = w.json ->> 'signer' AND m.destination = w.value ->> 0 AND m.epoch = unhex(w.value ->> 1)
   AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type = 3 AND m.parent = 0 AND m.hash IS m.found
 WHERE w.root = '$.words' AND w.value ->> 0 IN (SELECT node FROM own_nodes) AND w.value ->> 4 = 5 AND m.state = 'N-4'
   AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes);
