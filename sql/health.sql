-- What the view `health` (views.sql) is made of: what is wrong with a node, or about to be, as far as rows tell. It calls
-- no function that only netrelay's connections have. `netrelay check` asks it, `status`, the alarms, and any monitor.
--
-- It stays cheap with a million messages: each branch reads an index, and stops at a limit. A next hop that is not there
-- keeps all of its jobs waiting for one cause, so a few of them tell it for all (stall_samples).

-- How long a job may wait for each cause of the view `causes` until that is a finding: the one place for these bounds.
-- usual_s: NULL, it never is one. gaps: the wait for a peer may last so many times the longest of its usual silences
-- (table heard). {node} stands for waits_for, {job} for one of the jobs.
CREATE VIEW stall_bounds (cause, usual_s, gaps, words, help) AS VALUES
  -- it moves; when it does not, it is `stalled`
  ('on-its-way', NULL, 0, '', ''),
  -- a connection is asked for at once, and its attempts end within a minute
  ('ready', 600, 0, 'a connection to {node} is not opened', '`netrelay logs` says whether sender fails'),
  -- it is noticed after ten seconds; a modem that changes its cell takes up to a minute
  ('stalled', 60, 0, 'nothing of what is sent arrives at {node}', '`netrelay peer ping {node}` tries its line now'),
  -- a restart of a machine or of a router takes less than ten minutes
  ('no-connection', 600, 2, 'no connection to {node}', '`netrelay peer ping {node}` tries it now and says more'),
  ('no-call', 600, 2, 'no call of {node} is open, which nobody can dial', '`netrelay why {job}` says more'),
  ('no-agreement', 600, 2, 'no agreement with {node} yet', '`netrelay peer ping {node}` tries it now and says more'),
  -- it was answered wrongly twice before it has this name
  ('no-reply', 0, 0, '{node} cannot reach this node', '`netrelay why {job}` says more'),
  -- a person has to act; a minute in which peer, route and right are typed one after the other
  ('no-route', 60, 0, 'there is no route to {node}', '`netrelay peer route {node} --direct`, or --via NODE'),
  ('no-peer', 60, 0, '{node} is no peer here any more', '`netrelay peer add CARD` enrols it again; `netrelay cancel {job}` takes a job back'),
  ('paused', 0, 0, '{node} is paused', '`netrelay resume {node}`'),
  -- only where no opening within a week is known
  ('window', 0, 0, 'the window of {node} is closed', '`netrelay window {node} always` lets it go on now'),
  ('budget', 0, 0, 'the budget with {node} is used up', '`netrelay budget {node} BUDGET` gives more'),
  ('right-missing', 60, 0, '{node} refuses it', '`netrelay why {job}` says which right is missing there'),
  ('disk-full', 60, 0, 'the disk of {node} is full', 'somebody has to make room on {node}'),
  ('quota', 60, 0, '{node} keeps no more of it', '`netrelay why {job}` says more'),
  ('no-route-there', 60, 0, '{node} has no route for it', '`netrelay why {job}` says more'),
  ('refused', 60, 0, '{node} refuses it', '`netrelay why {job}` says more'),
  ('unreadable', 0, 0, 'it cannot be read', 'bring its disk back, and it goes by itself; `netrelay cancel {job}` takes a job back'),
  -- only where it was asked for again, or a relay said why
  ('receipt', 0, 0, 'all of it was taken; the receipt of {node} is not here yet', '`netrelay why {job}` says more'),
  -- since its newest piece; a sender tries again after an hour at the latest
  ('coming', 3600, 2, 'it is coming from {node}, and nothing more of it comes', '`netrelay why` at {node} says what holds it up'),
  -- since its newest piece; to unpack and copy a large file to a slow disk takes minutes
  ('being-delivered', 3600, 0, 'all of it is here, and it is not put into the inbox', '`netrelay logs` says whether exporter fails'),
  ('undelivered', 0, 0, 'all of it is here, and it cannot be put into the inbox', '`netrelay why {job}` says what helps'),
  ('delivered', NULL, 0, '', ''),
  ('received', NULL, 0, '', ''),
  ('carried', NULL, 0, '', ''),
  -- a person did that
  ('cancelled', NULL, 0, '', ''),
  ('expired', 0, 0, 'given up, since its lifetime was over', '`netrelay jobs --dead` lists them; `netrelay retry {job}` sends one again'),
  ('dead', 0, 0, 'given up', '`netrelay jobs --dead` lists them; `netrelay retry {job}` sends one again');

