-- Ways: which of several next hops takes what is for a peer (routes), and what its addresses did (tried_ways).

-- sender and receiver report each address that they dialled: reason says why it failed, '' that it was reached. The 16
-- addresses that were dialled last are kept of each peer: it may call from new ones without end.
CREATE VIEW way_reports (peer, way, reason) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER way_reported INSTEAD OF INSERT ON way_reports BEGIN
  INSERT INTO tried_ways (peer, way, reached_s, failed_s, failures, reason)
  SELECT node, NEW.way, CASE NEW.reason WHEN '' THEN clock() END, CASE WHEN NEW.reason <> '' THEN clock() END,
         NEW.reason <> '', NEW.reason
    FROM peers WHERE node = NEW.peer
  ON CONFLICT DO UPDATE SET reached_s = coalesce(excluded.reached_s, reached_s), failed_s = coalesce(excluded.failed_s, failed_s),
    failures = CASE excluded.reason WHEN '' THEN 0 ELSE failures + 1 END,
    reason = CASE excluded.reason WHEN '' THEN reason ELSE excluded.reason END;
  DELETE FROM tried_ways WHERE peer = NEW.peer AND way IN (
    SELECT way FROM tried_ways WHERE peer = NEW.peer
     ORDER BY max(coalesce(reached_s, 0), coalesce(failed_s, 0)) DESC, way = NEW.way DESC LIMIT -1 OFFSET 16);
END;

-- A next hop that is not reached for away_s is away, and the next one of the list takes over. One that comes before the
-- present one is taken back when its connection has been open for back_s. A connection that ends before settled_s was none.
CREATE VIEW route_bounds (away_s, back_s, settled_s) AS SELECT 60, 30, 10;

-- The next hops as neighbours. unreached_s: since when none of the attempts to reach one came to anything, NULL where it is
-- connected, or was not tried since; reason: why. opened_s: since when it is connected, else NULL.
CREATE VIEW hop_states (hop, unreached_s, opened_s, reason) AS
SELECT p.node,
       CASE WHEN coalesce(c.handle, -1) >= 0 THEN NULL
            -- it cannot be dialled, and calls as soon as it can
            WHEN p.calls = 1 THEN max(coalesce(c.down_s, 0), coalesce(y.settled_s, 0))
            WHEN y.node IS NULL THEN (SELECT m.born_s FROM messages m WHERE m.state = 'S-5' AND m.type = 4 AND m.destination = p.node
              LIMIT 1)
            ELSE c.unreached_s END,
       CASE WHEN coalesce(c.handle, -1) >= 0 THEN c.changed_s END,
       CASE WHEN p.calls = 1 THEN 'no call of it is open'
            WHEN y.node IS NULL THEN (SELECT m.reason FROM messages m WHERE m.state = 'S-5' AND m.type = 4 AND m.destination = p.node
              LIMIT 1)
            ELSE c.reason END
  FROM peers p LEFT JOIN connections c ON c.peer = p.node LEFT JOIN sysinfo y ON y.node = p.node;

-- The next hops of peers that have several, and whether each is the present one.
CREATE VIEW listed_routes (node, position, hop, is_used, is_away, away_at_s, is_back, back_at_s) AS
SELECT r.peer, r.position, r.hop, r.hop = p.via,
       coalesce(h.unreached_s + b.away_s <= clock(), 0) OR coalesce(l.until_s > clock(), 0), h.unreached_s + b.away_s,
       coalesce(h.opened_s + b.back_s <= clock(), 0), h.opened_s + b.back_s
  FROM routes o CROSS JOIN peers p ON p.node = o.peer JOIN routes r ON r.peer = o.peer JOIN hop_states h ON h.hop = r.hop
  JOIN route_bounds b LEFT JOIN left_members l ON l.peer = r.peer AND l.hop = r.hop
 WHERE o.position = 2;

-- The next hop that each of them is to have. While the present one is there: the first that is back, or the present one.
-- While it is away: the first that is not. While all are away: the present one.
CREATE VIEW route_choices (node, hop) AS
SELECT u.node, coalesce((
    SELECT r.hop FROM listed_routes r
     WHERE r.node = u.node AND r.is_away = 0 AND (u.is_away = 1 OR r.position < u.position AND r.is_back = 1)
     ORDER BY r.position LIMIT 1), u.hop)
  FROM listed_routes u WHERE u.is_used = 1;

