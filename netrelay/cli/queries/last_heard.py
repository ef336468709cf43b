"""The time since each peer was heard of last."""

from netrelay.store.database import ReadOnlyDatabase


def last_heard_s(database: ReadOnlyDatabase) -> dict[str, float]:
    """Return for how many seconds nothing was heard of each peer, by node id."""
    rows = database.rows("SELECT h.peer, max(t.now_s - h.heard_s, 0) FROM heard h JOIN node_time t")
    return {str(node): float(str(silent_s)) for node, silent_s in rows}