-- Peers with which only one direction works, as the view `one_way` has them (views.sql).
-- No group, no CTE, and columns without affinity (+) but for the first, so that SQLite asks each part about one peer alone.
-- The parts are asked in this order until one has a row.
CREATE VIEW one_way_states (node, trouble, since_s, tries, next_try_s, reason) AS
-- those of kept_out
SELECT k.peer, 'neither', coalesce((SELECT c.down_s FROM connections c WHERE c.peer = p.node),
         (SELECT y.settled_s FROM sysinfo y WHERE y.node = p.node), 0), 0, NULL, 'neither node can dial the other'
  FROM selfinfo s CROSS JOIN cannot_dial_here k CROSS JOIN peers p ON p.node = k.peer WHERE s.can_be_dialled = 1 AND p.calls = 1
   AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.peer = p.node AND c.handle >= 0)
UNION ALL
SELECT p.node, 'neither', coalesce((SELECT c.down_s FROM connections c WHERE c.peer = p.node),
         (SELECT y.settled_s FROM sysinfo y WHERE y.node = p.node), 0), 0, NULL, 'neither node can dial the other'
  FROM selfinfo s CROSS JOIN peers p WHERE s.can_be_dialled = 0 AND p.calls = 1
   AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.peer = p.node AND c.handle >= 0)
UNION ALL
SELECT f.node, 'no-reply', (SELECT min(e.at_s) FROM events e WHERE e.message = f.message AND e.event IN ('sent', 'unsent')),
       (SELECT count(*) FROM events e WHERE e.message = f.message AND e.event IN ('sent', 'unsent')), +f.due_s, +f.reason
  FROM unanswered_hellos f
UNION ALL
SELECT c.peer, 'receipts', +c.down_s, +c.failures, +c.due_s, +c.reason FROM connections c
 WHERE c.handle = -1 AND c.failures >= 3 AND EXISTS (SELECT 1 FROM peers p JOIN messages m ON m.destination = p.node
   WHERE p.via = c.peer AND m.state = 'S-4' AND m.type = 7 AND m.birth = 'made')
UNION ALL
SELECT f.node, 'reply', (SELECT min(e.at_s) FROM events e WHERE e.message = f.message AND e.event = 'unsent' AND e.seq > f.last_success),
       (SELECT count(*) FROM events e WHERE e.message = f.message AND e.event = 'unsent' AND e.seq > f.last_success),
       +f.due_s, 'its hello cannot be answered: ' || f.reason
  FROM unsent_replies f
 WHERE (SELECT count(*) FROM events e WHERE e.message = f.message AND e.event = 'unsent' AND e.seq > f.last_success) >= 3;
CREATE VIEW unsent_replies (message, node, due_s, reason, last_success) AS
SELECT m.id, m.destination, m.due_s, m.reason,
       coalesce((SELECT max(seq) FROM events WHERE message = m.id AND event = 'sent'), 0)
  FROM messages m WHERE m.state = 'S-5' AND m.type = 5;

-- Next hops of messages in S-4W and S-1, and sources of what is coming: loose index scans, as ready_hops (work.sql).
CREATE VIEW sending_hops (node) AS
WITH RECURSIVE hops (node) AS (
  SELECT min(next_hop) FROM messages WHERE state = 'S-4W'
  UNION ALL
  SELECT (SELECT min(m.next_hop) FROM messages m WHERE m.state = 'S-4W' AND m.next_hop > h.node) FROM hops h WHERE h.node IS NOT NULL)
SELECT node FROM hops WHERE node IS NOT NULL;
CREATE VIEW unagreed_hops (node) AS
WITH RECURSIVE hops (node) AS (
  SELECT min(next_hop) FROM messages WHERE state = 'S-1'
  UNION ALL
  SELECT (SELECT min(m.next_hop) FROM messages m WHERE m.state = 'S-1' AND m.next_hop > h.node) FROM hops h WHERE h.node IS NOT NULL)
SELECT node FROM hops WHERE node IS NOT NULL;
CREATE VIEW coming_sources (node) AS
WITH RECURSIVE sources (node) AS (
  SELECT min(source) FROM messages WHERE state = 'N-4' AND type IN (1, 3)
  UNION ALL
  SELECT (SELECT min(m.source) FROM messages m WHERE m.state = 'N-4' AND m.type IN (1, 3) AND m.source > s.node)
    FROM sources s WHERE s.node IS NOT NULL)
SELECT node FROM sources WHERE node IS NOT NULL;

-- Jobs whose causes stand for all. number: of the jobs that it stands for, NULL: all of a next hop, of which 100 are counted for each destination.
-- Of each next hop the first messages that are ready, in flight and without an agreement; of each destination without a
-- peer or a route the first; of what waits for a cause of its own one for each cause.
CREATE VIEW stall_samples (job, number) AS
WITH moment (now_s) AS MATERIALIZED (SELECT coalesce((SELECT now_s FROM node_time), 0))
SELECT coalesce(nullif(m.parent, 0), m.id), NULL FROM moment t CROSS JOIN ready_hops h CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM (SELECT id, due_s FROM messages WHERE state = 'S-4' AND next_hop = h.node AND type <> 7 LIMIT 200)
                 WHERE due_s <= t.now_s LIMIT 1)
