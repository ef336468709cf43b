-- The views of work: what each process can do now. Due times are those of the node's clock.

-- Whole messages that are not delivered, dead ones included. The condition is spelled as in the index
-- messages_unfinished, which SQLite uses only then.
CREATE VIEW unfinished AS
SELECT * FROM messages WHERE parent = 0 AND (type IN (1, 3) OR type IN (6, 7)) AND state <> 'F';

-- Nodes for which something is not finished: a loose index scan, as ready_hops.
CREATE VIEW unfinished_destinations (node) AS
WITH RECURSIVE destinations (node) AS (
  SELECT min(destination) FROM unfinished
  UNION ALL
  SELECT (SELECT min(m.destination) FROM unfinished m WHERE m.destination > d.node) FROM destinations d WHERE d.node IS NOT NULL)
SELECT node FROM destinations WHERE node IS NOT NULL;

-- Consensus messages that are due. A hello is in vain when nothing waits for its reply, and
--   the peer calls: it says hello itself, and is greeted once an hour while its call is away (callers_away). It gets its
--     reply from initial_receiver, on the connection of its hello
--   it was accepted, and a connection is open. Else the reply comes, or it is found out that the peer cannot dial this node
--   it was not accepted, there is no agreement, and the peer never said hello. One that once did gets it until it answers
--   it was accepted, and the peer cannot dial this node and does not reply on the connection of a hello.
-- Each peer that is to be called is greeted until the call is open, and a next hop for which another one stands in until
-- there is an agreement.
CREATE VIEW work_initial_sender AS
SELECT m.id, m.type, m.destination, m.sequence, m.info, m.expires_s, p.name, p.seen_address,
       p.addresses, coalesce(p.said_commsport, p.commsport) AS commsport, max(m.due_s, m.born_s) AS due_s,
       m.type = 4 AND CASE WHEN p.calls = 1 AND NOT EXISTS (SELECT 1 FROM callers_away a WHERE a.node = p.node) THEN 1 ELSE
         CASE (SELECT e.event FROM events e WHERE e.seq = m.last_event)
           WHEN 'made' THEN 0
           WHEN 'sent' THEN EXISTS (SELECT 1 FROM connections c WHERE c.peer = m.destination AND c.handle >= 0)
             OR EXISTS (SELECT 1 FROM placed_calls c WHERE c.peer = m.destination AND c.is_open = 1)
           ELSE p.calls = 1 OR CASE WHEN y.node IS NULL THEN p.said_commsport IS NULL
                                    ELSE coalesce(m.reason, '') LIKE 'no reply came back%' END END
         AND NOT EXISTS (SELECT 1 FROM messages w WHERE w.state = 'S-1' AND w.next_hop = m.destination)
         AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.peer = m.destination AND c.handle = -1 AND c.failures > 1
           AND EXISTS (SELECT 1 FROM messages w WHERE w.state = 'S-4' AND w.next_hop = m.destination))
         AND NOT EXISTS (SELECT 1 FROM peers_to_call t WHERE t.node = m.destination AND (t.is_agreed = 0
           OR p.answers_calls = 1 AND NOT EXISTS (SELECT 1 FROM placed_calls c WHERE c.peer = t.node AND c.is_open = 1)))
         AND NOT (y.node IS NULL AND m.destination IN (SELECT hop FROM awaited_hops))
         END
         AS in_vain
  FROM messages m JOIN peers p ON p.node = m.destination LEFT JOIN sysinfo y ON y.node = m.destination
 WHERE m.state = 'S-5' AND m.due_s <= clock() AND (p.calls = 0 OR m.type = 4 OR m.expires_s <= clock())
   -- a reply that may spare it is on the connection of its hello
   AND NOT (m.type = 4 AND EXISTS (SELECT 1 FROM replies_on_connections r WHERE r.destination = m.destination));

