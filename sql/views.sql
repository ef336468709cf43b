-- Views for people and their programs: docs/sql.md shows them. Nothing here calls a function that only
-- netrelay's connections have, so that any SQLite from 3.38 on can ask, as long as it opens the database
-- read-only. A column that is added leaves `versions.views` as it is; one that is renamed, removed or means
-- something else raises it.
--
-- Columns ending _at are UTC, as SQLite writes times ('2026-11-23 14:05:06'); _s are seconds, _bytes bytes.
-- source, destination, peer, waits_for are names where we know them, node ids where we do not.

CREATE VIEW versions (views, schema) AS SELECT 1, schema FROM machine;

-- The node's clock, now, told by the wall clock: one row. After a boot, until netrelay runs again, it is
-- ahead by the time without power.
CREATE VIEW node_time (now_s, unix_offset_s) AS
SELECT (julianday('now') - 2440587.5) * 86400.0 - unix_offset_s, unix_offset_s FROM clock;

-- What people call each node we know.
CREATE VIEW names (node, name) AS
SELECT node, name FROM selfinfo UNION ALL SELECT node, name FROM peers UNION ALL SELECT node, name FROM held_groups;

-- Everything that was given, that came, or that passes: one row for each file or text, however many pieces.
CREATE VIEW jobs (job, kind, direction, name, size_bytes, source, destination, state, priority, attempt,
                  given_at, expires_at, finished_at, place, reason, sent_bytes) AS
SELECT m.id,
       CASE WHEN f.kind = 3 THEN 'directory' WHEN m.type = 6 OR m.file IS NOT NULL THEN 'file' WHEN m.envelope IS NOT NULL THEN 'sealed' ELSE 'text' END,
       CASE WHEN m.source = s.node THEN 'out' WHEN m.destination IN (SELECT node FROM own_nodes) THEN 'in' ELSE 'through' END,
       f.name, coalesce(f.size_bytes, m.total_bytes),
       coalesce((SELECT name FROM names WHERE node = m.source), m.source),
       coalesce((SELECT name FROM names WHERE node = m.destination), m.destination),
       m.state, m.priority, m.attempt,
       datetime(m.born_s + k.unix_offset_s, 'unixepoch'),
       CASE WHEN m.state NOT IN ('F', 'D') THEN datetime(m.expires_s + k.unix_offset_s, 'unixepoch') END,
       CASE WHEN m.state IN ('F', 'D') THEN datetime(k.unix_offset_s + (SELECT at_s FROM events e
          WHERE e.message = m.id AND e.from_state <> e.to_state ORDER BY seq DESC LIMIT 1), 'unixepoch') END,
       coalesce('inbox/' || coalesce((SELECT name FROM old_folders WHERE node = m.source AND parent = 'inbox'),
             (SELECT name FROM names WHERE node = m.source), m.source) || '/' || f.inbox_name,
          (SELECT 's3://' || l.bucket || '/' || l.object FROM landings l WHERE l.file = f.id),
          -- bytes where the name is no text, which shows in how it is escaped
          CASE WHEN instr(f.name, '\x') = 0 THEN CAST(CASE f.closed WHEN 0 THEN f.path ELSE f.kept END AS TEXT)
               ELSE CASE f.closed WHEN 0 THEN f.path ELSE f.kept END END),
       m.reason, m.total_bytes
  FROM messages m JOIN selfinfo s LEFT JOIN clock k LEFT JOIN files f ON f.id = m.file
 WHERE m.parent = 0 AND m.id > 0
   -- A manifest of 0 bytes has the key of a single.
   AND (m.type IN (1, 6) OR m.type = 3 AND (m.file IS NOT NULL OR m.envelope IS NOT NULL AND m.total_bytes > 0))
   -- A single that could not be passed on is dead, and the manifest of its recut file stands for both.
   AND NOT (m.type = 1 AND m.state = 'D' AND m.envelope IS NOT NULL AND EXISTS (SELECT 1 FROM messages r
     WHERE r.source = m.source AND r.destination = m.destination AND r.epoch = m.epoch AND r.sequence = m.sequence
       AND r.attempt = m.attempt AND r.type = 3 AND r.hash IS r.found));

