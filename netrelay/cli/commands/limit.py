"""`netrelay limit`: how fast a node is sent to at most."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, rate_bytes_per_s
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, find_friend, reading, writing
from netrelay.cli.text import counted, rate, table
from netrelay.runtime.home import Home

_UNLIMITED = "none"


def parser() -> CommandParser:
    """Give the options."""
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
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set one limit, or show what is limited."""
    options = parser().read(arguments)
    if options.rate is None:
        return _show(home, options.name)
    wanted = None if options.rate == _UNLIMITED else options.rate
    with writing(home) as database:
        peer = find_friend(database, home, options.name)
        before = database.value("SELECT limit_bytes_per_s FROM peers WHERE node = ?", (peer.node,))
        by = database.value(
            "SELECT h.name FROM peers p JOIN peers h ON h.node = p.via"
            " WHERE p.node = ? AND p.via <> p.node",
            (peer.node,),
        )
        if wanted != before:
            database.execute(
                "UPDATE peers SET limit_bytes_per_s = ? WHERE node = ?", (wanted, peer.node)
            )
    if wanted is None and before is None:
        print(f"{peer.name} was not limited")
    elif wanted is None:
        print(f"{peer.name} is not limited any more (it was, to {rate(int(str(before)))})")
    else:
        lift = command(home, f"limit {peer.name} {_UNLIMITED}")
        print(
            f"{peer.name} is sent to at {rate(wanted)} at most"
            f" ({counted(wanted, 'byte')} a second); `{lift}` lifts that"
        )
    if by is not None and wanted is not None:
        print(f"what is for {peer.name} goes by {by!s}, which is not limited by this")
    return Exit.OK


def _show(home: Home, name: str | None) -> int:
    with reading(home) as database:
        wanted = None if name is None else find_friend(database, home, name).node
        rows = database.rows(
            "SELECT name, limit_bytes_per_s FROM peers"
            " WHERE node = ?1 OR ?1 IS NULL AND limit_bytes_per_s IS NOT NULL ORDER BY name",
            (wanted,),
        )
    if not rows:
        print(f"no peer is limited: `{command(home, 'limit NODE RATE')}` limits one")
        return Exit.OK
    shown = [
        (str(peer), "none" if limit is None else rate(int(str(limit)))) for peer, limit in rows
    ]
    print("\n".join(table(("PEER", "LIMIT"), shown)))
    return Exit.OK
