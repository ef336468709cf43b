-- Views through which processor_s and initial_sender report what a peer answered, beside `facts`. The process inserts
-- the answer; the triggers decide what follows from it, by the rows of `refusals` and `backoffs`.

-- The next hop's answer to a message. code: 0 for durable, else that of the refusal. retry_after_s: how long the peer
-- asks to wait. reason: for people.
CREATE VIEW outcomes (message, code, retry_after_s, reason) AS SELECT NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER outcome_durable INSTEAD OF INSERT ON outcomes WHEN NEW.code = 0 BEGIN
  INSERT INTO facts (message, event, actor) VALUES (NEW.message, 'acked', 'processor_s');
  INSERT INTO taken_offers SELECT id FROM messages WHERE id = NEW.message AND envelope IS NOT NULL;
  UPDATE messages SET refusal = NULL WHERE id = NEW.message AND refusal IS NOT NULL;
  INSERT INTO made_offers SELECT id FROM messages WHERE id = NEW.message AND state = 'S-2W';
END;
CREATE TRIGGER outcome_refused INSTEAD OF INSERT ON outcomes WHEN NEW.code <> 0 BEGIN
  INSERT INTO facts (message, event, actor, reason, due_s)
  SELECT m.id, coalesce(r.event, 'refusal ' || NEW.code), 'processor_s', NEW.reason,
         CASE WHEN r.event = 'refused' THEN NULL
              -- The source sends the manifest at once, and a chunk that is refused so again later each time: the next
              -- hop has had the manifest. A relay waits for the source to repeat it, as long as a source waits for a
              -- receipt.
              WHEN r.event = 'need-manifest' THEN clock() + CASE
                WHEN m.envelope IS NOT NULL THEN (SELECT most_s FROM backoffs WHERE policy = 'repeat' AND failures = 1)
                ELSE (SELECT most_s FROM backoffs WHERE policy = 'hint' AND failures <= (
                  SELECT count(*) FROM events WHERE message = m.id AND event = 'need-manifest')
                  ORDER BY failures DESC LIMIT 1) END
              -- The source seals it at once under another key.
              WHEN r.name = 'CANNOT_OPEN' AND m.envelope IS NULL THEN 0
              ELSE clock() + max(NEW.retry_after_s, 1) END
    FROM messages m LEFT JOIN refusals r ON r.code = NEW.code WHERE m.id = NEW.message;
  -- Carried for another node, and waiting for a person or for room at the next hop: its source is told which node
  -- refuses it, and why, once for each change of the refusal, eight times at most. Verdict 3 is a hint, which ends
  -- nothing there. One entry for a whole is enough.
  INSERT INTO receipts_due
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt, 3, m.id, NEW.reason
    FROM messages m JOIN selfinfo s JOIN refusals r ON r.code = NEW.code
   WHERE m.id = NEW.message AND m.envelope IS NOT NULL AND m.type BETWEEN 1 AND 3 AND m.total_bytes > 0
     AND m.source <> s.node AND r.event = 'deferred' AND r.ended_by <> 'itself' AND m.refusal IS NOT NEW.code AND m.hints < 8
  ON CONFLICT DO NOTHING;
  UPDATE messages SET refusal = NEW.code, hints = hints + changes() WHERE id = NEW.message;
  INSERT INTO made_offers VALUES (NEW.message);
END;

-- What sender reports of a connection that it was asked for. verdict: the peer's code (docs/protocol.md, section 5), -1
-- without one; of an end 0 where nothing was left, -2 where the peer has closed it in order and nothing was on its way, -3
-- where nothing moved on it, so that the peer may not know it yet. retry_after_s: how long the peer asks to wait. open_s: for
-- how long the connection was open, NULL if it never was. jitter: a random number from 0 to 1 that spreads tries over time. address: the one that was reached, else
-- the last one that was tried; '' keeps the address of the row.
CREATE VIEW calls (peer, handle, verdict, agreement_number, retry_after_s, open_s, jitter, address, reason) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;

CREATE TRIGGER call_opened INSTEAD OF INSERT ON calls WHEN NEW.handle >= 0 BEGIN
  INSERT INTO connections (peer, handle, changed_s, reason, address)
  VALUES (NEW.peer, NEW.handle, clock(), NEW.reason, NEW.address)
  ON CONFLICT (peer) DO UPDATE SET handle = excluded.handle, failures = 0, due_s = 0,
    changed_s = excluded.changed_s, down_s = NULL, reason = excluded.reason, stalled_s = NULL, stall_reason = '',
    address = coalesce(nullif(excluded.address, ''), address);
  UPDATE connections SET way = '', reached_address = CASE
           WHEN EXISTS (SELECT 1 FROM peers WHERE node = NEW.peer AND calls = 1) THEN '' ELSE NEW.address END
   WHERE peer = NEW.peer;