-- Why each job is where it is. Here times are the node's clock: `queue` and `netrelay why` tell them to people.
-- The piece that tells for a file: its manifest or single, else its first refused or waiting chunk; looking at
-- all chunks of a large file would take long, so only the first 300 are.
CREATE VIEW causes (job, cause, waits_for, since_s, reason, next_try_s, tries, pieces_left, done_bytes) AS
WITH piece (job, id) AS NOT MATERIALIZED (
  SELECT m.id, CASE WHEN m.state IN ('S-2', 'S-2W') AND m.pieces_left > 0 THEN coalesce(
      (SELECT id FROM messages WHERE parent = m.id AND parent > 0 AND type IN (1, 3)
          AND attempt = m.attempt AND state NOT IN ('F', 'D') LIMIT 1),
      (SELECT id FROM (SELECT id, state, due_s, attempt FROM messages
          WHERE parent = m.id AND parent > 0 AND type = 2 LIMIT 300)
        WHERE attempt = m.attempt AND state IN ('S-1', 'S-4', 'S-4W')
        ORDER BY state = 'S-4' AND due_s > 0 DESC, state, id LIMIT 1),
      m.id) ELSE m.id END
    FROM messages m),
place AS NOT MATERIALIZED (
  SELECT m.id, m.type, m.state, m.pieces_left, m.last_event, m.reason AS whole_reason, m.born_s, m.due_s AS whole_due_s,
         m.repeats, m.hints, m.total_bytes, m.size_bytes, m.cut_bytes, p.id AS piece, p.state AS piece_state,
         p.reason AS piece_reason, p.due_s AS piece_due_s, p.refusals, p.refusal AS piece_refusal,
         m.source = s.node AS is_ours, m.destination IN (SELECT node FROM own_nodes) AS is_coming,
         d.node IS NULL AS is_unknown, d.via, h.paused_s, coalesce(h.calls, 0) AS hop_calls,
         EXISTS (SELECT 1 FROM kept_out k WHERE k.node = d.via) AS is_kept_out, y.message_size,
         coalesce(c.handle, -1) AS handle, coalesce(c.failures, 0) AS failures, c.due_s AS dial_due_s, c.down_s,
         c.reason AS dial_reason, c.stalled_s, c.stall_reason, g.reason AS hello_reason, g.due_s AS hello_due_s, g.born_s AS hello_born_s,
         coalesce(h.name, d.via) AS hop,
         coalesce((SELECT name FROM names WHERE node = m.source), m.source) AS source,
         coalesce((SELECT name FROM names WHERE node = m.destination), m.destination) AS destination,
         coalesce(t.now_s, 0) AS now_s,
         -- a hello may have failed for weeks, and each job asks
         (SELECT count(*) FROM (SELECT 1 FROM events e WHERE e.message = g.id AND e.event = 'unsent' LIMIT 1000)) AS hello_failures,
         u.reason AS unanswered,
         (SELECT sum(event = 'deferred') FROM (SELECT event FROM events WHERE message = p.id ORDER BY seq DESC LIMIT 30))
           AS piece_deferrals,
         CASE WHEN m.destination IN (SELECT node FROM own_nodes) THEN coalesce((SELECT sum(last - first) FROM ranges r WHERE r.message = m.id),
             CASE WHEN m.type = 1 THEN m.size_bytes ELSE 0 END) END AS here_bytes,
         CASE WHEN m.state = 'D' THEN (SELECT event FROM events WHERE seq = m.last_event) END AS death,
         f.trouble_reason, f.trouble_s, f.due_s AS delivery_due_s, f.failures AS delivery_failures,
         -- what travels compressed has fewer bytes than its file; people are told of those of the file
         CASE WHEN m.type IN (3, 6) THEN (SELECT 1.0 * size_bytes / nullif(m.total_bytes, 0) FROM files WHERE id = m.file) END AS stretch,
         l.cause AS closed_cause, l.reason AS closed_reason, l.since_s AS closed_s, l.until_unix_s - t.unix_offset_s AS opens_s
    FROM messages m JOIN selfinfo s LEFT JOIN node_time t JOIN piece i ON i.job = m.id JOIN messages p ON p.id = i.id
    LEFT JOIN peers d ON d.node = m.destination
    LEFT JOIN peers h ON h.node = d.via
    LEFT JOIN sysinfo y ON y.node = d.via
    LEFT JOIN connections c ON c.peer = d.via
    LEFT JOIN messages g ON g.id = (SELECT id FROM messages
        WHERE state = 'S-5' AND type = 4 AND destination = d.via LIMIT 1)
    LEFT JOIN unanswered_hellos u ON u.message = g.id
    LEFT JOIN files f ON f.id = m.file AND f.due_s > 0
    -- of two causes the one that ends later
    LEFT JOIN closed_lines l ON l.node = d.via AND m.priority >= l.least_priority AND NOT EXISTS (
      SELECT 1 FROM closed_lines o WHERE o.node = d.via AND m.priority >= o.least_priority AND o.cause <> l.cause
         AND (coalesce(o.until_unix_s, 1e12), o.cause) > (coalesce(l.until_unix_s, 1e12), l.cause))
   WHERE m.parent = 0 AND m.id > 0
     AND (m.type IN (1, 6) OR m.type = 3 AND (m.file IS NOT NULL OR m.envelope IS NOT NULL AND m.total_bytes > 0))),
