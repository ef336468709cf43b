"""Settings of a peer: rights, quota, rate limit, pause. Call all inside a transaction."""

from netrelay.store.database import Database


def grant_right(database: Database, peer: str, verb: str, subject: str = "") -> bool:
    """Grant a right to a peer; return False if the peer had it already."""
    database.execute(
        "INSERT INTO rights VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (peer, verb, subject)
    )
    return database.changes() > 0


def revoke_right(database: Database, peer: str, verb: str, subject: str = "") -> bool:
    """Revoke a right of a peer; return False if the peer did not have it.

    Messages that were accepted before are kept.
    """
    database.execute(
        "DELETE FROM rights WHERE peer = ? AND verb = ? AND subject = ?", (peer, verb, subject)
    )
    return database.changes() > 0


def set_quota(database: Database, peer: str, quota_bytes: int | None) -> None:
    """Set how much data of a peer may be stored here unfinished; None is no quota."""
    database.execute("UPDATE peers SET quota_bytes = ? WHERE node = ?", (quota_bytes, peer))


def set_limit(database: Database, peer: str, limit_bytes_per_s: int | None) -> None:
    """Set the rate limit of a next hop; None is no limit."""
    database.execute(
        "UPDATE peers SET limit_bytes_per_s = ? WHERE node = ?", (limit_bytes_per_s, peer)
    )


def pause_peer(database: Database, peer: str) -> bool:
    """Pause sending to a next hop; return False if it was paused already."""
    database.execute(
        "UPDATE peers SET paused_s = clock() WHERE node = ? AND paused_s IS NULL", (peer,)
    )
    return database.changes() > 0


def resume_peer(database: Database, peer: str) -> bool:
    """End the pause of a next hop; return False if there was none."""
    database.execute(
        "UPDATE peers SET paused_s = NULL WHERE node = ? AND paused_s IS NOT NULL", (peer,)
    )
    return database.changes() > 0


def rename_peer(database: Database, peer: str, name: str) -> None:
    """Store the new name of a peer; its folders follow (netrelay/transfer/renamed_folders.py)."""
    database.execute("UPDATE peers SET name = ? WHERE node = ?", (name, peer))


def remove_peer(database: Database, peer: str) -> None:
    """Remove a peer; messages that wait for it are kept, with the cause `no-peer`."""
    database.execute("DELETE FROM peers WHERE node = ?", (peer,))
