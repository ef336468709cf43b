"""Contacts: the address of a peer that connected, and retries with it that become due."""

import json

from netrelay.store.database import Database, Work

_MATTERS = (
    "SELECT EXISTS (SELECT 1 FROM peers WHERE node = ?1 AND seen_address <> ?2)"
    " OR EXISTS (SELECT 1 FROM connections WHERE peer = ?1 AND handle = -1 AND due_s > clock())"
    " OR EXISTS (SELECT 1 FROM messages"
    " WHERE state = 'S-5' AND destination = ?1 AND due_s > clock())"
)


def note_contacts(database: Database, addresses: dict[str, str]) -> None:
    """Store the addresses from which peers connected, in its own transaction if any is news.

    Retries with these peers are due at once, but not more often than once a second.
    """
    database.store_found(
        Work(
            lambda: [each for each in addresses.items() if database.value(_MATTERS, each)],
            lambda news: database.execute_many("INSERT INTO contacts VALUES (?, ?)", news),
        )
    )


def ask_all_anew(database: Database) -> None:
    """Request a new agreement from each peer that has one, in its own transaction.

    Either side may have changed while this node was down. The old agreement is valid until the
    peer replies.
    """
    with database.transaction():
        database.execute("INSERT INTO wanted_agreements SELECT node FROM sysinfo")


def hosts_of(said: str, seen: str, given: str) -> tuple[str, ...]:
    """Return the addresses of a peer to try, in order, without duplicates.

    First those of its hello (said), then the one it connected from (seen, may be empty), then those
    a user configured (given); said and given are JSON lists.
    """
    hosts = (*json.loads(said), *([seen] if seen else []), *json.loads(given))
    return tuple(dict.fromkeys(hosts))