-- Replies that go back on the connections of their hellos, until they are dialled instead.
CREATE VIEW replies_on_connections (destination, until_s) AS
SELECT destination, due_s FROM messages WHERE state = 'S-5' AND type = 5 AND info ->> 'here' = 1 AND due_s > clock();

-- Hellos that were accepted five times in a row, which takes eight seconds or more, and not answered. Only five events are
-- read: a hello may have thousands.
CREATE VIEW accepted_hellos (message, node) AS
SELECT m.id, m.destination FROM messages m
 WHERE m.state = 'S-5' AND m.type = 4
   AND (SELECT sum(event = 'sent') FROM (SELECT event FROM events WHERE message = m.id ORDER BY seq DESC LIMIT 5)) = 5;

-- Hellos that a peer without an agreement accepts and does not answer: it cannot dial this node, and its netrelay does not
-- reply on the connection of a hello. Once may be a broken line.
CREATE VIEW unanswered_hellos (message, node, due_s, reason) AS
SELECT m.id, m.destination, m.due_s, m.reason FROM messages m
 WHERE m.state = 'S-5' AND m.type = 4 AND m.reason LIKE 'no reply came back%'
   AND NOT EXISTS (SELECT 1 FROM sysinfo y WHERE y.node = m.destination)
   AND (SELECT sum(event = 'unsent') FROM (SELECT event FROM events WHERE message = m.id ORDER BY seq DESC LIMIT 2)) = 2;

-- Agreements for receiver's table of peer to message size.
CREATE VIEW work_processor_r AS
SELECT y.node, y.agreement_number, y.message_size FROM sysinfo y JOIN peers p ON p.node = y.node;

-- Next hops of messages in S-4. A loose index scan: it skips from hop to hop, because one may have many messages, and most
-- peers have none.
CREATE VIEW ready_hops (node) AS
WITH RECURSIVE hops (node) AS (
  SELECT min(next_hop) FROM messages WHERE state = 'S-4'
  UNION ALL
  SELECT (SELECT min(m.next_hop) FROM messages m WHERE m.state = 'S-4' AND m.next_hop > n.node) FROM hops n WHERE n.node IS NOT NULL)
SELECT node FROM hops WHERE node IS NOT NULL;

-- Connections to ask sender for: next hops with something ready and no open connection, and those for which another one
-- stands in (awaited_hops), unless paused. Where data waits
-- for a line to open (closed_lines), only what is more urgent counts, and receipts. reverse_address: a connection that the
-- peer has dialled from there may carry this one in reverse, since the last one that was dialled reached it there; it may
-- not where nobody knows that the peer can be dialled, since that is found out by dialling.
CREATE VIEW work_connect AS
SELECT p.node, p.name, p.seen_address, p.addresses, y.dataports,
       y.agreement_number, y.message_size,
       CASE WHEN p.both_ways = 1 AND p.resumes = 1 THEN coalesce(c.reached_address, '') ELSE '' END AS reverse_address,
       coalesce((SELECT r.rest_s FROM resting_lines r WHERE r.node = y.node), 0) AS rest_s
  FROM (SELECT node FROM ready_hops UNION SELECT hop FROM awaited_hops) n CROSS JOIN sysinfo y ON y.node = n.node
  CROSS JOIN peers p ON p.node = y.node LEFT JOIN connections c ON c.peer = y.node
 WHERE coalesce(c.handle, -1) = -1 AND coalesce(c.due_s, 0) <= clock() AND p.paused_s IS NULL AND p.calls = 0
   AND (EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = y.node AND m.due_s <= clock()
          AND m.priority < coalesce((SELECT min(l.least_priority) FROM closed_lines l WHERE l.node = y.node), 10))
     OR EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.type = 7 AND m.next_hop = y.node AND m.due_s <= clock()
          AND NOT EXISTS (SELECT 1 FROM closed_lines l WHERE l.node = y.node AND l.holds_receipts = 1))
     -- it comes before the next hop that is used instead
     OR y.node IN (SELECT hop FROM awaited_hops) AND NOT EXISTS (SELECT 1 FROM closed_lines l WHERE l.node = y.node));

