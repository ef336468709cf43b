"""`netrelay peer deny`: revokes a right of a peer."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.peer.allow import find_right, meaning, read_right, right_parser
from netrelay.cli.confirmations import confirm
from netrelay.cli.errors import Exit
from netrelay.cli.opening import writing
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import revoke_right


def parser() -> CommandParser:
    """Return the argument parser."""
    return right_parser("peer deny", "Take back what a peer may do at this node.")


def main(arguments: Sequence[str], home: Home) -> int:
    """Revoke the right; what was accepted before stays."""
    options = read_right(parser(), arguments)
    with writing(home) as database:
        peer, subject = find_right(database, home, options)
        was_held = revoke_right(database, peer.node, options.verb, subject.node if subject else "")
    words = "may no longer" if was_held else "could not"
    confirm(options, f"{peer.name} {words} {meaning(options, subject)}")
    if was_held:
        confirm(options, "from its next message on; what was taken before stays")
    return Exit.OK