UNION ALL
SELECT coalesce(nullif(m.parent, 0), m.id), NULL FROM ready_hops h CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM messages WHERE state = 'S-4' AND next_hop = h.node AND type <> 7 LIMIT 1)
UNION ALL
SELECT coalesce(nullif(m.parent, 0), m.id), NULL FROM sending_hops h CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM messages WHERE state = 'S-4W' AND next_hop = h.node AND type <> 7 LIMIT 1)
UNION ALL
SELECT coalesce(nullif(m.parent, 0), m.id), NULL FROM unagreed_hops h CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM messages WHERE state = 'S-1' AND next_hop = h.node AND type <> 7 LIMIT 1)
UNION ALL
SELECT m.id, NULL FROM unfinished_destinations d CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM unfinished WHERE destination = d.node AND type <> 7 AND state <> 'D' LIMIT 2)
   AND NOT EXISTS (SELECT 1 FROM peers p WHERE p.node = d.node AND p.via IS NOT NULL)
UNION ALL
SELECT * FROM (SELECT id, NULL FROM messages WHERE state = 'S-2' LIMIT 8)
UNION ALL
-- refused for now
SELECT min(job), count(DISTINCT job) FROM (
    SELECT coalesce(nullif(m.parent, 0), m.id) AS job, m.next_hop, m.refusal
      FROM moment t CROSS JOIN messages m INDEXED BY messages_postponed
     WHERE m.state = 'S-4' AND m.due_s > 0 AND m.due_s > t.now_s LIMIT 1000)
 GROUP BY next_hop, refusal
UNION ALL
-- cannot be read, or put into the inbox
SELECT min(job), count(*) FROM (
    SELECT (SELECT max(m.id) FROM messages m WHERE m.file = f.id AND m.parent = 0 AND m.type <> 2) AS job,
           f.source, f.destination, f.trouble, f.trouble_reason
      FROM files f WHERE f.due_s > 0 LIMIT 1000)
 GROUP BY source, destination, trouble, trouble_reason
UNION ALL
SELECT min(id), count(*) FROM (
    SELECT id, destination FROM messages WHERE state = 'S-2W' AND pieces_left = 0 AND repeats + hints > 0 LIMIT 1000)
 GROUP BY destination
UNION ALL
SELECT m.id, 1 FROM coming_sources h CROSS JOIN messages m
 WHERE m.id IN (SELECT id FROM messages WHERE state = 'N-4' AND type IN (1, 3) AND source = h.node LIMIT 8)
UNION ALL
SELECT * FROM (SELECT id, 1 FROM messages WHERE parent = 0 AND state IN ('F', 'D') AND state = 'D' AND type <> 7
                ORDER BY last_event DESC LIMIT 100);

-- What the samples wait for, and from when that is a finding.
CREATE VIEW stall_waits (cause, subject, since_s, found_s, number, job, next_try_s, tries, reason, words, help) AS
WITH asked AS MATERIALIZED (
  SELECT c.job, s.number, c.cause, c.waits_for, c.since_s, c.next_try_s, c.tries, c.reason
    FROM (SELECT job, max(number) AS number FROM stall_samples GROUP BY job) s CROSS JOIN causes c ON c.job = s.job),
judged AS MATERIALIZED (
  SELECT a.cause, a.job, a.number, a.next_try_s, a.tries, a.reason, t.now_s,
         CASE WHEN a.cause = 'ready' THEN max(a.since_s, coalesce((SELECT n.changed_s FROM connections n JOIN peers p ON p.node = n.peer
                  WHERE p.name = a.waits_for), a.since_s))
              -- the newest of its pieces: they come nearly in order
              WHEN a.cause IN ('coming', 'being-delivered') THEN max(a.since_s, coalesce((SELECT max(born_s) FROM (
                  SELECT p.born_s FROM messages p WHERE p.source = m.source AND p.destination = m.destination AND p.epoch = m.epoch
                     AND p.sequence = m.sequence AND p.attempt = m.attempt AND p.type = 2 AND p.hash IS p.found
                   ORDER BY p."offset" DESC LIMIT 100)), a.since_s))
              ELSE a.since_s END AS since_s,
         coalesce(a.waits_for, (SELECT n.name FROM names n WHERE n.node = CASE WHEN m.destination IN (SELECT node FROM own_nodes) THEN m.source ELSE m.destination END),
           CASE WHEN m.destination IN (SELECT node FROM own_nodes) THEN m.source ELSE m.destination END) AS subject
    FROM asked a CROSS JOIN messages m ON m.id = a.job LEFT JOIN node_time t)