END;
CREATE TRIGGER call_failed INSTEAD OF INSERT ON calls WHEN NEW.handle < 0 AND NEW.open_s IS NULL BEGIN
  -- One that answers NO_AGREEMENT is reached.
  INSERT INTO connections (peer, failures, changed_s, down_s, reason, address, unreached_s)
  VALUES (NEW.peer, 1, clock(), clock(), NEW.reason, NEW.address, CASE WHEN NEW.verdict <> 1 THEN clock() END)
  ON CONFLICT (peer) DO UPDATE SET handle = -1, failures = failures + 1, changed_s = excluded.changed_s,
    down_s = coalesce(down_s, excluded.down_s), reason = excluded.reason,
    unreached_s = coalesce(unreached_s, excluded.unreached_s), stalled_s = NULL, stall_reason = '',
    address = coalesce(nullif(excluded.address, ''), address);
  UPDATE connections SET reached_address = '' WHERE peer = NEW.peer AND NEW.verdict NOT BETWEEN 0 AND 3;
  UPDATE connections SET due_s = clock() + max(NEW.retry_after_s, (
    SELECT least_s + (most_s - least_s) * NEW.jitter FROM backoffs
     WHERE policy = 'call'
       -- A peer that answers NO_AGREEMENT or BUSY is reachable: the first delay counts, however many failures preceded. One
       -- that is busy says how long to wait, by how many wait there.
       AND backoffs.failures <= CASE WHEN NEW.verdict IN (1, 3) THEN 1 ELSE connections.failures END
     ORDER BY backoffs.failures DESC LIMIT 1))
   WHERE peer = NEW.peer;
  -- One failure may be a restart. After two the peer may have other dataports: a hello asks for them.
  INSERT INTO wanted_agreements
  SELECT peer FROM connections WHERE peer = NEW.peer AND failures >= 2 AND NEW.verdict NOT BETWEEN 0 AND 3;
  INSERT INTO unknown_agreements SELECT NEW.peer, NEW.agreement_number WHERE NEW.verdict = 1;
END;
CREATE TRIGGER call_ended INSTEAD OF INSERT ON calls WHEN NEW.handle < 0 AND NEW.open_s IS NOT NULL BEGIN
  INSERT INTO connections (peer, failures, changed_s, down_s, reason)
  -- what ends in order is no failure
  VALUES (NEW.peer, NEW.verdict IN (-1, -3), clock(), clock(), NEW.reason)
  ON CONFLICT (peer) DO UPDATE SET handle = -1, failures = failures + excluded.failures, changed_s = excluded.changed_s,
    down_s = coalesce(down_s, excluded.down_s), reason = excluded.reason, stalled_s = NULL, stall_reason = '',
    -- one that opens again and again and ends at once is not reached, unless it ends for a newer agreement
    unreached_s = CASE WHEN NEW.verdict IN (-1, -3) AND NEW.open_s < (SELECT settled_s FROM route_bounds)
                        AND NEW.agreement_number IS (SELECT agreement_number FROM sysinfo WHERE node = NEW.peer)
                       THEN coalesce(unreached_s, clock() - NEW.open_s) END;
  UPDATE connections SET due_s = clock() + max(
      (SELECT least_s + (most_s - least_s) * NEW.jitter FROM backoffs WHERE policy = 'redial' AND failures = 1),
      (SELECT most_s FROM backoffs WHERE policy = 'settle' AND failures = 1) - NEW.open_s)
   WHERE peer = NEW.peer;
  -- A peer also closes when it would now accept what it refused: messages that wait for their next try with it are due
  -- at the next call. The unary plus keeps SQLite on the index of postponed messages: a large file has more chunks.
  UPDATE messages SET due_s = c.due_s FROM (SELECT due_s FROM connections WHERE peer = NEW.peer) c
   WHERE state = 'S-4' AND messages.due_s > 0 AND messages.due_s > c.due_s AND +next_hop = NEW.peer
     AND NEW.verdict <> 0;
  INSERT INTO silent_ways SELECT peer, way FROM connections WHERE peer = NEW.peer AND NEW.verdict = -3 AND way <> ''
    AND EXISTS (SELECT 1 FROM connections_beside WHERE peer = NEW.peer);
  INSERT INTO places_taken SELECT NEW.peer WHERE EXISTS (SELECT 1 FROM connections_beside WHERE peer = NEW.peer AND handle >= 0);
END;

