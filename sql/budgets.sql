-- Budgets of bytes: what of one is left for whom, and what follows from it. netrelay/core/budget.py describes the shares.
-- Windows of time: what is closed now.

-- The use of the present period of each budget. closed: 0 not at all; 1 for data of priority 3 to 9, since the rest is the
-- reserve; 2 for all data, since the rest is for receipts; 3 for receipts too. ..._left_bytes: what may still be sent.
CREATE VIEW budget_levels (peer, used_bytes, limit_bytes, data_left_bytes, urgent_left_bytes, receipts_left_bytes, closed) AS
SELECT peer, used_bytes, limit_bytes, data_bytes - used_bytes, urgent_bytes - used_bytes, limit_bytes - used_bytes,
       (used_bytes >= data_bytes) + (used_bytes >= urgent_bytes) + (used_bytes >= limit_bytes)
  FROM (SELECT b.peer, b.limit_bytes, coalesce(u.used_bytes, 0) + b.held_bytes AS used_bytes,
               b.limit_bytes - b.limit_bytes / 100 - b.reserve_bytes AS data_bytes,
               b.limit_bytes - b.limit_bytes / 100 AS urgent_bytes
          FROM budgets b LEFT JOIN budget_use u
            ON u.peer = b.peer AND u.period = b.period AND u.from_unix_s = b.from_unix_s);

-- Next hops to which some messages are not sent now, and why. least_priority: of the data that waits; 10: none does.
-- holds_receipts: 1 if receipts wait too. until_unix_s: when it ends by itself; since_s: by the node's clock. reason: for
-- people.
CREATE VIEW closed_lines (node, cause, least_priority, holds_receipts, since_s, until_unix_s, reason) AS
SELECT b.peer, 'budget', CASE b.closed WHEN 1 THEN 3 ELSE 0 END, b.closed = 3, b.closed_s, b.until_unix_s,
       printf('%.1f of %.1f MiB of this %s are used', l.used_bytes / 1048576.0, l.limit_bytes / 1048576.0, b.period)
         || CASE b.closed WHEN 1 THEN ', and the rest is its reserve' WHEN 2 THEN ', and the rest is for receipts' ELSE '' END
  FROM budgets b JOIN budget_levels l ON l.peer = b.peer WHERE b.closed > 0
UNION ALL
-- Receipts are not held back: they are short, and their source repeats what is not receipted.
SELECT peer, 'window', 0, 0, closed_s, until_unix_s,
       CASE WHEN is_clock_set = 1 OR unsynchronised = 'open' THEN '' ELSE 'nothing has set the clock since the boot; ' END
         || 'open ' || (SELECT group_concat(value, ', ') FROM json_each(texts))
  FROM windows WHERE is_open = 0;

CREATE TRIGGER window_given AFTER INSERT ON windows BEGIN
  SELECT wake('processor_s');
END;
CREATE TRIGGER window_changed AFTER UPDATE ON windows BEGIN
  SELECT wake('processor_s');
END;
CREATE TRIGGER window_lifted AFTER DELETE ON windows BEGIN
  SELECT wake('processor_s');
END;

-- How fast each next hop may be sent to now; NULL: as fast as the line goes. Of several windows that are open the lowest
-- limit holds. While nothing has set the clock since the boot, the lowest of all does.
CREATE VIEW send_limits (node, limit_bytes_per_s) AS
SELECT p.node, CASE (SELECT min(w.is_clock_set) FROM limit_windows w WHERE w.peer = p.node)
         WHEN 0 THEN nullif(min(coalesce(p.limit_bytes_per_s, 1 << 62),
           (SELECT min(coalesce(w.limit_bytes_per_s, 1 << 62)) FROM limit_windows w WHERE w.peer = p.node)), 1 << 62)
         WHEN 1 THEN nullif(coalesce(
           (SELECT min(coalesce(w.limit_bytes_per_s, 1 << 62)) FROM limit_windows w WHERE w.peer = p.node AND w.is_open = 1),
           p.limit_bytes_per_s, 1 << 62), 1 << 62)
         ELSE p.limit_bytes_per_s END
  FROM peers p;