-- What has to change now. processor_s inserts the row again; peers.via is the next hop, and its trigger does the rest.
CREATE VIEW route_turns (node, hop) AS
SELECT c.node, c.hop FROM route_choices c JOIN peers p ON p.node = c.node WHERE c.hop <> p.via;
CREATE TRIGGER route_turned INSTEAD OF INSERT ON route_turns BEGIN
  UPDATE peers SET via = NEW.hop
   WHERE node = NEW.node AND EXISTS (SELECT 1 FROM routes WHERE peer = NEW.node AND hop = NEW.hop);
END;

-- When that changes by time alone.
CREATE VIEW route_edges (due_s) AS
SELECT away_at_s FROM listed_routes WHERE away_at_s > clock()
UNION ALL
SELECT back_at_s FROM listed_routes WHERE is_used = 0 AND back_at_s > clock()
UNION ALL
SELECT ends_s FROM offer_ends WHERE ends_s > clock()
UNION ALL
SELECT until_s FROM left_members WHERE until_s > clock();

-- Groups: any one of several members takes what is for it, and signs its receipt (docs/groups.md). A member that is not
-- reached is away, as any next hop. One that is reached has silent_s, and a second for each bytes_per_s of the largest file,
-- for a receipt of something that it has acknowledged, or for taking what it refuses; then the others go first (the policy
-- `offer` of backoffs says for how long), and all that has no receipt is offered to the next one.
CREATE VIEW offer_bounds (silent_s, bytes_per_s) AS SELECT 300, 1048576;
CREATE VIEW offer_ends (peer, hop, ends_s) AS
SELECT o.peer, o.hop, o.waits_s + b.silent_s + o.most_bytes / b.bytes_per_s
  FROM offers o CROSS JOIN peers p ON p.node = o.peer JOIN offer_bounds b WHERE o.waits_s IS NOT NULL AND p.via = o.hop;
CREATE VIEW left_members (peer, hop, since_s, until_s) AS
SELECT peer, hop, left_s, left_s + (SELECT most_s FROM backoffs b WHERE b.policy = 'offer' AND b.failures <= o.failures
    ORDER BY b.failures DESC LIMIT 1)
  FROM offers o WHERE left_s IS NOT NULL;

-- The time of a member is over. processor_s inserts the row again; whether something waits for it is looked for only now.
CREATE VIEW ended_offers (peer, hop) AS SELECT peer, hop FROM offer_ends WHERE ends_s <= clock();
CREATE TRIGGER offer_ended INSTEAD OF INSERT ON ended_offers BEGIN
  UPDATE offers SET left_s = clock(), failures = failures + 1
   WHERE peer = NEW.peer AND hop = NEW.hop
     AND (EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-2W' AND m.pieces_left = 0 AND m.destination = NEW.peer
            AND m.type IN (1, 6))
       OR EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = NEW.hop AND m.destination = NEW.peer
            AND m.refusal IS NOT NULL AND m.type <> 7));
  UPDATE offers SET waits_s = NULL, most_bytes = 0 WHERE peer = NEW.peer AND hop = NEW.hop;
  -- Nothing is left for the group: what was not receipted before was ended here, and says nothing of what comes next. A
  -- relay has manifests and chunks that were refused, and no job.
  UPDATE offers SET left_s = NULL, failures = 0
   WHERE peer = NEW.peer AND hop = NEW.hop
     AND NOT EXISTS (
       SELECT 1 FROM unfinished m WHERE m.destination = NEW.peer AND m.type IN (1, 6) AND m.state <> 'D')
     AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = NEW.hop AND m.destination = NEW.peer
       AND m.refusal IS NOT NULL AND m.type <> 7);
END;

-- The next hop of a group has all of a whole, or refuses a message: from now on a receipt is waited for. A receipt of the
-- group that ends something begins the time anew (receipted_offers).
CREATE VIEW made_offers (message) AS SELECT NULL WHERE 0;
CREATE TRIGGER offer_made INSTEAD OF INSERT ON made_offers BEGIN
  INSERT INTO offers (peer, hop, waits_s, most_bytes)
  SELECT p.node, p.via, clock(), m.total_bytes FROM messages m CROSS JOIN peers p ON p.node = m.destination
   WHERE m.id = NEW.message AND p.is_group = 1 AND p.via IS NOT NULL
  ON CONFLICT DO UPDATE SET waits_s = coalesce(waits_s, excluded.waits_s), most_bytes = max(most_bytes, excluded.most_bytes);
END;

