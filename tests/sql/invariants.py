"""What has to hold in a node's database between any two transactions, each as a query."""

from typing import Any

from tests.sql.node import Node

INVARIANTS = {
    "pieces_left counts the pieces that are not in F": """
        SELECT id, type, state, pieces_left FROM messages m WHERE type IN (1, 2, 6) AND id > 0
           AND pieces_left <> (SELECT count(*) FROM messages c WHERE c.parent = m.id
             AND c.birth = 'cut' AND c.attempt = m.attempt AND c.state <> 'F')""",
    "traffic_hours counts what waits": """
        SELECT h.waiting, w.waiting FROM (SELECT coalesce((SELECT waiting FROM traffic_hours
            ORDER BY hour DESC LIMIT 1), 0) AS waiting) h JOIN (SELECT count(*) AS waiting
              FROM selfinfo s JOIN messages m ON m.destination <> s.node WHERE m.parent = 0
               AND m.state NOT IN ('F', 'D')
               AND (m.type IN (1, 6) OR m.type = 3 AND m.total_bytes > 0)) w
         WHERE h.waiting <> w.waiting""",
    "nothing rests in a state that asks": """
        SELECT id, type, state FROM messages WHERE state IN ('-', 'N-1', 'N-2', 'N-3')
            OR state = 'S-1' AND type IN (4, 5) OR state = 'N-4' AND type NOT IN (1, 3)""",
    "S-2 has something left to cut": """
        SELECT id, type, cut_bytes FROM messages WHERE state = 'S-2' AND cut_bytes >= size_bytes""",
    "S-2W waits for a living piece, or for a receipt": """
        SELECT id, type, pieces_left FROM messages m WHERE state = 'S-2W' AND (
            pieces_left > 0 AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.parent = m.id
              AND c.attempt = m.attempt AND c.state NOT IN ('F', 'D'))
         OR pieces_left = 0 AND (type = 2 OR parent > 0
           OR source <> (SELECT node FROM selfinfo)))""",
    "no piece is dead while its whole waits": """
        SELECT c.id, c.state FROM messages c JOIN messages m ON m.id = c.parent
         WHERE c.state = 'D' AND c.birth = 'cut' AND c.attempt = m.attempt AND m.state = 'S-2W'""",
    "a single that was given up for its size has a manifest instead": """
        SELECT p.id FROM messages p JOIN messages m ON m.id = p.parent JOIN events e
            ON e.seq = p.last_event
         WHERE p.type = 1 AND p.parent > 0 AND e.effect = 'recut' AND m.type = 6
           AND m.state = 'S-2W' AND m.attempt = p.attempt
           AND NOT EXISTS (SELECT 1 FROM messages c WHERE c.parent = m.id AND c.type = 3
             AND c.attempt = m.attempt)""",
    "S-1 has no route, or a hello is out": """
        SELECT id, next_hop FROM messages m WHERE state = 'S-1'
           AND next_hop IN (SELECT node FROM peers)
           AND NOT EXISTS (SELECT 1 FROM messages h WHERE h.type = 4 AND h.state = 'S-5'
             AND h.destination = m.next_hop)""",
    "S-4 has an agreement it fits in": """
        SELECT id, type, next_hop, size_bytes FROM messages m WHERE state = 'S-4'
           AND size_bytes > coalesce(
             (SELECT message_size FROM sysinfo y WHERE y.node = m.next_hop), -1)""",
    "everything alive has a lifetime, or a whole that has": """
        WITH RECURSIVE above (id, parent, expires_s) AS (
          SELECT id, parent, expires_s FROM messages WHERE state NOT IN ('F', 'D', 'N-0')
          UNION SELECT a.id, p.parent, p.expires_s FROM above a JOIN messages p ON p.id = a.parent
           WHERE p.state IN ('S-2', 'S-2W'))
        SELECT id FROM above GROUP BY id HAVING max(expires_s) IS NULL""",
    "at most one hello for each peer": """
        SELECT destination FROM messages WHERE type = 4 AND state = 'S-5'
         GROUP BY 1 HAVING count(*) > 1""",
    "the state is where the last walk ended": """
        SELECT m.id, m.state, e.to_state FROM messages m JOIN events e ON e.seq = m.last_event
         WHERE e.to_state <> m.state OR e.message <> m.id""",
    "a walk begins where the one before ended": """
        SELECT message, seq FROM (SELECT message, seq, from_state,
            lag(to_state, 1, '-') OVER (PARTITION BY message ORDER BY seq) AS before FROM events)
         WHERE from_state <> before""",
    "a walk goes from its first to its last state": """
        SELECT seq, walk FROM events
         WHERE walk NOT LIKE from_state || ' %' OR walk NOT LIKE '% ' || to_state""",
    "a job is born here": """
        SELECT id FROM messages WHERE type = 6 AND source <> (SELECT node FROM selfinfo)""",
    "only a file that waits for the inbox is in trouble": """
        SELECT id FROM files f WHERE (due_s > 0) + (trouble IS NOT NULL) + (failures > 0)
             + (trouble_s IS NOT NULL) NOT IN (0, 4)
            OR due_s > 0 AND NOT EXISTS (
              SELECT 1 FROM messages WHERE file = f.id AND state = 'N-4')""",
    "what is finished is known as finished": """
        SELECT id FROM messages m WHERE type IN (1, 3) AND state = 'F' AND parent = 0
           AND destination = (SELECT node FROM selfinfo) AND NOT EXISTS (SELECT 1 FROM seen s
             WHERE s.source = m.source AND s.epoch = m.epoch AND s.first <= m.sequence
               AND s.last > m.sequence)""",
}


def broken(node: Node, in_flight: set[int]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Give every invariant that does not hold, with the rows that show it."""
    wrong = [(name, rows[:5]) for name, sql in INVARIANTS.items() if (rows := node.rows(sql))]
    waiting = {i for (i,) in node.rows("SELECT id FROM messages WHERE state = 'S-4W'")}
    if waiting - in_flight:
        wrong.append(("S-4W is in flight", [(i,) for i in waiting - in_flight]))
    return wrong
