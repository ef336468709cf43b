"""Contacts: the address from which a peer connected; its retries become due."""

import json

from netrelay.core.way import MOST_WAYS
from netrelay.store.database import Database, Work

# Hellos at a start: so many at once, then so many a second.
_RENEWED_AT_ONCE = 64
_RENEWED_PER_S = 32.0
_CHANGES_SOMETHING = (
    "SELECT EXISTS (SELECT 1 FROM peers WHERE node = ?1 AND seen_address <> ?2)"
    " OR EXISTS (SELECT 1 FROM connections WHERE peer = ?1 AND handle = -1 AND due_s > clock())"
    " OR EXISTS (SELECT 1 FROM messages"
    " WHERE state = 'S-5' AND destination = ?1 AND due_s > clock())"
)


def note_contacts(database: Database, addresses: dict[str, str]) -> None:
    """Store the addresses from which peers connected; no transaction if that changes nothing.

    A contact makes the retries with its peer due at once, at most once a second.
    """
    database.store_found(
        Work(
            lambda: [
                each for each in addresses.items() if database.value(_CHANGES_SOMETHING, each)
            ],
            lambda changes: database.execute_many("INSERT INTO contacts VALUES (?, ?)", changes),
        )
    )


def renew_agreements(database: Database) -> None:
    """Request a new agreement from each peer that has one, or is called, in its own transaction.

    Either side may have changed while this node was down. The old agreement stays in force until
    the peer replies. Of two nodes that start at once the one with the lesser id waits a second: the
    hello of the other one tells it all that it would ask.
    """
    with database.transaction():
        database.execute(
            "INSERT INTO wanted_agreements SELECT node FROM sysinfo"
            " UNION SELECT node FROM peers_to_call"
        )
        database.execute(
            "UPDATE messages SET due_s = clock() + 1 WHERE state = 'S-5' AND type = 4"
            " AND due_s = 0 AND destination > (SELECT node FROM selfinfo)"
            " AND destination NOT IN (SELECT node FROM kept_out)"
        )
        # Of thousands each has its turn: the others have said hello themselves meanwhile, where
        # they have something to send.
        database.execute(
            "UPDATE messages SET due_s = max(due_s, clock() + o.place / ?1)"
            " FROM (SELECT id, row_number() OVER (ORDER BY id) - ?2 AS place FROM messages"
            "        WHERE state = 'S-5' AND type = 4 AND due_s <= clock() + 1) o"
            " WHERE messages.id = o.id AND o.place > 0",
            (_RENEWED_PER_S, _RENEWED_AT_ONCE),
        )


def greet_unmet(database: Database) -> None:
    """Make one hello for each direct peer without an agreement, in a transaction of its own.

    Where nothing waits for its answer, the hello tells the peer at which address this node is now:
    the card that the peer has may be of an earlier one. A peer that calls, and has not for an hour,
    is told so, too.
    """
    unmet = (
        "SELECT p.node FROM peers p JOIN routes r ON r.peer = p.node AND r.hop = p.node"
        " WHERE p.paused_s IS NULL"
        " AND (p.addresses <> '[]' AND"
        "   NOT EXISTS (SELECT 1 FROM sysinfo y WHERE y.node = p.node)"
        "   OR p.node IN (SELECT node FROM callers_away))"
        " AND NOT EXISTS (SELECT 1 FROM messages m"
        "   WHERE m.state = 'S-5' AND m.type = 4 AND m.destination = p.node)"
    )
    database.store_found(
        Work(
            lambda: database.rows(unmet),
            lambda nodes: database.execute_many("INSERT INTO wanted_agreements VALUES (?)", nodes),
        )
    )


def hosts_of(seen: str, configured: str, *, is_seen_first: bool = False) -> tuple[str, ...]:
    """Return the addresses of a peer to try, in order, without duplicates.

    Those of its card or of a person in their order (configured, a JSON list), then the one that it
    connected from (seen, may be empty). It comes before those that are more than are dialled, and
    first where is_seen_first: for hellos and replies, since who has just said hello waits there,
    and while two machines have its identity.
    """
    given = json.loads(configured)
    if is_seen_first:
        return tuple(dict.fromkeys([*([seen] if seen else []), *given]))
    return tuple(dict.fromkeys([*given[:MOST_WAYS], *([seen] if seen else []), *given[MOST_WAYS:]]))