-- Peers that this node calls on a schedule. Its connections with them end when nothing was on its way for rest_s: in
-- that time a peer with the smallest rate limit goes on.
CREATE VIEW resting_lines (node, rest_s, every_s) AS
SELECT k.node, 10, s.call_every_s FROM kept_out k CROSS JOIN peers p ON p.node = k.node JOIN selfinfo s
 WHERE s.call_every_s IS NOT NULL AND p.answers_calls = 1;

-- The agreements under which a peer that calls is answered, whether or not something is ready for it.
CREATE VIEW work_answer AS
SELECT p.node, p.name, y.agreement_number, y.message_size FROM sysinfo y JOIN peers p ON p.node = y.node WHERE p.calls = 1;

-- The calls that this node places: to each peer that cannot dial it and answers calls, one that is not open, from due_s on.
CREATE VIEW work_call AS
SELECT p.node, p.seen_address, p.addresses, y.dataports, coalesce(c.due_s, 0) AS due_s,
       coalesce((SELECT r.rest_s FROM resting_lines r WHERE r.node = p.node), 0) AS rest_s
  FROM kept_out k CROSS JOIN peers p ON p.node = k.node CROSS JOIN sysinfo y ON y.node = p.node
  LEFT JOIN placed_calls c ON c.peer = y.node
 WHERE p.answers_calls = 1 AND coalesce(c.is_open, 0) = 0;

-- Connections that were open when the call to their peer, by the same router, turned out to be dead.
CREATE VIEW forgotten_connections AS
SELECT c.peer, c.handle FROM connections c JOIN placed_calls p ON p.peer = c.peer
 WHERE c.handle >= 0 AND p.is_silent = 1 AND p.is_open = 0 AND c.changed_s < p.down_s;

-- Messages for an open connection; query it with WHERE next_hop = ?. A paused next hop has none, and data that waits for
-- a line to open is left out. The order: priority,
-- smallest number first; then manifests and receipts, singles, chunks by turns (turns.sql), so that a small file does
-- not wait behind a large one. Chunks wait until their manifest is durable at the next hop: it is the admission, and
-- while it is refused nothing else of the job is sent. So they do at a relay, if it holds the manifest. Urgent ones follow
-- it at once, unless it was refused before: less urgent chunks would be sent meanwhile.
CREATE VIEW work_send AS
SELECT m.id, m.type, m.source, m.destination, m.epoch, m.sequence, m.attempt, m."offset", m.size_bytes,
       m.total_bytes, m.parent, m.file, m.next_hop, m.previous_hop, m.envelope, m.salt, m.found, m.priority, m.lifetime_s, m.hops,
       (SELECT a.age_s FROM ages a WHERE a.message = m.id) AS age_s, m.birth, m.refusals, m.info, f.name, f.path, f.fingerprint, f.mtime_ns, f.size_bytes AS file_bytes, f.trouble_s,
       f.compressed, f.compressed_fingerprint, f.plain_hash,
       CASE WHEN m.type = 1 AND m.file IS NULL AND m.envelope IS NULL
            THEN (SELECT body FROM bodies WHERE message = m.id) END AS text_body
  FROM messages m LEFT JOIN files f ON f.id = m.file
 WHERE m.state = 'S-4' AND m.due_s <= clock() AND m.refusals < 12
   AND NOT EXISTS (SELECT 1 FROM peers h WHERE h.node = m.next_hop AND h.paused_s IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM closed_lines l WHERE l.node = m.next_hop
         AND CASE m.type WHEN 7 THEN l.holds_receipts ELSE m.priority >= l.least_priority END)
   AND (m.type <> 2 OR m.birth <> 'cut' OR NOT EXISTS (
        SELECT 1 FROM messages s WHERE s.parent = m.parent AND s.parent > 0 AND s.attempt = m.attempt
           AND s.type = 3 AND s.state <> 'F'
           AND NOT (m.priority <= 2 AND s.state = 'S-4W' AND s.next_hop = m.next_hop AND s.refusal IS NULL)))
   AND (m.type <> 2 OR m.salt IS NULL OR NOT EXISTS (
        SELECT 1 FROM messages s WHERE s.source = m.source AND s.destination = m.destination AND s.epoch = m.epoch
           AND s.sequence = m.sequence AND s.attempt = m.attempt AND s.type = 3 AND s.hash IS s.found
           AND s.state <> 'F'
           AND NOT (m.priority <= 2 AND s.state = 'S-4W' AND s.next_hop = m.next_hop AND s.refusal IS NULL)))
 ORDER BY m.priority, (m.type NOT IN (3, 7)) + (m.type = 2), m.turn, m.id;

