-- What `netrelay carry out` copies to a medium (netrelay/store/media.py). Copying is no move: what is on a medium may go
-- by another way too, and the destination takes whichever comes first.

-- What waits here for another node, with the columns of work_send: files and texts of this node that are not delivered,
-- keys and receipts, and what is carried for others. Pieces of this node's files are left out: their job says what is to
-- be copied. Query it by id, from the view unfinished, or with the terms of a partial index: else every message is read.
CREATE VIEW carry_work AS
SELECT m.id, m.type, m.source, m.destination, m.epoch, m.sequence, m.attempt, m."offset", m.size_bytes,
       m.total_bytes, m.parent, m.file, m.next_hop, m.previous_hop, m.envelope, m.salt, m.found, m.priority, m.lifetime_s, m.hops,
       (SELECT a.age_s FROM ages a WHERE a.message = m.id) AS age_s, f.name, f.path, f.fingerprint, f.mtime_ns, f.size_bytes AS file_bytes, f.trouble_s,
       f.compressed, f.compressed_fingerprint, f.plain_hash,
       CASE WHEN m.type = 1 AND m.file IS NULL AND m.envelope IS NULL
            THEN (SELECT body FROM bodies WHERE message = m.id) END AS text_body,
       m.state, m.cut_bytes, m.inner_bytes
  FROM messages m LEFT JOIN files f ON f.id = m.file
 WHERE (m.parent = 0 OR m.envelope IS NOT NULL)
   AND (m.state IN ('S-1', 'S-4') OR m.state = 'S-4W' OR m.type = 6 AND m.state IN ('S-2', 'S-2W'));
