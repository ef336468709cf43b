-- How fast lines are, and what is to go over them: what `netrelay plan` computes with (netrelay/core/forecast.py).

-- What processor_s measured since its last report: bytes of frames that a peer decided, and for how long frames were
-- under way to it. limit_bytes_per_s: its rate limit meanwhile; 0: none.
CREATE VIEW rate_reports (peer, bytes, busy_s, limit_bytes_per_s) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER rate_reported INSTEAD OF INSERT ON rate_reports BEGIN
  INSERT INTO measured_rates
  SELECT node, CAST(clock() / 3600 AS INTEGER), NEW.limit_bytes_per_s, NEW.bytes, NEW.busy_s FROM peers WHERE node = NEW.peer
  ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, busy_s = busy_s + excluded.busy_s;
  DELETE FROM measured_rates WHERE peer = NEW.peer AND (hour, limit_bytes_per_s) IN (
    SELECT hour, limit_bytes_per_s FROM measured_rates WHERE peer = NEW.peer
     ORDER BY hour DESC, limit_bytes_per_s DESC LIMIT -1 OFFSET 168);
END;

-- What each next hop has still to take of files and texts of this node. is_single: it goes in one piece, before chunks
-- of its priority. left_bytes: by the number of pieces that are not acknowledged, not by their rows, which may be many.
CREATE VIEW outgoing_work (next_hop, job, priority, is_single, whole_bytes, left_bytes) AS
SELECT p.via, m.id, m.priority,
       m.total_bytes + m.inner_bytes <= CASE WHEN p.via = p.node THEN coalesce(y.message_size, 65536) ELSE 65536 END,
       m.total_bytes,
       CASE WHEN m.state NOT IN ('S-2', 'S-2W') THEN m.total_bytes
            ELSE min(m.total_bytes, CASE m.state WHEN 'S-2' THEN m.total_bytes - m.cut_bytes ELSE 0 END
              + m.pieces_left * coalesce((SELECT c.size_bytes FROM messages c
                 WHERE c.parent = m.id AND c.parent > 0 AND c.type = 2 AND c.attempt = m.attempt LIMIT 1), m.total_bytes)) END
  FROM selfinfo s JOIN peers p ON p.via IS NOT NULL JOIN unfinished m ON m.destination = p.node AND m.source = s.node
  LEFT JOIN sysinfo y ON y.node = p.via
 WHERE m.type IN (1, 6) AND m.state <> 'D' AND NOT (m.state = 'S-2W' AND m.pieces_left = 0);