judged AS NOT MATERIALIZED (
  SELECT *, CASE
    WHEN state = 'F' AND is_ours THEN 'delivered'
    WHEN state = 'F' AND is_coming THEN 'received'
    WHEN state = 'F' THEN 'carried'
    WHEN state = 'D' AND death IN ('expired', 'cancelled') THEN death
    WHEN state = 'D' THEN 'dead'
    WHEN is_coming AND here_bytes < total_bytes THEN 'coming'
    WHEN is_coming AND delivery_due_s IS NOT NULL THEN 'undelivered'
    WHEN is_coming THEN 'being-delivered'
    WHEN is_unknown THEN 'no-peer'
    WHEN via IS NULL THEN 'no-route'
    WHEN state = 'S-2W' AND pieces_left = 0 THEN 'receipt'
    WHEN delivery_due_s IS NOT NULL THEN 'unreadable'
    WHEN paused_s IS NOT NULL THEN 'paused'
    WHEN closed_cause = 'budget' AND piece_state <> 'S-4W' THEN 'budget'
    WHEN closed_cause = 'window' AND piece_state <> 'S-4W' THEN 'window'
    WHEN hop_calls = 1 AND handle = -1 THEN 'no-call'
    WHEN message_size IS NULL AND unanswered IS NOT NULL THEN 'no-reply'
    WHEN message_size IS NULL THEN 'no-agreement'
    WHEN piece_state = 'S-4' AND piece_due_s > now_s
      THEN coalesce((SELECT CASE WHEN r.cause = 'on-its-way' AND piece_deferrals >= 10 THEN 'refused' ELSE r.cause END
                       FROM refusals r WHERE r.code = piece_refusal), 'refused')
    WHEN stalled_s IS NOT NULL THEN 'stalled'
    WHEN handle = -1 AND failures > 0 THEN 'no-connection'
    WHEN handle = -1 THEN 'ready'
    ELSE 'on-its-way' END AS cause
    FROM place)