-- Messages that were here for as long as they are kept (keeping_times), with the event to report: their lifetime is over,
-- or, of what others send, the time that this node keeps it, or the time in which its bytes had to begin.
CREATE VIEW overdue (id, state, event) AS
SELECT m.id, m.state,
       CASE WHEN m.birth <> 'arrived' OR m.born_s + m.lifetime_s - m.age_s <= clock() THEN 'expired'
            WHEN m.state = 'N-4' AND m.type = 3 AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id) THEN 'unbegun'
            ELSE 'let-go' END
  FROM messages m
 WHERE m.expires_s IS NOT NULL AND m.expires_s <= clock() AND m.state NOT IN ('F', 'D') AND m.state <> 'S-5';

-- Messages whose lifetime, attempts or waiting time is over, with the event to report.
CREATE VIEW work_timer AS
SELECT id, event, 'processor_s' AS actor FROM overdue
 WHERE (state IN ('S-1', 'S-2') OR state IN ('S-2W', 'S-4') OR state = 'S-4W')
UNION ALL
SELECT id, 'exhausted', 'processor_s' FROM messages WHERE state = 'S-4' AND refusals >= 12
UNION ALL
-- a job whose manifest is not admitted yet gets no further pieces
SELECT id, 'cut-on', 'processor_s' FROM messages m WHERE state = 'S-2' AND (type <> 6 OR NOT EXISTS (
  SELECT 1 FROM messages s WHERE s.parent = m.id AND s.parent > 0 AND s.type = 3 AND s.attempt = m.attempt
     AND s.state <> 'F'))
UNION ALL
SELECT id, 'repeat', 'processor_s' FROM messages
 WHERE state = 'S-2W' AND pieces_left = 0 AND due_s <= clock() AND type IN (1, 6)
UNION ALL
SELECT id, event, 'exporter' FROM overdue WHERE state = 'N-4';

-- Nodes that are owed receipt entries: a loose index scan, likewise.
CREATE VIEW owed_nodes (node) AS
WITH RECURSIVE owed (node) AS (
  SELECT min(addressee) FROM receipts_due
  UNION ALL
  SELECT (SELECT min(r.addressee) FROM receipts_due r WHERE r.addressee > o.node) FROM owed o WHERE o.node IS NOT NULL)
SELECT node FROM owed WHERE node IS NOT NULL;

-- Nodes that are owed receipt entries, have a route, and for which fewer than eight receipts wait: entries of one message
-- are merged in `receipts_due`, and receipts are not. A source that repeats what is finished cannot fill the disk.
CREATE VIEW work_receipts AS
SELECT p.node AS addressee FROM owed_nodes o CROSS JOIN peers p ON p.node = o.node
 WHERE p.via IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.type = 7 AND m.birth = 'made' AND m.destination = p.node
         LIMIT 1 OFFSET 7);

