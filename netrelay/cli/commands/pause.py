"""`netrelay pause`: holds back what goes to a node."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, find_friend, writing
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Give the options."""
    made = CommandParser(
        "pause",
        "Offer nothing to a next hop until `netrelay resume`. What is under way arrives, what it"
        "\nsends is taken, and lifetimes go on.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Note since when."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_friend(database, home, options.name)
        database.execute(
            "UPDATE peers SET paused_s = clock() WHERE node = ? AND paused_s IS NULL", (peer.node,)
        )
        already = database.changes() == 0
        by = database.value(
            "SELECT h.name FROM peers p JOIN peers h ON h.node = p.via"
            " WHERE p.node = ? AND p.via <> p.node",
            (peer.node,),
        )
    resume = command(home, f"resume {peer.name}")
    print(
        f"{peer.name} {'was paused already' if already else 'is paused'}: nothing is sent to it"
        f" until `{resume}`"
    )
    if by is not None:
        print(f"what is for {peer.name} goes by {by!s}, which is not paused by this")
    return Exit.OK
