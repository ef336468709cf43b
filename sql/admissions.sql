-- Rights, routes and quotas of messages that arrive. processor_r asks for each message, `netrelay check` for each
-- route. `netrelay fleet check` works without a database; a test compares its answers with this view.
-- Nothing here calls a function that only netrelay's connections have.

-- For whom messages are opened here: this node, and the groups that it is a member of.
CREATE VIEW own_nodes (node) AS
SELECT node FROM selfinfo UNION ALL SELECT node FROM held_groups;

-- May a message come in? `questions` is a JSON array, as in arrivals.sql; its elements have previous_hop, source,
-- destination and is_receipt (0 or 1). refusal: the name of the refusal (refusals.txt), NULL when it may. missing,
-- with the nodes that it is about, in the order in which they are looked for:
--
-- missing      peer           subject      what is not there
-- peer         source                      the source is no peer of this node
-- carry        previous_hop   source       the right to bring messages of another node; whom we send to may bring
--                                          any receipt: of whom it carries for, or that it could not
-- relay        source                      its right to relay through here; a receipt needs that of either end
-- route                       destination  a route from here
-- other-route  previous_hop   destination  a route that does not lead back to the previous hop
-- deliver      source                      its right to deliver here; a receipt answers what we sent and needs none
CREATE VIEW admissions (questions, number, refusal, missing, peer, subject) AS
WITH
asked AS NOT MATERIALIZED (
  SELECT j.json AS questions, j.key AS number, j.value ->> 'previous_hop' AS previous_hop,
         j.value ->> 'source' AS source, j.value ->> 'destination' AS destination,
         j.value ->> 'is_receipt' AS is_receipt, j.value ->> 'destination' IN (SELECT node FROM own_nodes) AS is_own
    FROM json_each j),
judged AS (
  SELECT a.*, CASE
      WHEN p.node IS NULL THEN 'peer'
      -- First who brought it: a node that may not carry for the source says nothing about the source.
      WHEN a.source <> a.previous_hop
        AND NOT (a.is_receipt AND EXISTS (SELECT 1 FROM routes WHERE hop = a.previous_hop))
        AND NOT EXISTS (SELECT 1 FROM rights WHERE peer = a.previous_hop AND verb = 'carry' AND subject = a.source)
        THEN 'carry'
      WHEN NOT a.is_own AND NOT EXISTS (SELECT 1 FROM rights WHERE verb = 'relay'
        AND (peer = a.source OR a.is_receipt AND peer = a.destination)) THEN 'relay'
      WHEN NOT a.is_own AND d.via IS NULL THEN 'route'
      WHEN NOT a.is_own AND d.via = a.previous_hop THEN 'other-route'
      WHEN a.is_own AND NOT a.is_receipt
        AND NOT EXISTS (SELECT 1 FROM rights WHERE peer = a.source AND verb = 'deliver') THEN 'deliver'
      END AS missing
    FROM asked a LEFT JOIN peers p ON p.node = a.source LEFT JOIN peers d ON d.node = a.destination)
SELECT questions, number,
       CASE WHEN missing IN ('route', 'other-route') THEN 'NO_ROUTE' WHEN missing IS NOT NULL THEN 'NOT_PERMITTED' END,
       missing,
       CASE WHEN missing IN ('peer', 'relay', 'deliver') THEN source
            WHEN missing IN ('other-route', 'carry') THEN previous_hop END,
       CASE missing WHEN 'carry' THEN source WHEN 'route' THEN destination WHEN 'other-route' THEN destination END
  FROM judged;

-- A row for each whole that counts against its source's quota: what of it is incomplete or not in the inbox yet,
-- whatever became of other attempts and forms, each with the size that its own manifest says; and sealed wholes
-- in the spool, of which each segment has a tag (netrelay/core/segments.py). What is dead keeps nothing.
-- Sealed wholes have bytes of their own for each peer that brings them (brought_by), and so has the quota: nobody here
-- can tell whether the source made them. What is for this node was opened, so its source brought it.
-- Each attempt has bytes of its own. It counts as what it takes of the disk: blocks of 4 KiB, and two at least, since
-- the rows of a message take 800 bytes. netrelay/store/admissions.py computes the same (`counted_bytes`).
CREATE VIEW kept_wholes (source, destination, epoch, sequence, attempt, brought_by, size_bytes) AS
SELECT source, destination, epoch, sequence, attempt, brought_by, max((stored_bytes + 4095) / 4096 * 4096, 8192) FROM (
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt, m.source AS brought_by,
         -- compressed: what it unpacks to
         coalesce(c.plain_bytes, CASE m.type WHEN 3 THEN m.total_bytes ELSE f.size_bytes END) AS stored_bytes
    FROM messages m JOIN files f ON f.id = m.file LEFT JOIN compressed_wholes c ON c.message = m.id
   WHERE m.type IN (1, 3) AND m.state = 'N-4' AND f.path IS NULL
  UNION ALL
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt, m.previous_hop,
         max(m.total_bytes + (m.total_bytes + 65535) / 65536 * 16)
    FROM messages m WHERE m.salt IS NOT NULL AND m.state NOT IN ('F', 'D')
   GROUP BY m.source, m.destination, m.epoch, m.sequence, m.attempt, m.previous_hop);