SELECT id, cause,
       CASE WHEN cause IN ('coming', 'received') THEN source
            WHEN cause IN ('receipt', 'no-peer', 'no-route', 'delivered') THEN destination
            WHEN cause NOT IN ('carried', 'expired', 'cancelled', 'dead', 'being-delivered', 'undelivered', 'unreadable') THEN hop END,
       CASE WHEN cause = 'paused' THEN max(born_s, paused_s)
            WHEN cause IN ('budget', 'window') THEN max(born_s, coalesce(closed_s, born_s))
            WHEN cause = 'no-agreement' THEN max(born_s, coalesce(hello_born_s, born_s))
            WHEN cause = 'no-reply' THEN max(born_s, hello_born_s)
            WHEN cause IN ('no-connection', 'no-call') THEN max(born_s, coalesce(down_s, born_s))
            WHEN cause = 'stalled' THEN max(born_s, stalled_s)
            WHEN cause IN ('right-missing', 'disk-full', 'quota', 'no-route-there', 'refused') THEN
              (SELECT at_s FROM events WHERE message = judged.piece AND event IN ('deferred', 'nacked') ORDER BY seq LIMIT 1)
            WHEN cause IN ('undelivered', 'unreadable') THEN trouble_s
            WHEN cause = 'receipt' THEN (SELECT at_s FROM events
               WHERE message = judged.id AND event IN ('pieces-done', 'acked') ORDER BY seq DESC LIMIT 1)
            WHEN cause IN ('delivered', 'received', 'carried', 'dead', 'expired', 'cancelled') THEN
              (SELECT at_s FROM events WHERE message = judged.id AND from_state <> to_state ORDER BY seq DESC LIMIT 1)
            ELSE born_s END,
       CASE cause WHEN 'no-agreement' THEN hello_reason WHEN 'no-connection' THEN dial_reason
            WHEN 'no-reply' THEN unanswered WHEN 'stalled' THEN stall_reason
            WHEN 'no-call' THEN CASE WHEN is_kept_out THEN 'neither node can dial the other' ELSE nullif(dial_reason, '') END
            WHEN 'budget' THEN closed_reason WHEN 'window' THEN closed_reason
            WHEN 'right-missing' THEN piece_reason WHEN 'disk-full' THEN piece_reason WHEN 'quota' THEN piece_reason
            WHEN 'no-route-there' THEN piece_reason WHEN 'refused' THEN piece_reason
            WHEN 'undelivered' THEN trouble_reason WHEN 'unreadable' THEN trouble_reason
            WHEN 'dead' THEN whole_reason WHEN 'cancelled' THEN whole_reason
            -- what a relay on the way said
            WHEN 'receipt' THEN CASE WHEN hints > 0 THEN whole_reason END
            -- what kept it, as far as it is known
            WHEN 'expired' THEN CASE WHEN is_coming THEN whole_reason ELSE coalesce((SELECT e.reason FROM messages o JOIN events e ON e.message = o.id
               WHERE o.parent = judged.id AND o.parent > 0 AND o.type IN (1, 3) AND e.event IN ('deferred', 'nacked')
               ORDER BY e.seq DESC LIMIT 1),
               CASE WHEN failures > 0 THEN dial_reason WHEN via IS NULL THEN 'there was no route' ELSE hello_reason END,
               whole_reason) END END,
       CASE cause WHEN 'no-agreement' THEN hello_due_s WHEN 'no-reply' THEN hello_due_s
            WHEN 'budget' THEN opens_s WHEN 'window' THEN opens_s
            WHEN 'no-connection' THEN dial_due_s
            WHEN 'right-missing' THEN piece_due_s WHEN 'disk-full' THEN piece_due_s WHEN 'quota' THEN piece_due_s
            WHEN 'no-route-there' THEN piece_due_s WHEN 'refused' THEN piece_due_s
            WHEN 'undelivered' THEN delivery_due_s WHEN 'unreadable' THEN delivery_due_s WHEN 'receipt' THEN whole_due_s END,
       CASE cause WHEN 'no-agreement' THEN hello_failures WHEN 'no-connection' THEN failures
            WHEN 'undelivered' THEN delivery_failures WHEN 'unreadable' THEN delivery_failures WHEN 'refused' THEN refusals WHEN 'receipt' THEN repeats END,
       CASE WHEN is_coming OR state IN ('F', 'D') THEN 0 WHEN state = 'S-2W' THEN pieces_left ELSE max(pieces_left, 1) END,
       CAST(coalesce(stretch, 1) * CASE WHEN state = 'F' THEN total_bytes WHEN is_coming THEN here_bytes
            WHEN state = 'S-2W' AND pieces_left = 0 THEN total_bytes
            WHEN state = 'S-2W' AND type = 6 THEN coalesce((SELECT sum(size_bytes) FROM (SELECT size_bytes, state
              FROM messages c WHERE c.parent = judged.id AND c.parent > 0 AND c.type = 2 LIMIT 100000) WHERE state = 'F'), 0)
            ELSE 0 END AS INTEGER)
  FROM judged;

-- What is not finished, first what came first; dead jobs are in `stuck`.
CREATE VIEW queue (job, kind, direction, name, size_bytes, done_bytes, source, destination, state, cause, waits_for,
                   since_at, waited_s, next_try_at, tries, pieces_left, priority, expires_at, reason) AS
SELECT j.job, j.kind, j.direction, j.name, j.size_bytes, c.done_bytes, j.source, j.destination, j.state, c.cause,
       c.waits_for, datetime(c.since_s + t.unix_offset_s, 'unixepoch'), CAST(t.now_s - c.since_s AS INTEGER),
       datetime(c.next_try_s + t.unix_offset_s, 'unixepoch'), c.tries, c.pieces_left, j.priority, j.expires_at, c.reason
  FROM jobs j JOIN causes c ON c.job = j.job LEFT JOIN node_time t
 WHERE j.state NOT IN ('F', 'D')
   AND j.job IN (SELECT id FROM unfinished);