-- What sender says of an open connection, by its handle: that nothing of what was sent has arrived for stalled_for_s
-- seconds, and what is done about it; NULL: that it moves again. handle -1: the peer was reached for so many seconds, and
-- has not answered, which ends with the report of that attempt in `calls`.
CREATE VIEW stall_reports (peer, handle, stalled_for_s, reason) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER stall_reported INSTEAD OF INSERT ON stall_reports BEGIN
  INSERT INTO connections (peer) SELECT node FROM peers WHERE node = NEW.peer AND NEW.handle = -1
  ON CONFLICT DO NOTHING;
  UPDATE connections SET stalled_s = coalesce(stalled_s, clock() - NEW.stalled_for_s), stall_reason = NEW.reason
   WHERE peer = NEW.peer AND handle = NEW.handle AND NEW.stalled_for_s IS NOT NULL;
  UPDATE connections SET stalled_s = NULL, stall_reason = ''
   WHERE peer = NEW.peer AND handle = NEW.handle AND stalled_s IS NOT NULL AND NEW.stalled_for_s IS NULL;
END;

-- The address at which an open connection goes on, reported by sender; '' where the one beside it was not reached.
CREATE VIEW moves (peer, handle, address) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER move_reported INSTEAD OF INSERT ON moves WHEN NEW.address <> '' BEGIN
  UPDATE connections SET address = NEW.address, reached_address = NEW.address
   WHERE peer = NEW.peer AND handle = NEW.handle;
  -- The router that has forgotten the one before may have forgotten the call, too.
  UPDATE placed_calls SET is_doubted = 1 WHERE peer = NEW.peer AND is_open = 1;
  SELECT wake('processor_r') WHERE changes() > 0;
END;

-- What initial_sender reports of a consensus message: event is sent or unsent, reason why it was not sent. A hello is
-- due again after it was sent, too, until its reply arrives: the peer may lose it.
CREATE VIEW greetings (message, event, jitter, reason) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER greeting_reported INSTEAD OF INSERT ON greetings BEGIN
  INSERT INTO facts (message, event, actor, reason, due_s)
  SELECT m.id, NEW.event, 'initial_sender', NEW.reason, clock() + b.least_s + (b.most_s - b.least_s) * NEW.jitter
    FROM messages m JOIN backoffs b
      ON b.policy = 'hello' AND b.failures <= (SELECT count(*) FROM events WHERE message = m.id)
   WHERE m.id = NEW.message ORDER BY b.failures DESC LIMIT 1;
  -- The reply was to come in a connection that the peer dials.
  INSERT INTO cannot_dial_here
  SELECT a.node, clock() FROM accepted_hellos a JOIN selfinfo s ON s.can_be_dialled = 1
   WHERE a.message = NEW.message AND NEW.event = 'sent'
  ON CONFLICT DO NOTHING;
END;

-- Reports of receiver on the calls that it was asked to place. event: open; ended, after it was open; silent: likewise,
-- since its probes were not answered; unagreed: the peer was reached, and neither side had an agreement that the other one
-- has; unreached; kept: it is open, and has borne a silence of keepalive_s; rested: nothing was left on it. jitter as in `calls`. silence_s: of silent, the
-- silence after which its probe was not answered, 0 where it was doubted, or something was on its way.
CREATE VIEW call_reports (peer, event, jitter, reason, silence_s) AS SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER call_placed INSTEAD OF INSERT ON call_reports WHEN NEW.event = 'open' BEGIN
  -- The line is good, since the first try succeeds: a router has forgotten the call before. Its longest silence was too
  -- long. A shorter one was borne before, so the router has lost its table, or has another address: only when that happens
  -- again before the longest silence was borne, it is another router.
  UPDATE placed_calls SET forgets_s = keepalive_s, forgot_s = clock(), is_early = 0,
    keepalive_s = (SELECT max(placed_calls.keepalive_s - b.step_s, b.least_s) FROM keepalive_bounds b)
   WHERE peer = NEW.peer AND is_silent = 1 AND failures = 1 AND silence_s > 0 AND silence_s >= keepalive_s;
  UPDATE placed_calls SET is_early = 1 - is_early,
    keepalive_s = CASE is_early WHEN 1 THEN max(silence_s, (SELECT least_s FROM keepalive_bounds)) ELSE keepalive_s END
   WHERE peer = NEW.peer AND is_silent = 1 AND failures = 1 AND silence_s > 0 AND silence_s < keepalive_s;
  INSERT INTO placed_calls (peer, is_open, changed_s) SELECT node, 1, clock() FROM peers WHERE node = NEW.peer
  ON CONFLICT (peer) DO UPDATE SET is_open = 1, failures = 0, due_s = 0, changed_s = excluded.changed_s, down_s = NULL,
    reason = '', is_doubted = 0, is_silent = 0, silence_s = 0;
