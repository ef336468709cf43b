-- Ways side by side: which addresses of a peer carry a large file together, and what becomes of the connections by them.

-- least_pieces: a connection by a further way is asked for while so many chunks wait: two windows of three frames
-- (netrelay/transfer/flight.py) take that many at once. rest_s: it is closed when nothing was on its way for so long.
-- least_priority: what is more urgent goes by one connection, in its order (LEAST_ORDINARY_PRIORITY). held_s: a peer may hold
-- one that died silently for so long (TIMEOUT_S in netrelay/link/socket_options.py), and has four places for all.
CREATE VIEW beside_bounds (least_pieces, rest_s, least_priority, held_s) AS SELECT 6, 10, 3, 240;

-- The ways of one priority of each peer that has several now. Not of one that is paused, that calls, whose rate is limited
-- now, or whose bytes count: a second handshake is on the wire, too. Nor of one whose identity two machines use: each way
-- may lead to another one, and no whole would be complete. A peer that resumes takes up to four connections at once. Not a
-- serial line: all of a message waits there for the slowest one.
CREATE VIEW ways_beside (node, way) AS
SELECT p.node, w.value FROM peers p INDEXED BY peers_beside JOIN json_each(p.addresses) w ON w.key < p.beside
 WHERE p.beside > 1 AND p.paused_s IS NULL AND p.calls = 0 AND p.resumes = 1
   AND (SELECT l.limit_bytes_per_s FROM send_limits l WHERE l.node = p.node) IS NULL
   AND NOT EXISTS (SELECT 1 FROM budgets b WHERE b.peer = p.node) AND NOT EXISTS (SELECT 1 FROM twins t WHERE t.node = p.node)
   AND w.value NOT GLOB 'serial:*';

-- Connections to ask sender for: to a peer that is reached by one of them, by each of the others, while chunks are under
-- way to it, so that their manifests were admitted, and many more wait that are not urgent, as long as its line is open.
CREATE VIEW work_beside (node, name, way, dataports, agreement_number, message_size, rest_s) AS
SELECT p.node, p.name, w.way, y.dataports, y.agreement_number, y.message_size, b.rest_s
  FROM ways_beside w CROSS JOIN connections c ON c.peer = w.node AND c.handle >= 0 AND c.way <> w.way
  CROSS JOIN ways_beside u ON u.node = w.node AND u.way = c.way CROSS JOIN sysinfo y ON y.node = w.node
  CROSS JOIN peers p ON p.node = w.node JOIN beside_bounds b
  LEFT JOIN connections_beside s ON s.peer = w.node AND s.way = w.way
 WHERE coalesce(s.handle, -1) = -1 AND coalesce(s.due_s, 0) <= clock()
   AND NOT EXISTS (SELECT 1 FROM closed_lines l WHERE l.node = w.node)
   AND EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4W' AND m.next_hop = w.node AND m.type = 2)
   AND b.least_pieces <= (SELECT count(*) FROM (
     SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = w.node AND m.priority >= b.least_priority
        AND (m.type NOT IN (3, 7)) + (m.type = 2) = 2 AND m.due_s <= clock() LIMIT 6));

-- By which of its addresses the open connection of a peer was reached, or goes on.
CREATE VIEW reached_ways (peer, handle, way) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER way_reached INSTEAD OF INSERT ON reached_ways BEGIN
  UPDATE connections SET way = NEW.way WHERE peer = NEW.peer AND handle = NEW.handle;
END;

-- Open ones that are to end: their way is none of these any more, the other connection goes by it now, or has ended before
-- this one was open.
CREATE VIEW ended_beside (peer, handle) AS
SELECT s.peer, s.handle FROM connections_beside s LEFT JOIN connections c ON c.peer = s.peer
 WHERE s.handle >= 0 AND (s.way = c.way OR coalesce(c.handle, -1) = -1 OR NOT EXISTS (SELECT 1 FROM ways_beside w WHERE w.node = s.peer AND w.way = s.way));

-- What sender reports of them, as in the view `calls`: a handle, or -1 and why there is none. verdict 0: nothing was left.
CREATE VIEW calls_beside (peer, way, handle, verdict, jitter, address, reason) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER call_beside_reported INSTEAD OF INSERT ON calls_beside BEGIN
  INSERT INTO connections_beside (peer, way) SELECT node, NEW.way FROM peers WHERE node = NEW.peer ON CONFLICT DO NOTHING;
  -- One that opens and breaks at once, again and again, is tried less and less, too: nothing waits for it.
  UPDATE connections_beside SET handle = NEW.handle, changed_s = clock(), due_s = 0, reason = NEW.reason,
    address = coalesce(nullif(NEW.address, ''), address),
    failures = CASE WHEN NEW.handle >= 0 THEN failures WHEN NEW.verdict = 0 THEN 0
                    WHEN handle >= 0 AND changed_s + (SELECT settled_s FROM route_bounds) <= clock() THEN 1
                    ELSE failures + 1 END
   WHERE peer = NEW.peer AND way = NEW.way;
  UPDATE connections_beside SET due_s = clock() + (
    SELECT least_s + (most_s - least_s) * NEW.jitter FROM backoffs
     WHERE policy = 'call' AND backoffs.failures <= connections_beside.failures ORDER BY backoffs.failures DESC LIMIT 1)
   WHERE peer = NEW.peer AND way = NEW.way AND handle = -1 AND failures > 0;
  INSERT INTO silent_ways SELECT NEW.peer, NEW.way WHERE NEW.handle < 0 AND NEW.verdict = -3;
  DELETE FROM connections_beside
   WHERE peer = NEW.peer AND handle = -1 AND way NOT IN (
     SELECT w.value FROM peers p JOIN json_each(p.addresses) w WHERE p.node = NEW.peer);
END;

-- Ways of which a connection without a session was given up, so that its peer may still hold it: none is opened by them
-- beside another one until it does not. A session that goes on ends the connection of before at the peer, too.
CREATE VIEW silent_ways (peer, way) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER way_silent INSTEAD OF INSERT ON silent_ways BEGIN
  INSERT INTO connections_beside (peer, way) SELECT node, NEW.way FROM peers WHERE node = NEW.peer ON CONFLICT DO NOTHING;
  UPDATE connections_beside SET due_s = max(due_s, clock() + (SELECT held_s FROM beside_bounds))
   WHERE peer = NEW.peer AND way = NEW.way;
END;

-- A connection to a peer has ended: one that is open beside it takes its place, the one that was opened first.
CREATE VIEW places_taken (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER place_taken INSTEAD OF INSERT ON places_taken BEGIN
  UPDATE connections SET handle = s.handle, failures = 0, due_s = 0, changed_s = clock(), down_s = NULL, unreached_s = NULL,
    address = s.address, reached_address = s.address, way = s.way
    FROM (SELECT handle, address, way FROM connections_beside WHERE peer = NEW.peer AND handle >= 0
           ORDER BY handle LIMIT 1) s
   WHERE peer = NEW.peer AND connections.handle = -1;
  UPDATE connections_beside SET handle = -1, reason = '' WHERE peer = NEW.peer AND handle >= 0
    AND handle = (SELECT handle FROM connections WHERE peer = NEW.peer);
END;