-- Custody words that sources are to be told, likewise, and when.
CREATE VIEW work_custody AS
SELECT c.source AS addressee, c.due_s FROM custody c CROSS JOIN peers p ON p.node = c.source
 WHERE c.due_s IS NOT NULL AND p.via IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.type = 7 AND m.birth = 'made' AND m.destination = p.node
         LIMIT 1 OFFSET 7);

-- Complete files, for the inbox. One that could not be put there is left out until it is due again.
CREATE VIEW work_exporter AS
SELECT m.id, m.type, m.source, m.sequence, m.total_bytes, m.file, f.name, f.inbox_name, f.mtime_ns, f.size_bytes, f.kind,
       m.epoch, m.attempt, nullif(m.destination, (SELECT node FROM selfinfo)) AS group_node, f.closed, f.due_s, f.copied, coalesce(o.name, p.name, m.source) AS source_name,
       c.plain_bytes, c.plain_hash, c.is_unpacked, coalesce(h.hash, l.content_hash) AS hash,
       -- it has to land first, unless it has a name, and may be in the inbox; it stays in the store alone
       l.object IS NULL AND f.closed = 0 AND f.inbox_name IS NULL AND EXISTS (SELECT 1 FROM landing_sources q WHERE q.node = m.source) AS is_to_land,
       l.object IS NOT NULL AND f.inbox_name IS NULL AND (SELECT keeps_inbox FROM selfinfo) = 0 AS is_only_landed
  FROM messages m JOIN files f ON f.id = m.file LEFT JOIN peers p ON p.node = m.source
  LEFT JOIN content_hashes h ON h.message = m.id
  LEFT JOIN compressed_wholes c ON c.message = m.id
  LEFT JOIN old_folders o ON o.node = m.source AND o.parent = 'inbox'
  LEFT JOIN landings l ON l.file = f.id
 WHERE m.state = 'N-4' AND m.type IN (1, 3) AND f.due_s <= clock()
   -- lander has it
   AND NOT (l.file IS NOT NULL AND l.object IS NULL AND EXISTS (SELECT 1 FROM open_landings w WHERE w.file = f.id))
   AND (EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)
     -- a single that a relay did not cut has no ranges: it is here in one piece
     OR m.type = 1 AND m.size_bytes >= m.total_bytes AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id));

-- Complete files, for the store. One that could not be put there is left out until it is due again.
CREATE VIEW work_lander AS
SELECT w.file, w.message, m.source, m.destination, m.epoch, m.sequence, m.attempt, m.hops, f.name, f.kind, f.mtime_ns,
       f.unix_s, w.content_hash, coalesce(p.name, m.source) AS source_name
  FROM open_landings w CROSS JOIN messages m ON m.id = w.message CROSS JOIN files f ON f.id = w.file
  LEFT JOIN peers p ON p.node = m.source
 WHERE f.due_s <= clock() AND f.closed = 0;

-- Delivered files for which the post-receive program has not run, oldest first.
CREATE VIEW work_hook AS
SELECT h.file, h.message, f.source, coalesce(o.name, p.name, f.source) AS source_name, f.name, f.inbox_name, f.size_bytes, f.mtime_ns, f.kind,
       l.bucket, l.object
  FROM hooks h JOIN files f ON f.id = h.file LEFT JOIN peers p ON p.node = f.source
  LEFT JOIN old_folders o ON o.node = f.source AND o.parent = 'inbox'
  LEFT JOIN landings l ON l.file = h.file
 WHERE h.exit_status IS NULL ORDER BY h.file;

-- Nodes that unpack what is sent compressed. is_narrow: 1 if bytes count on the way to it: it has a rate limit or a budget.
CREATE VIEW compressible (node, is_narrow) AS
SELECT p.node, h.limit_bytes_per_s IS NOT NULL OR EXISTS (SELECT 1 FROM budgets b WHERE b.peer = h.node)
  FROM peers p JOIN peers h ON h.node = p.via WHERE p.unpacks = 1;