SELECT j.cause, j.subject, j.since_s,
       j.since_s + max(b.usual_s, CASE WHEN h.gaps >= 3 THEN b.gaps * h.longest_s ELSE 0 END),
       j.number, j.job, j.next_try_s, j.tries, j.reason, b.words, b.help
  FROM judged j JOIN stall_bounds b ON b.cause = j.cause AND b.usual_s IS NOT NULL
  LEFT JOIN peers p ON p.name = j.subject LEFT JOIN heard h ON h.peer = p.node
 WHERE NOT (j.cause = 'receipt' AND j.tries = 0 AND j.reason IS NULL)
   AND NOT (j.cause = 'window' AND coalesce(j.next_try_s, 1e12) - j.now_s < 7 * 86400);

-- What jobs wait for that is a finding: one row for each cause and node.
CREATE VIEW stalls (cause, subject, since_s, number, job, reason, words, help) AS
SELECT j.cause, j.subject, min(j.since_s),
       coalesce(sum(j.number), (
         SELECT sum(number) FROM (
           SELECT (SELECT count(*) FROM (
                     SELECT type, state, pieces_left, file, envelope, total_bytes FROM unfinished
                      WHERE destination = d.node LIMIT 100)
                    WHERE state <> 'D' AND NOT (state = 'S-2W' AND pieces_left = 0)
                      AND (type IN (1, 6) OR type = 3 AND (file IS NOT NULL OR envelope IS NOT NULL AND total_bytes > 0))) AS number
             FROM (SELECT d.node FROM peers h JOIN peers d ON d.via = h.node WHERE h.name = j.subject AND j.cause NOT IN ('no-route', 'no-peer')
                   UNION SELECT node FROM names WHERE name = j.subject AND j.cause IN ('no-route', 'no-peer')
                   UNION SELECT j.subject WHERE j.cause IN ('no-route', 'no-peer')) d)), 1),
       min(j.job), max(j.reason), j.words, j.help
  FROM stall_waits j JOIN node_time t WHERE t.now_s >= j.found_s
 GROUP BY j.cause, j.subject;

-- Errors that are logged, and processes that end unexpectedly. The log itself is for people alone.
CREATE TRIGGER fault_logged AFTER INSERT ON logs WHEN NEW.level = 'error' OR NEW.event = 'restarted' BEGIN
  INSERT INTO faults (process, kind, unix_s, text)
  VALUES (NEW.process, CASE WHEN NEW.event = 'restarted' OR NEW.event = 'crashed' THEN 'ended' ELSE 'error' END, NEW.unix_s, NEW.text);
  DELETE FROM faults WHERE id IN (
    SELECT o.id FROM faults n JOIN faults o ON o.process = n.process AND o.kind = n.kind
     WHERE n.id = last_insert_rowid() ORDER BY o.id DESC LIMIT -1 OFFSET 32);
END;

-- Peers whose silence is longer than it usually is: nothing was heard of a neighbour for twice the longest of its usual
-- silences, and an hour at least. Three silences make a habit; before, nothing is known to be unusual.
CREATE VIEW unusual_silences (peer, since_s, longest_s) AS
SELECT h.peer, h.heard_s, h.longest_s FROM heard h JOIN node_time t LEFT JOIN connections c ON c.peer = h.peer
 WHERE coalesce(c.handle, -1) = -1 AND h.gaps >= 3 AND t.now_s - h.heard_s >= max(3600, 2 * h.longest_s)
   AND NOT EXISTS (SELECT 1 FROM placed_calls a WHERE a.peer = h.peer AND a.is_open = 1);

-- Chunks that are carried for others and are the first for their next hop: their manifest may be there already, and no job
-- tells that they wait.
CREATE VIEW waiting_pieces (hop, since_s, reason) AS
SELECT p.node, max(m.born_s, coalesce(p.paused_s, CASE WHEN m.due_s <= t.now_s THEN c.down_s END, m.born_s)),
       CASE WHEN p.paused_s IS NOT NULL THEN p.name || ' is paused'
            WHEN m.due_s > t.now_s THEN p.name || ' refuses them for now: ' || coalesce(m.reason, '')
            ELSE 'no connection to ' || p.name || coalesce(': ' || nullif(c.reason, ''), '') END
  FROM ready_hops r CROSS JOIN peers p ON p.node = r.node JOIN node_time t
  JOIN messages m ON m.id = (SELECT id FROM messages WHERE state = 'S-4' AND next_hop = p.node AND type <> 7 LIMIT 1)
  LEFT JOIN connections c ON c.peer = p.node
 WHERE m.type = 2 AND m.parent = 0 AND (coalesce(c.handle, -1) = -1 OR p.paused_s IS NOT NULL OR m.due_s > t.now_s);

-- How long the disk of the home will last: what is left of its life at the rate of the last 30 days with power, of which
-- one has to be known. left_bytes: by its own word where it has one, else without what was written before it was known.
CREATE VIEW device_life (device, name, kind, size_bytes, life_percent, endurance_bytes, is_endurance_given, first_s, total_bytes,
                         seen_s, day_bytes, left_bytes, left_days) AS
