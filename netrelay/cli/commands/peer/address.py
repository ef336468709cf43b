"""`netrelay peer address`: sets the addresses of a peer."""

import shlex
from collections.abc import Sequence

from netrelay.cli.addresses import own_places, way_and_port
from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, writing
from netrelay.cli.queries.known_peers import commsport_of
from netrelay.cli.queries.this_node import own_commsport
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.way import whole_ways
from netrelay.runtime.home import Home
from netrelay.store.peers import set_addresses


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer address",
        "Say where a peer is now: addresses or host names, in the order in which they are tried,"
        "\na quarter of a second apart. They replace those known before; the peer is looked for"
        "\nthere at once.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument(
        "hosts",
        metavar="WAY",
        nargs="+",
        type=way_and_port,
        help="an address, a host name or a .local name; its commsport where it changed;"
        " 'HOST by wwan0': it is dialled by this network interface, whatever the routes say",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the addresses."""
    refuse_apart_ways("peer address", arguments, home)
    options = parser().read(arguments)
    hosts = list(dict.fromkeys(host for host, _ in options.hosts))
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        commsport = common_port(options.hosts, commsport_of(database, peer.node))
        set_addresses(database, peer.node, hosts, commsport)
        own = own_places(*own_commsport(database), hosts, commsport)
    confirm(options, f"{peer.name} is looked for at {', '.join(hosts)}, port {commsport}")
    confirm(options, f"`{command(home, f'peer ping {peer.name}')}` tries it")
    print("".join(f"{line}\n" for line in own_place_words(own, commsport, peer.name, home)), end="")
    return Exit.OK


def refuse_apart_ways(words: str, arguments: Sequence[str], home: Home) -> None:
    """Raise CommandError with what to type, if a shell took `HOST by INTERFACE` apart."""
    whole = whole_ways(arguments)
    if whole is not None:
        typed = command(home, f"{words} {shlex.join(whole)}")
        raise CommandError(
            Exit.USAGE, f"an address with an interface is one word, in quotes: `{typed}`"
        )


def own_place_words(own: Sequence[str], commsport: int, peer: str, home: Home) -> list[str]:
    """Return what to say of addresses of a peer that are this node's own; nothing without one."""
    if not own:
        return []
    typed = command(home, f"peer address {peer} HOST:PORT")
    return [
        f"but at {', '.join(own)} port {commsport} this node listens itself: {peer} is not there;",
        f"  `{typed}` says where it is. On one machine each node needs its own commsport",
    ]


def common_port(said: Sequence[tuple[str, int | None]], otherwise: int) -> int:
    """Return the port that any of the addresses names; CommandError if they name several."""
    ports = {port for _, port in said if port is not None}
    if len(ports) > 1:
        numbers = ", ".join(str(port) for port in sorted(ports))
        raise CommandError(
            Exit.USAGE, f"the addresses have the ports {numbers}; allowed: one for all"
        )
    return ports.pop() if ports else otherwise