-- Claimed files whose job has ended: to be moved away. CROSS JOIN keeps the open files in the outer loop: otherwise
-- SQLite reads every message that has a file.
CREATE VIEW work_importer AS
SELECT f.id, f.path, f.kept, f.copied, f.compressed, f.name, coalesce(p.name, f.destination) AS destination_name, m.id AS job, m.state,
       m.reason, coalesce(s.name, p.name, f.destination) AS sent_folder,
       coalesce(d.name, p.name, f.destination) AS failed_folder
  FROM files f CROSS JOIN messages m ON m.file = f.id AND m.type = 6 LEFT JOIN peers p ON p.node = f.destination
  LEFT JOIN old_folders s ON s.node = f.destination AND s.parent = 'sent'
  LEFT JOIN old_folders d ON d.node = f.destination AND d.parent = 'failed'
 WHERE f.closed = 0 AND f.path IS NOT NULL AND m.state IN ('F', 'D');

-- When each consensus message is looked at: a reply to a peer that calls when its lifetime is over, others when they
-- are due.
CREATE VIEW hellos_due (id, destination, due_s) AS
SELECT m.id, m.destination, CASE WHEN m.type = 5 AND p.calls = 1 THEN m.expires_s
    WHEN m.type = 4 THEN max(m.due_s, coalesce((SELECT max(r.until_s) FROM replies_on_connections r WHERE r.destination = m.destination), 0))
    ELSE m.due_s END
  FROM messages m JOIN peers p ON p.node = m.destination WHERE m.state = 'S-5';

-- When each process has to look for work although no bell rings: a view for each, so that none computes those of others.
CREATE VIEW next_due_of_initial_sender (due_s) AS SELECT min(due_s) FROM hellos_due;
CREATE VIEW next_due_of_processor_r (due_s) AS SELECT min(due_s) FROM work_call WHERE due_s > clock();
CREATE VIEW next_due_of_processor_s (due_s) AS
SELECT min(due_s) FROM (
  SELECT min(due_s) AS due_s FROM messages WHERE state = 'S-2W' AND pieces_left = 0
  UNION ALL
  -- exporter ends what is in N-4
  SELECT min(expires_s) FROM messages WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D') AND state <> 'S-5' AND state <> 'N-4'
  UNION ALL
  SELECT min(due_s) FROM messages WHERE state = 'S-4' AND due_s > 0 AND due_s > clock()
  UNION ALL
  SELECT min(c.due_s) FROM (SELECT node FROM ready_hops UNION SELECT hop FROM awaited_hops) n
    CROSS JOIN connections c ON c.peer = n.node WHERE c.handle = -1 AND c.due_s > clock()
  UNION ALL
  SELECT min(due_s) FROM route_edges
  UNION ALL
  SELECT min(due_s) FROM connections_beside WHERE due_s > clock()
  UNION ALL
  SELECT due_s FROM (SELECT due_s FROM work_custody ORDER BY due_s LIMIT 1));
CREATE VIEW next_due_of_exporter (due_s) AS
SELECT min(due_s) FROM (
  SELECT min(expires_s) AS due_s FROM messages
   WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D') AND state <> 'S-5' AND state = 'N-4'
  UNION ALL
  SELECT min(due_s) FROM files WHERE due_s > 0 AND due_s > clock() AND path IS NULL);
CREATE VIEW next_due_of_lander (due_s) AS
SELECT min(f.due_s) FROM files f CROSS JOIN open_landings w ON w.file = f.id WHERE f.due_s > 0 AND f.due_s > clock();
CREATE VIEW next_due (process, due_s) AS
SELECT 'initial_sender', due_s FROM next_due_of_initial_sender
UNION ALL
SELECT 'processor_r', due_s FROM next_due_of_processor_r
UNION ALL
SELECT 'processor_s', due_s FROM next_due_of_processor_s
UNION ALL
SELECT 'exporter', due_s FROM next_due_of_exporter
UNION ALL
SELECT 'lander', due_s FROM next_due_of_lander;
