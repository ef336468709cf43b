-- Sealed bytes that are carried for another node have rows of their own for each peer that brings them.
DROP INDEX messages_identity;
CREATE UNIQUE INDEX messages_identity ON messages
  (source, destination, epoch, sequence, attempt, type, "offset", size_bytes,
   CASE WHEN salt IS NULL THEN '' ELSE coalesce(previous_hop, '') END) WHERE hash IS found;
DROP INDEX messages_carried;
CREATE INDEX messages_carried ON messages (source, destination, epoch, sequence, attempt, previous_hop, "offset")
  WHERE salt IS NOT NULL AND state NOT IN ('F', 'D');