WITH recent AS MATERIALIZED (
  SELECT w.device, sum(w.seen_s) AS seen_s, CAST(sum(w.device_bytes) * 86400.0 / sum(w.seen_s) AS INTEGER) AS day_bytes
    FROM device_days w JOIN node_time t WHERE w.until_s > t.now_s - 30 * 86400 GROUP BY w.device HAVING sum(w.seen_s) >= 86400),
disk AS MATERIALIZED (
  SELECT *, max(0, CASE WHEN life_percent IS NULL THEN endurance_bytes - total_bytes
                        ELSE endurance_bytes / 100 * (100 - life_percent) END) AS left_bytes
    FROM devices ORDER BY noted_s DESC LIMIT 1)
SELECT d.device, d.name, d.kind, d.size_bytes, d.life_percent, d.endurance_bytes, d.is_endurance_given, d.first_s, d.total_bytes,
       coalesce(r.seen_s, 0), r.day_bytes, d.left_bytes, d.left_bytes * 1.0 / nullif(r.day_bytes, 0)
  FROM disk d LEFT JOIN recent r ON r.device = d.device;

-- The last day of the disk of the home, beside a usual one of the 30 days before, of which a week has to be known.
CREATE VIEW device_rush (name, day, device_bytes, own_bytes, usual_bytes, endurance_bytes) AS
WITH last_day AS MATERIALIZED (
  SELECT l.name, l.endurance_bytes, w.* FROM device_life l JOIN device_days w ON w.device = l.device ORDER BY w.until_s DESC LIMIT 1)
SELECT y.name, y.day,
       -- a row after a boot can be of more than a day
       CAST(y.device_bytes * 86400.0 / max(y.seen_s, 86400) AS INTEGER), y.database_bytes + y.log_bytes + y.files_bytes,
       CAST(sum(w.device_bytes) * 86400.0 / sum(w.seen_s) AS INTEGER), y.endurance_bytes
  FROM last_day y JOIN device_days w ON w.device = y.device AND w.day <> y.day AND w.until_s > y.until_s - 31 * 86400
 GROUP BY y.device HAVING sum(w.seen_s) >= 7 * 86400;

-- All that the view `health` shows. severity: `error` where nothing moves or is stored any more, else `warning`.
CREATE VIEW findings (kind, severity, subject, since_unix_s, words, help) AS
WITH moment (now_s, unix_offset_s, now_unix_s) AS MATERIALIZED (
  SELECT t.now_s, t.unix_offset_s, (julianday('now') - 2440587.5) * 86400.0 FROM selfinfo LEFT JOIN node_time t),
recent AS MATERIALIZED (SELECT f.* FROM faults f JOIN moment t WHERE f.unix_s > t.now_unix_s - 86400)
SELECT s.cause, 'warning', s.subject, s.since_s + t.unix_offset_s,
       CASE WHEN s.number >= 100 THEN '100 jobs or more: ' WHEN s.number > 1 THEN s.number || ' jobs: ' ELSE 'job ' || s.job || ': ' END
         || replace(s.words, '{node}', s.subject) || coalesce(': ' || nullif(s.reason, ''), ''),
       replace(replace(s.help, '{node}', s.subject), '{job}', s.job)
  FROM stalls s JOIN moment t
UNION ALL
SELECT 'pieces-wait', 'warning', p.name, w.since_s + t.unix_offset_s, 'pieces of files of others wait: ' || w.reason,
       '`netrelay peer ping ' || p.name || '` tries its line now'
  FROM waiting_pieces w JOIN moment t JOIN peers p ON p.node = w.hop JOIN stall_bounds b ON b.cause = 'no-connection'
  LEFT JOIN heard h ON h.peer = w.hop
 WHERE t.now_s - w.since_s >= max(b.usual_s, CASE WHEN h.gaps >= 3 THEN b.gaps * h.longest_s ELSE 0 END)
UNION ALL
SELECT 'silent', 'warning', p.name, u.since_s + t.unix_offset_s,
       printf('%s has not been heard of for longer than is usual, which is %.1f hours at most', p.name, u.longest_s / 3600),
       '`netrelay peer ping ' || p.name || '` tries it now and says more'
  FROM unusual_silences u JOIN moment t JOIN peers p ON p.node = u.peer
UNION ALL
SELECT 'stand-in', 'warning', p.name, r.used_s + t.unix_offset_s,
       'what is for ' || p.name || ' goes by ' || CASE r.hop WHEN p.node THEN 'itself' ELSE u.name END || ', since '
         || CASE f.hop WHEN p.node THEN p.name ELSE w.name END
         || CASE WHEN h.unreached_s IS NULL AND EXISTS (SELECT 1 FROM left_members l WHERE l.peer = f.peer AND l.hop = f.hop
                   AND l.until_s > t.now_s)
                 THEN ' gave no receipt in time' ELSE ' is not reached' || coalesce(': ' || nullif(h.reason, ''), '') END,
       'it is taken back by itself; `netrelay peer ping ' || CASE f.hop WHEN p.node THEN p.name ELSE w.name END || '` tries it now'
  FROM routes r JOIN moment t JOIN peers p ON p.node = r.peer AND p.via = r.hop JOIN peers u ON u.node = r.hop
  JOIN routes f ON f.peer = r.peer AND f.position = 1 JOIN peers w ON w.node = f.hop JOIN hop_states h ON h.hop = f.hop
  JOIN stall_bounds b ON b.cause = 'no-connection'
 WHERE r.position > 1 AND t.now_s - r.used_s >= b.usual_s