-- A receipt of a group has ended something: the present hop has its time anew for what else it has, or nothing waits. That
-- it was passed over is forgotten if it brought the receipt itself: another member may have given it.
CREATE VIEW receipted_offers (peer, hop, brought_by) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER offer_receipted INSTEAD OF INSERT ON receipted_offers BEGIN
  UPDATE offers SET left_s = NULL, failures = 0 WHERE peer = NEW.peer AND hop = NEW.hop AND hop = NEW.brought_by;
  UPDATE offers SET most_bytes = coalesce(w.most_bytes, 0),
      waits_s = CASE WHEN w.most_bytes IS NOT NULL THEN clock() END
    FROM (SELECT max(total_bytes) AS most_bytes FROM messages
           WHERE state = 'S-2W' AND pieces_left = 0 AND type IN (1, 6) AND destination = NEW.peer) w
   WHERE peer = NEW.peer AND hop = NEW.hop;
END;

-- The next hop has taken what is carried for a group: here no receipt ends that it was passed over. While it refuses
-- something else, only what it had refused does.
CREATE VIEW taken_offers (message) AS SELECT NULL WHERE 0;
CREATE TRIGGER offer_taken INSTEAD OF INSERT ON taken_offers BEGIN
  UPDATE offers SET waits_s = NULL, most_bytes = 0, left_s = NULL, failures = 0
    FROM messages m CROSS JOIN peers p ON p.node = m.destination AND p.via = m.next_hop
   WHERE m.id = NEW.message AND p.is_group = 1 AND m.type <> 7 AND m.source <> (SELECT node FROM selfinfo)
     AND peer = p.node AND hop = p.via AND (waits_s IS NULL OR m.refusal IS NOT NULL);
END;

-- Next hops that come before the one that is used instead. They are dialled, and greeted, although nothing goes by them.
CREATE VIEW awaited_hops (hop) AS
SELECT DISTINCT r.hop FROM listed_routes u JOIN listed_routes r ON r.node = u.node AND r.position < u.position
 WHERE u.is_used = 1;

-- A peer has another next hop now. The list follows what a person sets with one next hop; a next hop of the list leaves it
-- as it is.
CREATE VIEW taken_routes (node, via, before) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER route_taken INSTEAD OF INSERT ON taken_routes BEGIN
  DELETE FROM routes
   WHERE peer = NEW.node AND NOT EXISTS (SELECT 1 FROM routes o WHERE o.peer = NEW.node AND o.hop = NEW.via);
  INSERT INTO routes (peer, position, hop)
  SELECT NEW.node, 1, NEW.via
   WHERE NEW.via IS NOT NULL AND NOT EXISTS (SELECT 1 FROM routes WHERE peer = NEW.node AND hop = NEW.via);
  UPDATE routes SET used_s = CASE hop WHEN NEW.via THEN clock() END WHERE peer = NEW.node;
  -- The new one has refused nothing yet.
  UPDATE messages SET refusal = NULL
   WHERE state = 'S-4' AND next_hop = NEW.before AND destination = NEW.node AND refusal IS NOT NULL;
  -- The new one may not have the manifest of the chunks that it is sent now: it goes first.
  INSERT INTO facts (message, event, actor)
  SELECT s.id, 'repeat', 'engine' FROM unfinished m JOIN messages s
      ON s.parent = m.id AND s.parent > 0 AND s.type = 3 AND s.attempt = m.attempt AND s.state = 'F'
   WHERE m.destination = NEW.node AND m.source = (SELECT node FROM selfinfo) AND m.type = 6
     AND m.state IN ('S-2', 'S-2W') AND m.pieces_left > 0 AND NEW.via IS NOT NULL AND NEW.before IS NOT NULL;
  -- Of a group: the one before has acknowledged what it may have lost. The new one gets the manifests and singles of it,
  -- and names what it lacks: chunks that it has from before would hold up a large file at each change.
  UPDATE offers SET waits_s = NULL, most_bytes = 0 WHERE peer = NEW.node;
  UPDATE messages SET due_s = clock(), repeats = 0
   WHERE state = 'S-2W' AND pieces_left = 0 AND type IN (1, 6) AND destination = NEW.node AND NEW.via IS NOT NULL
     AND NEW.before IS NOT NULL AND EXISTS (SELECT 1 FROM peers p WHERE p.node = NEW.node AND p.is_group = 1);
  -- The one before has acknowledged the rest, and is away: its destination is asked what it has.
  UPDATE messages SET due_s = clock()
   WHERE state = 'S-2W' AND pieces_left = 0 AND due_s > clock() AND type IN (1, 6) AND destination = NEW.node
     AND (SELECT position FROM routes WHERE peer = NEW.node AND hop = NEW.via)
       > (SELECT position FROM routes WHERE peer = NEW.node AND hop = NEW.before);
END;
CREATE TRIGGER route_added AFTER INSERT ON routes WHEN NEW.position > 1 BEGIN
  SELECT wake('processor_s');
END;
