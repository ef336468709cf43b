"""`netrelay resume`: ends a pause."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import Exit
from netrelay.cli.opening import writing
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import resume_peer
from netrelay.store.peers import try_now


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("resume", "Let go what `netrelay pause` held back.")
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Remove the pause, and try the peer at once."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        was_paused = resume_peer(database, peer.node)
        try_now(database, peer.node)
    confirm(options, f"{peer.name} {'is sent to again' if was_paused else 'was not paused'}")
    return Exit.OK
