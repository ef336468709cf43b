"""`netrelay limit`: rate limits of next hops."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, rate_bytes_per_s
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, reading, writing
from netrelay.cli.queries.known_peers import limit_of, limits, relay_name
from netrelay.cli.text import counted, rate, table
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import set_limit

_UNLIMITED = "none"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "limit",
        "Say how fast a next hop is sent to at most, in bytes a second. It counts at once, and"
        "\nuntil `netrelay limit NODE none`. Without RATE the limit is shown, without NODE all of"
        "\nthem. Greetings and acknowledgements are not counted, and never wait.",
    )
    made.add_argument("name", metavar="NODE", nargs="?", help="the peer: name or node id")
    made.add_argument(
        "rate",
        metavar="RATE",
        nargs="?",
        type=lambda text: text if text == _UNLIMITED else rate_bytes_per_s(text),
        help="500K, 2M, 1.5M, ... bytes a second (1K is 1024); none: as fast as the line goes",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set one limit, or show the limits."""
    options = parser().read(arguments)
    if options.rate is None:
        return _show(home, options.name)
    wanted = None if options.rate == _UNLIMITED else options.rate
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        before = limit_of(database, peer.node)
        relay = relay_name(database, peer.node)
        if wanted != before:
            set_limit(database, peer.node, wanted)
    if wanted is not None:
        lift = command(home, f"limit {peer.name} {_UNLIMITED}")
        confirm(
            options,
            f"{peer.name} is sent to at {rate(wanted)} at most"
            f" ({counted(wanted, 'byte')} a second); `{lift}` lifts that",
        )
        if relay is not None:
            print(f"what is for {peer.name} goes by {relay}, which is not limited by this")
    elif before is not None:
        confirm(options, f"{peer.name} is not limited any more (it was, to {rate(before)})")
    else:
        confirm(options, f"{peer.name} was not limited")
    return Exit.OK


def _show(home: Home, name: str | None) -> int:
    with reading(home) as database:
        wanted = None if name is None else find_peer(database, home, name).node
        found = limits(database, wanted)
    if not found:
        print(f"no peer is limited: `{command(home, 'limit NODE RATE')}` limits one")
        return Exit.OK
    shown = [(peer, "none" if limit is None else rate(limit)) for peer, limit in found]
    print("\n".join(table(("PEER", "LIMIT"), shown)))
    return Exit.OK
