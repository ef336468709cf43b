"""`netrelay peer route`: sets the next hop for a peer."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there, writing
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import set_route


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("peer route", "Say which way messages to a peer go.")
    made.add_argument("name", metavar="NODE", help="the peer they are for: name or node id")
    way = made.add_mutually_exclusive_group(required=True)
    way.add_argument("--via", metavar="NODE", help="the neighbour that carries them on")
    way.add_argument("--direct", action="store_true", help="straight to the peer")
    way.add_argument("--none", action="store_true", help="nowhere: they wait for a route")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the next hop of a peer."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        hop = find_peer(database, home, options.via) if options.via else None
        if hop == peer:
            raise CommandError(Exit.DATA, f"{peer.name} via {peer.name} is `--direct`")
        via = None if options.none else peer.node if hop is None else hop.node
        set_route(database, peer.node, via)
        own_name = own_node(database).name
    if options.none:
        confirm(options, f"messages to {peer.name} wait here until there is a route")
    elif hop is None:
        confirm(options, f"messages to {peer.name} go straight there")
    else:
        confirm(
            options,
            f"messages to {peer.name} go to {hop.name}, who must carry them on; there, type:\n"
            f"  {command_there(f'peer allow {own_name} relay')}\n"
            f"and at {peer.name}:\n"
            f"  {command_there(f'peer route {own_name} --via {hop.name}')}\n"
            f"  {command_there(f'peer allow {hop.name} carry {own_name}')}",
        )
    return Exit.OK