END;
-- Small steps: when a longer silence turns out to be too long, the call is dead for a step and its probes at most. What
-- ended one is tried again after a day, behind another router perhaps.
CREATE VIEW keepalive_bounds (least_s, step_s, most_s) AS SELECT 15, 15, 900;
CREATE TRIGGER call_kept INSTEAD OF INSERT ON call_reports WHEN NEW.event = 'kept' BEGIN
  UPDATE placed_calls SET is_early = 0 WHERE peer = NEW.peer AND is_early = 1;
  UPDATE placed_calls SET keepalive_s = min(keepalive_s + b.step_s, b.most_s) FROM keepalive_bounds b
   WHERE peer = NEW.peer AND is_open = 1
     AND (forgets_s IS NULL OR keepalive_s + b.step_s < forgets_s OR forgot_s + 86400 <= clock());
END;
CREATE TRIGGER call_lost INSTEAD OF INSERT ON call_reports 
WHEN NEW.event IN ('ended', 'silent') OR NEW.event IN ('unagreed', 'unreached') BEGIN
  INSERT INTO placed_calls (peer, failures, changed_s, down_s, reason)
  SELECT node, 1, clock(), clock(), NEW.reason FROM peers WHERE node = NEW.peer
  ON CONFLICT (peer) DO UPDATE SET is_open = 0, failures = failures + 1, changed_s = excluded.changed_s,
    down_s = coalesce(down_s, excluded.down_s), reason = excluded.reason,
    -- one that ends as soon as it opens is placed once a second
    due_s = CASE WHEN NEW.event IN ('ended', 'silent') THEN changed_s + (
      SELECT most_s FROM backoffs WHERE policy = 'settle' AND failures = 1) ELSE 0 END;
  UPDATE placed_calls SET is_silent = 1, silence_s = NEW.silence_s WHERE peer = NEW.peer AND NEW.event = 'silent';
  -- The calls to other peers go by the same router.
  UPDATE placed_calls SET is_doubted = 1 WHERE NEW.event = 'silent' AND is_open = 1;
  SELECT wake('processor_s') WHERE NEW.event = 'silent';
  UPDATE placed_calls SET due_s = max(due_s, clock() + (
    SELECT least_s + (most_s - least_s) * NEW.jitter FROM backoffs
     WHERE policy = CASE WHEN NEW.event IN ('ended', 'silent') THEN 'redial' ELSE 'call' END AND backoffs.failures <= placed_calls.failures
     ORDER BY backoffs.failures DESC LIMIT 1))
   WHERE peer = NEW.peer;
  -- The other side cannot say hello: its agreement, or its dataports, may be others now. One that was settled just now
  -- is not doubted yet: else a peer that answers hellos and no calls would be greeted once a second.
  INSERT INTO wanted_agreements
  SELECT c.peer FROM placed_calls c JOIN sysinfo y ON y.node = c.peer
   WHERE c.peer = NEW.peer AND (NEW.event = 'unagreed' OR NEW.event = 'unreached' AND c.failures >= 2)
     AND y.settled_s + 10 <= clock();
END;

CREATE TRIGGER call_rested INSTEAD OF INSERT ON call_reports WHEN NEW.event = 'rested' BEGIN
  UPDATE placed_calls SET is_open = 0, failures = 0, reason = '', down_s = clock(), changed_s = clock(), is_doubted = 0,
    due_s = max(changed_s, clock() - l.every_s + 60) + l.every_s
    FROM resting_lines l WHERE l.node = peer AND peer = NEW.peer AND is_open = 1;
END;
-- A connection that this node needs has its call placed with it: what is sent on the one is answered on the other.
CREATE VIEW used_lines (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER line_used INSTEAD OF INSERT ON used_lines BEGIN
  UPDATE placed_calls SET due_s = min(due_s, max(clock(), changed_s + 1))
   WHERE peer = NEW.peer AND is_open = 0 AND failures = 0 AND peer IN (SELECT node FROM resting_lines);
  SELECT wake('processor_r') WHERE changes() > 0;
END;
CREATE TRIGGER connection_made AFTER INSERT ON connections WHEN NEW.handle >= 0 BEGIN
  INSERT INTO used_lines VALUES (NEW.peer);
  INSERT INTO contacts_heard VALUES (NEW.peer);
END;

-- The connection in the other direction has ended, or was dialled anew: the router may have forgotten the call as well,
-- and what is sent now is answered on it.
CREATE TRIGGER call_doubted AFTER UPDATE OF handle ON connections WHEN NEW.handle <> OLD.handle BEGIN
  UPDATE placed_calls SET is_doubted = 1 WHERE peer = NEW.peer AND is_open = 1;
  SELECT wake('processor_r') WHERE changes() > 0;
  INSERT INTO used_lines SELECT NEW.peer WHERE NEW.handle >= 0;
  INSERT INTO contacts_heard SELECT NEW.peer WHERE OLD.handle = -1;
  UPDATE heard SET heard_s = clock() WHERE peer = NEW.peer AND OLD.handle >= 0;
END;
