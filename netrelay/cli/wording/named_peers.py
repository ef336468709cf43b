"""Peers that a person names for a command: by name or node id."""

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command
from netrelay.cli.queries.known_peers import PeerName, peer_names, peers_called
from netrelay.cli.queries.this_node import own_node
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import Database, ReadOnlyDatabase

_MOST_NAMED = 50


def find_peer(database: Database | ReadOnlyDatabase, home: Home, word: str) -> PeerName:
    """Return the peer of this name or node id; CommandError names the nearest, or all."""
    for peer in peers_called(database, word):
        return peer
    peers = peer_names(database)
    if not peers:
        raise CommandError(
            Exit.DATA,
            f"there is no peer {printable(word)!r}, nor any other yet:"
            f" `{command(home, 'peer add CARD')}` enrols one",
        )
    names = [peer.name for peer in peers]
    if word in own_node(database):
        raise CommandError(Exit.DATA, f"{word} is this node itself; peers: {_some(names)}")
    raise CommandError(
        Exit.DATA,
        f"there is no peer {printable(word)!r}{nearest(word, names)} (peers: {_some(names)})",
    )


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def find_name(database: ReadOnlyDatabase, home: Home, word: str) -> str:
    """Return the name of this node itself, or of the peer of this name or node id."""
    own = own_node(database)
    return own.name if word in own else find_peer(database, home, word).name