UNION ALL
-- a hello that is not answered, where no job tells
SELECT 'unanswered-hello', 'warning', p.name, m.born_s + t.unix_offset_s, p.name || ' does not answer a hello: ' || m.reason,
       '`netrelay peer ping ' || p.name || '` tries it now and says more'
  FROM messages m INDEXED BY messages_to_greet JOIN moment t JOIN peers p ON p.node = m.destination
  JOIN stall_bounds b ON b.cause = 'no-agreement'
 WHERE m.state = 'S-5' AND m.type = 4 AND m.reason IS NOT NULL AND t.now_s - m.born_s >= b.usual_s
   AND NOT EXISTS (SELECT 1 FROM sysinfo y WHERE y.node = m.destination)
   AND NOT EXISTS (SELECT 1 FROM messages w WHERE w.state = 'S-1' AND w.next_hop = m.destination)
UNION ALL
SELECT 'one-way', 'warning', w.peer, unixepoch(min(w.since_at)), w.peer || ': only one direction works: ' || w.reason,
       '`netrelay check` says what helps'
  FROM one_way w GROUP BY w.peer
UNION ALL
-- nothing comes from a peer that cannot dial this node
SELECT 'call-failing', 'warning', p.name, a.down_s + t.unix_offset_s, p.name || ' cannot dial this node, whose call to it is not open: ' || a.reason,
       '`netrelay peer ping ' || p.name || '` tries it now and says more'
  FROM placed_calls a JOIN moment t JOIN peers p ON p.node = a.peer JOIN stall_bounds b ON b.cause = 'no-call'
  JOIN kept_out k ON k.node = a.peer
 WHERE a.is_open = 0 AND a.failures > 1 AND t.now_s - a.down_s >= b.usual_s
UNION ALL
SELECT 'no-way-back', 'warning', p.name, NULL, 'receipts for ' || p.name || ' wait: there is no route to it',
       '`netrelay peer route ' || p.name || ' --direct`, or --via NODE'
  FROM owed_nodes o CROSS JOIN peers p ON p.node = o.node WHERE p.via IS NULL
UNION ALL
SELECT 'refused-here', 'warning', p.name, min(g.first_s) + t.unix_offset_s,
       sum(g.messages) || CASE sum(g.messages) WHEN 1 THEN ' message' ELSE ' messages' END || ' of ' || p.name || ' refused, the last one: '
         || (SELECT r.reason FROM refusals_given r WHERE r.peer = p.node ORDER BY r.last_s DESC LIMIT 1),
       '`netrelay check` says what would let them in'
  FROM refusals_given g JOIN moment t JOIN peers p ON p.node = g.peer GROUP BY p.node
UNION ALL
SELECT 'identity', 'warning', p.name, w.since_s + t.unix_offset_s,
       'two machines use the identity of ' || p.name || ', at ' || w.address || ' and ' || w.other_address, '`netrelay check` says what to do'
  FROM twins w JOIN moment t JOIN peers p ON p.node = w.node
UNION ALL
SELECT 'own-identity', 'warning', p.name, w.since_s + t.unix_offset_s,
       p.name || ' says that it hears the identity of this node from two machines', '`netrelay check` says what to do'
  FROM own_twins w JOIN moment t JOIN peers p ON p.node = w.node
UNION ALL
SELECT 'left-in-drop', 'warning', l.folder, unixepoch(min(l.since_at)),
       CASE WHEN count(*) >= 64 THEN '64 entries or more' WHEN count(*) > 1 THEN count(*) || ' entries' ELSE l.name END
         || ' in ' || l.folder || CASE count(*) WHEN 1 THEN ' is' ELSE ' are' END || ' not sent: ' || l.reason,
       '`netrelay sql "SELECT * FROM left_in_drop"` lists all; move away what is not to be sent'
  FROM left_in_drop l GROUP BY l.folder
