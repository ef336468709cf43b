"""Peers that show themselves: where they are, and that whatever waits for them may be tried now."""

import json

from netrelay.store.database import Database, Work

_MATTERS = (
    "SELECT EXISTS (SELECT 1 FROM peers WHERE node = ?1 AND seen_address <> ?2)"
    " OR EXISTS (SELECT 1 FROM connections WHERE peer = ?1 AND handle = -1 AND due_s > clock())"
    " OR EXISTS (SELECT 1 FROM messages"
    " WHERE state = 'S-5' AND destination = ?1 AND due_s > clock())"
)


def note_contacts(database: Database, addresses: dict[str, str]) -> None:
    """Note that peers have called, each from an address; in a transaction of its own, if at all.

    What waits for its next try with one of them is due at once, but no more than once a second.
    """
    database.store_found(
        Work(
            lambda: [each for each in addresses.items() if database.value(_MATTERS, each)],
            lambda news: database.execute_many("INSERT INTO contacts VALUES (?, ?)", news),
        )
    )


def ask_all_anew(database: Database) -> None:
    """Say hello to every peer there is an agreement with: they may have missed us, or moved.

    What was agreed counts until they answer.
    """
    with database.transaction():
        database.execute("INSERT INTO wanted_agreements SELECT node FROM sysinfo")


def hosts_of(said: str, seen: str, given: str) -> tuple[str, ...]:
    """Give where a peer may be, best first: as it said, as it was seen, as a person said.

    said, given: JSON lists; seen: one address, or nothing.
    """
    hosts = (*json.loads(said), *([seen] if seen else []), *json.loads(given))
    return tuple(dict.fromkeys(hosts))
