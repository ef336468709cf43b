"""`netrelay pause`: pauses sending to a node."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, writing
from netrelay.cli.queries.known_peers import relay_name
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import pause_peer


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "pause",
        "Offer nothing to a next hop until `netrelay resume`. What is under way arrives, what it"
        "\nsends is taken, and lifetimes go on.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Store the time of the pause."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        is_new = pause_peer(database, peer.node)
        relay = relay_name(database, peer.node)
    resume = command(home, f"resume {peer.name}")
    confirm(
        options,
        f"{peer.name} {'is paused' if is_new else 'was paused already'}: nothing is sent to it"
        f" until `{resume}`",
    )
    if relay is not None:
        print(f"what is for {peer.name} goes by {relay}, which is not paused by this")
    return Exit.OK