UNION ALL
SELECT 'budget-used', 'warning', p.name, b.closed_s + t.unix_offset_s,
       printf('%.1f of %.1f MiB of this %s with %s are used; ', v.used_bytes / 1048576.0, v.limit_bytes / 1048576.0, b.period, p.name)
         || CASE b.closed WHEN 1 THEN 'less urgent data waits' WHEN 2 THEN 'data waits' WHEN 3 THEN 'data and receipts wait'
                 ELSE 'it has to last until ' || datetime(b.until_unix_s, 'unixepoch') || ' (UTC)' END,
       '`netrelay budget ' || p.name || ' BUDGET` raises it'
  FROM budgets b JOIN moment t JOIN peers p ON p.node = b.peer JOIN budget_levels v ON v.peer = b.peer
 -- as in nearly_used_budgets, which logs it once
 WHERE b.closed > 0 OR v.used_bytes * 100 >= v.limit_bytes * 80
UNION ALL
SELECT 'clock', 'warning', p.name, w.closed_s + t.unix_offset_s,
       'nothing has set the clock since the boot: the window of ' || p.name || ' stays closed', 'NTP sets it: `timedatectl set-ntp true`'
  FROM windows w JOIN moment t JOIN peers p ON p.node = w.peer
 WHERE w.is_clock_set = 0 AND w.unsynchronised = 'closed' AND w.is_open = 0
UNION ALL
SELECT 'clock', 'warning', p.name || ' limit', NULL,
       'nothing has set the clock since the boot: the lowest limit of ' || p.name || ' holds', 'NTP sets it: `timedatectl set-ntp true`'
  FROM limit_windows w JOIN peers p ON p.node = w.peer GROUP BY p.node HAVING min(w.is_clock_set) = 0
UNION ALL
-- what exporter has noted; `netrelay check` looks at the disk itself
SELECT 'disk', CASE d.level WHEN 'low' THEN 'warning' ELSE 'error' END, d.folder, d.since_s + t.unix_offset_s,
       printf('%.1f of %.1f GiB are free where %s is', d.free_bytes / 1073741824.0, d.all_bytes / 1073741824.0, d.folder)
         || CASE d.level WHEN 'full' THEN ': nothing that arrives is taken' WHEN 'few-files' THEN ', and few more files fit' ELSE '' END,
       'make room'
  FROM disks d JOIN moment t WHERE d.level <> 'fine'
UNION ALL
-- by the use of a day and longer
SELECT 'disk-fills', 'warning', d.folder, NULL,
       printf('the disk where %s is fills: %.1f GiB are free, which last for %.1f days', d.folder, d.free_bytes / 1073741824.0,
         d.free_bytes * (d.noted_s - d.before_s) / (d.before_bytes - d.free_bytes) / 86400),
       'make room'
  FROM disks d
 WHERE d.level = 'fine' AND d.noted_s - d.before_s >= 86400 AND d.before_bytes > d.free_bytes
   AND d.free_bytes * (d.noted_s - d.before_s) < (d.before_bytes - d.free_bytes) * 7 * 86400
UNION ALL
-- as much as WORN_PERCENT (netrelay/disk/card_life.py)
SELECT 'card-wear', 'warning', d.folder, NULL, 'up to ' || d.life_percent || ' % of the life of the card where ' || d.folder || ' is are used',
       '`netrelay backup FILE`, and have another card at hand'
  FROM disks d WHERE d.life_percent >= 90
UNION ALL
-- a year is enough to get another one; a week has to be known, since a first day has an installation in it
SELECT 'card-life', 'warning', l.name, NULL,
       printf('the disk %s will last for about %d days with power: %.1f GiB are written to it a day, and about %.0f of %.0f GiB are left of its %s life',
         l.name, l.left_days, l.day_bytes / 1073741824.0, l.left_bytes / 1073741824.0, l.endurance_bytes / 1073741824.0,
         CASE l.is_endurance_given WHEN 1 THEN 'stated' ELSE 'assumed' END),
       '`netrelay check` says what is assumed; `netrelay backup FILE`, and have another one at hand'
  FROM device_life l WHERE l.left_days < 365 AND l.seen_s >= 7 * 86400 AND coalesce(l.life_percent, 0) < 90
UNION ALL
-- ten times a usual day, and a pace at which it would not last for ten years: what is little does not wear
SELECT 'card-writes', 'warning', r.name, NULL,
       printf('%.1f GiB were written to the disk %s in a day, %d times as much as usual; %.1f GiB of it by this node',
         r.device_bytes / 1073741824.0, r.name, r.device_bytes / max(r.usual_bytes, 1), r.own_bytes / 1073741824.0),
       '`netrelay sql "SELECT * FROM written_by_day"` says what wrote it'
  FROM device_rush r WHERE r.device_bytes > 10 * r.usual_bytes AND r.device_bytes > r.endurance_bytes / 3650
UNION ALL
SELECT 'restarts', CASE WHEN sum(r.unix_s > t.now_unix_s - 3600) >= 3 THEN 'error' ELSE 'warning' END, r.process, min(r.unix_s),
       r.process || ' ended unexpectedly' || CASE count(*) WHEN 1 THEN '' ELSE ', ' || count(*) || ' times in the last day' END || ': '
         || (SELECT o.text FROM recent o WHERE o.process = r.process AND o.kind = 'ended' ORDER BY o.id DESC LIMIT 1),
       '`netrelay logs --since 1d` says why'
  FROM recent r JOIN moment t WHERE r.kind = 'ended' GROUP BY r.process