-- Peers with which only one direction works. no-reply: it accepts hellos of this node, cannot dial it, and its netrelay
-- does not reply on the connection of a hello.
-- reply, receipts: it called, and this node cannot dial it to answer its hello, or to say what arrived. neither: it said
-- that it cannot be dialled, and it cannot dial this node.
CREATE VIEW one_way (peer, trouble, since_at, waited_s, tries, next_try_at, reason) AS
SELECT p.name, f.trouble, datetime(f.since_s + t.unix_offset_s, 'unixepoch'), CAST(round(t.now_s - f.since_s) AS INTEGER),
       f.tries, datetime(f.next_try_s + t.unix_offset_s, 'unixepoch'), f.reason
  FROM one_way_states f CROSS JOIN peers p ON p.node = f.node LEFT JOIN node_time t;

-- What does not get on by itself, or has failed lately: look here first.
CREATE VIEW stuck (job, name, size_bytes, source, destination, state, cause, waits_for, since_at, waited_s, next_try_at,
                   tries, reason) AS
SELECT j.job, j.name, j.size_bytes, j.source, j.destination, j.state, c.cause, c.waits_for,
       datetime(c.since_s + t.unix_offset_s, 'unixepoch'), CAST(t.now_s - c.since_s AS INTEGER),
       datetime(c.next_try_s + t.unix_offset_s, 'unixepoch'), c.tries, c.reason
  FROM jobs j JOIN causes c ON c.job = j.job LEFT JOIN node_time t
 WHERE j.job IN (SELECT id FROM unfinished)
   AND c.cause NOT IN ('on-its-way', 'ready', 'coming', 'being-delivered', 'budget', 'window')
   AND NOT (c.cause = 'receipt' AND c.tries = 0 AND c.reason IS NULL) AND NOT (c.cause = 'no-agreement' AND c.tries = 0);

-- What arrived where it was meant to: in our inbox, or by its destination's signed word.
CREATE VIEW deliveries (job, direction, delivered_at, name, size_bytes, source, destination, took_s, place) AS
SELECT j.job, j.direction, j.finished_at, j.name, j.size_bytes, j.source, j.destination,
       round((julianday(j.finished_at) - julianday(j.given_at)) * 86400), CASE j.direction WHEN 'in' THEN j.place END
  FROM jobs j WHERE j.state = 'F' AND j.direction IN ('in', 'out');

-- Next hops of each peer, in the order of preference; of several the first that is not away is used.
CREATE VIEW route_overview (peer, position, hop, is_used, used_since_at, unreached_since_at, reason) AS
SELECT p.name, r.position, CASE r.hop WHEN p.node THEN 'direct' ELSE coalesce((SELECT name FROM names WHERE node = r.hop), r.hop) END,
       r.hop = p.via, datetime(r.used_s + k.unix_offset_s, 'unixepoch'),
       datetime((SELECT h.unreached_s FROM hop_states h WHERE h.hop = r.hop) + k.unix_offset_s, 'unixepoch'),
       coalesce((SELECT h.reason FROM hop_states h WHERE h.hop = r.hop AND h.unreached_s IS NOT NULL),
                CASE WHEN l.until_s > t.now_s THEN 'no receipt came in time' END)
  FROM routes r JOIN peers p ON p.node = r.peer LEFT JOIN clock k
  LEFT JOIN node_time t LEFT JOIN left_members l ON l.peer = r.peer AND l.hop = r.hop;

-- Everybody we know, and how things stand with each as a next hop.
CREATE VIEW peer_overview (peer, node, route, may, addresses, commsport, agreed_bytes, connection, down_since_at,
                           failures, reason, next_try_at, paused_since_at, ready, in_flight, quota_bytes, used_bytes,
                           limit_bytes_per_s, last_address, calls, call, cannot_dial_since_at, stalled_since_at,
                           call_every_s, call_next_at) AS
