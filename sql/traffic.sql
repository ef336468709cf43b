-- Hours of what was delivered and of what waited: the plots of the page.

-- A whole begins to wait, or waits again. `ended_wholes` (engine.sql) says when it ends.
CREATE TRIGGER whole_begun AFTER UPDATE OF state ON messages
WHEN NEW.parent = 0 AND NEW.state NOT IN ('F', 'D') AND (OLD.state = '-' OR OLD.state IN ('F', 'D')) BEGIN
  INSERT INTO hour_changes VALUES (1, NEW.type, NEW.source, NEW.destination, NEW.total_bytes, 0, 0);
END;

-- waiting: 1, -1 or 0. delivered: 1 for a whole that `delivered_totals` counts. Files and texts that are to leave this node
-- wait; a manifest of 0 bytes has the key of a single.
CREATE VIEW hour_changes (waiting, type, source, destination, total_bytes, delivered, bytes) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER hour_changed INSTEAD OF INSERT ON hour_changes
WHEN NEW.delivered = 1 OR NEW.waiting <> 0 AND NEW.type IN (1, 6) OR NEW.waiting <> 0 AND NEW.type = 3 AND NEW.total_bytes > 0 BEGIN
  INSERT INTO traffic_hours
  SELECT CAST(clock() / 3600 AS INTEGER), NEW.delivered * (NEW.source = s.node), NEW.bytes * (NEW.source = s.node),
         NEW.delivered * (NEW.source <> s.node), NEW.bytes * (NEW.source <> s.node),
         coalesce((SELECT waiting FROM traffic_hours ORDER BY hour DESC LIMIT 1), 0) + NEW.waiting * (NEW.destination NOT IN (SELECT node FROM own_nodes)),
         coalesce((SELECT waiting FROM traffic_hours ORDER BY hour DESC LIMIT 1), 0) + max(NEW.waiting * (NEW.destination NOT IN (SELECT node FROM own_nodes)), 0)
    FROM selfinfo s WHERE NEW.delivered = 1 OR NEW.destination NOT IN (SELECT node FROM own_nodes)
  ON CONFLICT DO UPDATE SET waiting = excluded.waiting, most_waiting = max(most_waiting, excluded.waiting),
     jobs_out = jobs_out + excluded.jobs_out, bytes_out = bytes_out + excluded.bytes_out,
     jobs_in = jobs_in + excluded.jobs_in, bytes_in = bytes_in + excluded.bytes_in;
END;
CREATE TRIGGER hour_begun AFTER INSERT ON traffic_hours BEGIN
  DELETE FROM traffic_hours WHERE hour <= NEW.hour - 720;
END;
