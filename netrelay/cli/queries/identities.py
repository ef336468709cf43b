"""Identities that two machines use."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class Twin(NamedTuple):
    """A peer whose identity two machines use; addresses: where either was heard last.

    since_at: UTC; None on a boot in which no process has run yet.
    """

    node: str
    peer: str
    since_at: str | None
    addresses: list[str]


class Accuser(NamedTuple):
    """A peer that hears the identity of this node from two machines; since_at as in Twin."""

    peer: str
    since_at: str | None


def twins(database: ReadOnlyDatabase) -> list[Twin]:
    """Return the peers whose identity two machines use, ordered by name."""
    rows = database.rows(
        "SELECT t.node, p.name, t.since_at, t.address, t.other_address"
        " FROM twins t CROSS JOIN peers p ON p.node = t.node ORDER BY p.name"
    )
    return [
        Twin(str(node), str(name), None if since is None else str(since), [str(one), str(other)])
        for node, name, since, one, other in rows
    ]


def accusers(database: ReadOnlyDatabase) -> list[Accuser]:
    """Return the peers that hear the identity of this node from two machines."""
    rows = database.rows(
        "SELECT p.name, t.since_at FROM own_twins t CROSS JOIN peers p ON p.node = t.node"
        " ORDER BY 1"
    )
    return [Accuser(*row) for row in rows]  # type: ignore[arg-type]