UNION ALL
SELECT 'errors', 'warning', r.process, min(r.unix_s),
       CASE WHEN count(*) = 1 THEN '1 error' WHEN count(*) >= 32 THEN '32 errors or more' ELSE count(*) || ' errors' END || ' of ' || r.process || ' in the last day, the last one: '
         || (SELECT o.text FROM recent o WHERE o.process = r.process AND o.kind = 'error' ORDER BY o.id DESC LIMIT 1),
       '`netrelay logs --level error --since 1d`'
  FROM recent r WHERE r.kind = 'error' GROUP BY r.process
UNION ALL
-- until a run succeeds
SELECT 'hook', 'warning', 'post_receive', h.ended_unix_s,
       'the post-receive program ended with ' || h.exit_status || coalesce(': ' || nullif(substr(h.output, 1, 200), ''), ''),
       '`netrelay logs --since 1d` has each run that failed'
  FROM (SELECT * FROM hooks WHERE exit_status IS NOT NULL ORDER BY file DESC LIMIT 1) h WHERE h.exit_status <> 0
UNION ALL
-- what waits for the store and was not tried yet: a file that was has a cause of its own
SELECT 'not-landed', 'warning', 'store', min(w.born_s) + t.unix_offset_s,
       CASE count(*) WHEN 1 THEN '1 file waits' WHEN 1000 THEN '1000 files or more wait' ELSE count(*) || ' files wait' END
         || ' for the store in which files land', '`netrelay check` says whether it answers'
  FROM (SELECT born_s FROM open_landings LIMIT 1000) w JOIN moment t GROUP BY t.now_s HAVING t.now_s - min(w.born_s) >= 600
UNION ALL
SELECT 'alarm-program', 'warning', 'on_alarm', a.failed_s + t.unix_offset_s,
       'the alarm program ended with ' || a.exit_status || coalesce(': ' || nullif(substr(a.output, 1, 200), ''), '')
         || CASE a.failures WHEN 1 THEN '' ELSE '; ' || a.failures || ' times in a row' END,
       '`netrelay logs --since 1d` has each run that failed'
  FROM alarm_tellers a JOIN moment t WHERE a.teller = 'program' AND a.failures > 0;

-- When time alone changes what `health` says: by the node's clock. What rows change, a process that stores them tells.
CREATE VIEW health_edges (due_s) AS
SELECT found_s FROM stall_waits JOIN node_time t WHERE found_s > t.now_s
UNION ALL
SELECT heard_s + max(3600, 2 * longest_s) FROM heard h JOIN node_time t LEFT JOIN connections c ON c.peer = h.peer
 WHERE h.gaps >= 3 AND coalesce(c.handle, -1) = -1 AND h.heard_s + max(3600, 2 * h.longest_s) > t.now_s
UNION ALL
SELECT m.born_s + b.usual_s FROM messages m INDEXED BY messages_to_greet JOIN node_time t JOIN stall_bounds b ON b.cause = 'no-agreement'
 WHERE m.state = 'S-5' AND m.type = 4 AND m.born_s + b.usual_s > t.now_s
UNION ALL
SELECT a.down_s + b.usual_s FROM placed_calls a JOIN node_time t JOIN stall_bounds b ON b.cause = 'no-call'
 WHERE a.is_open = 0 AND a.down_s + b.usual_s > t.now_s
UNION ALL
SELECT w.since_s + max(b.usual_s, CASE WHEN h.gaps >= 3 THEN b.gaps * h.longest_s ELSE 0 END)
  FROM waiting_pieces w JOIN node_time t JOIN stall_bounds b ON b.cause = 'no-connection' LEFT JOIN heard h ON h.peer = w.hop
 WHERE t.now_s < w.since_s + max(b.usual_s, CASE WHEN h.gaps >= 3 THEN b.gaps * h.longest_s ELSE 0 END)
UNION ALL
SELECT r.used_s + b.usual_s FROM routes r JOIN node_time t JOIN stall_bounds b ON b.cause = 'no-connection'
 WHERE r.position > 1 AND r.used_s + b.usual_s > t.now_s
UNION ALL
SELECT born_s + 600 FROM (SELECT born_s FROM open_landings ORDER BY file LIMIT 1) w JOIN node_time t WHERE w.born_s + 600 > t.now_s
UNION ALL
SELECT l.since_s + 3600 FROM passed_over l JOIN node_time t WHERE l.since_s + 3600 > t.now_s
UNION ALL
SELECT f.unix_s + 86400 - t.unix_offset_s FROM faults f JOIN node_time t WHERE f.unix_s + 86400 > t.now_s + t.unix_offset_s;