SELECT p.name, p.node,
       CASE p.via WHEN p.node THEN 'direct' ELSE coalesce((SELECT name FROM names WHERE node = p.via), p.via) END,
       (SELECT group_concat(trim(verb || ' ' || coalesce((SELECT name FROM names WHERE node = subject), subject)), ', ')
          FROM rights WHERE peer = p.node),
       (SELECT group_concat(value, ' ') FROM json_each(p.addresses)), p.commsport, y.message_size,
       CASE WHEN c.handle >= 0 THEN 'open' WHEN c.failures > 0 THEN 'failing' ELSE 'none' END,
       datetime(CASE WHEN y.node IS NULL THEN g.born_s ELSE c.down_s END + k.unix_offset_s, 'unixepoch'),
       coalesce(c.failures, 0),
       coalesce((SELECT w.reason FROM one_way_states w WHERE w.node = p.node LIMIT 1),
         CASE WHEN y.node IS NULL THEN g.reason WHEN c.handle = -1 THEN nullif(c.reason, '') END),
       datetime(nullif(CASE WHEN y.node IS NULL THEN g.due_s WHEN c.handle = -1 AND p.calls = 0 THEN c.due_s END, 0)
          + k.unix_offset_s, 'unixepoch'),
       datetime(p.paused_s + k.unix_offset_s, 'unixepoch'),
       (SELECT count(*) FROM messages WHERE state = 'S-4' AND next_hop = p.node),
       (SELECT count(*) FROM messages WHERE state = 'S-4W' AND next_hop = p.node),
       p.quota_bytes,
       (SELECT coalesce(sum(size_bytes), 0) FROM kept_wholes WHERE source = p.node),
       (SELECT limit_bytes_per_s FROM send_limits WHERE node = p.node), nullif(c.address, ''), p.calls,
       CASE WHEN p.answers_calls = 1 AND EXISTS (SELECT 1 FROM kept_out o WHERE o.node = p.node)
            THEN CASE WHEN a.is_open = 1 THEN 'open' WHEN a.failures > 0 THEN 'failing'
                      WHEN a.due_s > 0 AND EXISTS (SELECT 1 FROM resting_lines l WHERE l.node = p.node) THEN 'resting' ELSE 'none' END END,
       datetime(u.since_s + k.unix_offset_s, 'unixepoch'), datetime(c.stalled_s + k.unix_offset_s, 'unixepoch'),
       (SELECT l.every_s FROM resting_lines l WHERE l.node = p.node),
       CASE WHEN a.is_open = 0 AND EXISTS (SELECT 1 FROM resting_lines l WHERE l.node = p.node)
            THEN datetime(nullif(a.due_s, 0) + k.unix_offset_s, 'unixepoch') END
  FROM peers p LEFT JOIN cannot_dial_here u ON u.peer = p.node LEFT JOIN placed_calls a ON a.peer = p.node
  LEFT JOIN clock k LEFT JOIN sysinfo y ON y.node = p.node LEFT JOIN connections c ON c.peer = p.node
  LEFT JOIN messages g ON g.id = (SELECT id FROM messages
      WHERE state = 'S-5' AND type = 4 AND destination = p.node LIMIT 1);

-- The pieces of what is sent, carried or comes, each with its serial number. All have the size of the first, but for the last.
CREATE VIEW pieces (message, whole, serial, pieces, offset_bytes, size_bytes, state) AS
SELECT id, parent, "offset" / most_bytes + 1, (total_bytes + most_bytes - 1) / most_bytes, "offset", size_bytes, state
  FROM (SELECT *, max(CASE WHEN "offset" = 0 OR "offset" + size_bytes < total_bytes THEN size_bytes END) OVER (
           PARTITION BY parent, source, destination, epoch, sequence, attempt) AS most_bytes
          FROM messages WHERE type = 2 AND hash IS found);

-- What was delivered, and carried for others, each day (UTC), by the node at the other end.
CREATE VIEW traffic_by_day (day, peer, files_out, bytes_out, files_in, bytes_in, sealed_through, bytes_through) AS
SELECT date(finished_at), CASE direction WHEN 'in' THEN source ELSE destination END,
       sum(direction = 'out'), sum(iif(direction = 'out', size_bytes, 0)),
       sum(direction = 'in'), sum(iif(direction = 'in', size_bytes, 0)),
       sum(direction = 'through'), sum(iif(direction = 'through', size_bytes, 0))
  FROM jobs WHERE state = 'F' GROUP BY 1, 2 ORDER BY 1, 2;