CREATE VIEW changed_limits (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER limit_changed INSTEAD OF INSERT ON changed_limits BEGIN
  INSERT INTO changed_peers VALUES (NEW.peer);
  SELECT wake('processor_s'), wake('sender');
END;
CREATE TRIGGER limit_window_given AFTER INSERT ON limit_windows BEGIN
  INSERT INTO changed_limits VALUES (NEW.peer);
END;
CREATE TRIGGER limit_window_changed AFTER UPDATE ON limit_windows BEGIN
  INSERT INTO changed_limits VALUES (NEW.peer);
END;
CREATE TRIGGER limit_window_lifted AFTER DELETE ON limit_windows BEGIN
  INSERT INTO changed_limits VALUES (OLD.peer);
END;

-- The bytes that a connection with a peer has put on the wire since the last report, both ways. A peer without a budget
-- has none counted.
CREATE VIEW wire_reports (peer, bytes) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER wire_reported INSTEAD OF INSERT ON wire_reports BEGIN
  INSERT INTO budget_use SELECT peer, period, from_unix_s, NEW.bytes FROM budgets WHERE peer = NEW.peer
  ON CONFLICT DO UPDATE SET used_bytes = used_bytes + excluded.used_bytes;
END;

-- A level that changes closes or opens a budget.
CREATE TRIGGER use_began AFTER INSERT ON budget_use BEGIN
  INSERT INTO changed_levels VALUES (NEW.peer);
END;
CREATE TRIGGER use_grew AFTER UPDATE ON budget_use BEGIN
  INSERT INTO changed_levels VALUES (NEW.peer);
END;
CREATE TRIGGER budget_held AFTER UPDATE OF held_bytes ON budgets BEGIN
  INSERT INTO changed_levels VALUES (NEW.peer);
END;
CREATE TRIGGER budget_set AFTER UPDATE OF limit_bytes, reserve_bytes, period, from_unix_s, until_unix_s ON budgets BEGIN
  INSERT INTO changed_levels VALUES (NEW.peer);
  -- when the period ends is what they sleep for
  SELECT wake('processor_s'), wake('processor_r');
END;
CREATE VIEW changed_levels (peer) AS SELECT NULL WHERE 0;
CREATE TRIGGER level_changed INSTEAD OF INSERT ON changed_levels BEGIN
  UPDATE budgets SET closed = l.closed, closed_s = CASE WHEN l.closed > 0 THEN coalesce(closed_s, clock()) END
    FROM budget_levels l WHERE budgets.peer = NEW.peer AND l.peer = NEW.peer AND budgets.closed <> l.closed;
END;
-- processor_s has more or less to send, and processor_r tells receiver what may come.
CREATE TRIGGER budget_closed AFTER UPDATE OF closed ON budgets WHEN NEW.closed <> OLD.closed BEGIN
  SELECT wake('processor_s'), wake('processor_r');
END;

-- Processes keep in memory whose bytes are counted.
CREATE TRIGGER budget_given AFTER INSERT ON budgets BEGIN
  INSERT INTO changed_levels VALUES (NEW.peer);
  INSERT INTO changed_peers VALUES (NEW.peer);
  SELECT wake('sender'), wake('receiver'), wake('processor_s'), wake('processor_r'), wake('initial_sender'),
         wake('initial_receiver');
END;
CREATE TRIGGER budget_lifted AFTER DELETE ON budgets BEGIN
  INSERT INTO changed_peers VALUES (OLD.peer);
  SELECT wake('sender'), wake('receiver'), wake('processor_s'), wake('processor_r'), wake('initial_sender'),
         wake('initial_receiver');
END;
