"""`netrelay peer route`: sets the next hops for a peer."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, writing
from netrelay.cli.queries.group_states import is_group
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.database import Database
from netrelay.store.routes import MOST_HOPS, set_routes


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer route",
        "Say which way messages to a peer go. Of several the first one is used; the next takes"
        "\nover when it is not reached for a minute, and it is used again when it has been back for"
        "\nhalf a minute.",
    )
    made.add_argument("name", metavar="NODE", help="the peer they are for: name or node id")
    made.add_argument(
        "--via",
        metavar="NODE",
        dest="hops",
        action="append",
        help="a neighbour that carries them on; several times: in the order of preference",
    )
    made.add_argument(
        "--direct",
        dest="hops",
        action="append_const",
        const=None,
        help="straight to the peer; before or behind --via: in that order",
    )
    made.add_argument("--none", action="store_true", help="nowhere: they wait for a route")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the next hops of a peer."""
    options = parser().read(arguments)
    if bool(options.hops) == options.none:
        raise CommandError(Exit.USAGE, "which way? allowed: --via NODE, --direct, or --none")
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        hops = [_hop(database, home, peer, word) for word in options.hops or ()]
        check_hops(hops)
        for hop in hops:
            if is_group(database, hop.name):
                raise CommandError(
                    Exit.DATA,
                    f"{hop.name} is a group, and nobody is reached under its name; allowed: --via"
                    " MEMBER, or --via RELAY",
                )
        set_routes(database, peer.node, [hop.node for hop in hops])
        own_name = own_node(database).name
    if not hops:
        confirm(options, f"messages to {peer.name} wait here until there is a route")
    elif hops == [peer]:
        confirm(options, f"messages to {peer.name} go straight there")
    else:
        confirm(options, _relayed(peer, hops, own_name))
    if len(hops) > 1:
        confirm(options, f"`{command(home, f'why {peer.name}')}` says which one is used")
    return Exit.OK


def check_hops(hops: Sequence[PeerName]) -> None:
    """Raise CommandError for a list of next hops that cannot be."""
    twice = next((hop for number, hop in enumerate(hops) if hop in hops[:number]), None)
    if twice is not None:
        raise CommandError(Exit.DATA, f"{twice.name} is in the list twice; allowed: once")
    if len(hops) > MOST_HOPS:
        raise CommandError(
            Exit.DATA, f"{len(hops)} next hops; allowed: {MOST_HOPS} for one peer at most"
        )


def _hop(database: Database, home: Home, peer: PeerName, word: str | None) -> PeerName:
    if word is None:
        return peer
    own = own_node(database)
    if word in (own.name, own.node):
        raise CommandError(
            Exit.DATA,
            f"--via {word} is this node itself, so the way leads back here;"
            f" allowed: another node, or --direct",
        )
    hop = find_peer(database, home, word)
    if hop == peer:
        raise CommandError(Exit.DATA, f"{peer.name} via {peer.name} is `--direct`")
    return hop


def _relayed(peer: PeerName, hops: Sequence[PeerName], own_name: str) -> str:
    relays = [hop for hop in hops if hop != peer]
    if len(hops) == 1:
        begin = f"go to {relays[0].name}, who must carry them on; there, type:"
    else:
        words = ["straight there" if hop == peer else f"by {hop.name}" for hop in hops]
        begin = (
            f"go {words[0]}, and while that is not reached {', then '.join(words[1:])};"
            f" at {' and '.join(relay.name for relay in relays)}, type:"
        )
    back = " ".join("--direct" if hop == peer else f"--via {hop.name}" for hop in hops)
    return "\n".join(
        (
            f"messages to {peer.name} {begin}",
            f"  {command_there(f'peer allow {own_name} relay')}",
            f"and at {peer.name}:",
            f"  {command_there(f'peer route {own_name} {back}')}",
            *(f"  {command_there(f'peer allow {each.name} carry {own_name}')}" for each in relays),
        )
    )