-- Messages of peers that this node refused in the last week, and what ends each refusal.
CREATE VIEW refused_here (peer, refusal, about, messages, first_at, last_at, ended_by, missing, reason) AS
SELECT p.name, coalesce(r.name, g.code), coalesce((SELECT name FROM names WHERE node = g.subject), nullif(g.subject, '')),
       g.messages, datetime(g.first_s + t.unix_offset_s, 'unixepoch'), datetime(g.last_s + t.unix_offset_s, 'unixepoch'),
       r.ended_by, nullif(g.missing, ''), g.reason
  FROM refusals_given g CROSS JOIN peers p ON p.node = g.peer LEFT JOIN refusals r ON r.code = g.code LEFT JOIN node_time t;

-- Entries that lie in the drop folders for an hour and longer and are not sent: at most 64 entries of each folder, the oldest.
CREATE VIEW left_in_drop (folder, name, reason, since_at, waited_s) AS
SELECT 'drop/' || l.folder, l.name, l.reason, datetime(l.since_s + t.unix_offset_s, 'unixepoch'),
       CAST(t.now_s - l.since_s AS INTEGER)
  FROM passed_over l JOIN node_time t WHERE t.now_s - l.since_s >= 3600;

-- Jobs that are over and whose messages had to make room for younger ones.
CREATE VIEW former_jobs (job, name, direction, peer, size_bytes, state, ended_at) AS
SELECT o.job, o.name, o.direction, coalesce((SELECT name FROM names WHERE node = o.peer), o.peer), o.size_bytes, o.state,
       datetime(o.ended_s + k.unix_offset_s, 'unixepoch')
  FROM pruned_jobs o LEFT JOIN clock k;

-- Budgets of peers (`netrelay budget`), each with the use of its present period.
CREATE VIEW budget_overview (peer, period, limit_bytes, reserve_bytes, receipts_bytes, used_bytes, left_bytes, begun_at, ends_at,
                             state) AS
SELECT p.name, b.period, b.limit_bytes, b.reserve_bytes, b.limit_bytes / 100, v.used_bytes, max(v.receipts_left_bytes, 0),
       datetime(b.from_unix_s, 'unixepoch'), datetime(b.until_unix_s, 'unixepoch'),
       CASE b.closed WHEN 0 THEN 'open' WHEN 1 THEN 'reserve' WHEN 2 THEN 'receipts' ELSE 'used-up' END
  FROM budgets b CROSS JOIN peers p ON p.node = b.peer JOIN budget_levels v ON v.peer = b.peer;

-- What is wrong or about to be, as far as rows tell: one row for each kind and subject (health.sql).
CREATE VIEW health (kind, severity, subject, since_at, waited_s, words, help) AS
SELECT kind, severity, subject, datetime(since_unix_s, 'unixepoch'),
       CAST((julianday('now') - 2440587.5) * 86400.0 - since_unix_s AS INTEGER), words, help
  FROM findings;

-- What was written to the disk of the home, day by day and by what.
CREATE VIEW written_by_day (day, disk, device_bytes, database_bytes, log_bytes, files_bytes, other_bytes, seen_s) AS
SELECT CASE WHEN w.day >= 0 THEN date(w.day * 86400, 'unixepoch') END, coalesce(d.name, w.device), w.device_bytes, w.database_bytes,
       w.log_bytes, w.files_bytes, max(0, w.device_bytes - w.database_bytes - w.log_bytes - w.files_bytes), CAST(w.seen_s AS INTEGER)
  FROM device_days w LEFT JOIN devices d ON d.device = w.device;

-- How long the disk of the home will last: one row, none where the kernel tells of no disk.
CREATE VIEW disk_life (disk, kind, size_bytes, life_percent, endurance_bytes, endurance_is, known_since_at, written_bytes,
                       day_bytes, left_bytes, left_days) AS
SELECT l.name, l.kind, l.size_bytes, l.life_percent, l.endurance_bytes,
       CASE WHEN l.endurance_bytes IS NOT NULL THEN CASE l.is_endurance_given WHEN 1 THEN 'given' ELSE 'assumed' END END,
       datetime(l.first_s + t.unix_offset_s, 'unixepoch'), l.total_bytes, l.day_bytes, l.left_bytes, CAST(l.left_days AS INTEGER)
  FROM device_life l LEFT JOIN node_time t;
