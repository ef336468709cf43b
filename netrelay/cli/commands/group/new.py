"""`netrelay group new`: makes a group of which this node is the first member."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.group.joining import joined
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, command_there
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group new",
        "Make a group: an identity for several nodes, each of which takes what is sent to it. This"
        "\nnode is its first member.",
    )
    made.add_argument("name", metavar="NAME", help="what it is called, here and on its card")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Make the keys, then the row."""
    options = parser().read(arguments)
    group = joined(home, options.name, None)
    print(
        "\n".join(
            (
                f"{group.name} is a group now, and this node a member of it.",
                f"  node id  {group.node}",
                "",
                "For each other member:",
                f"  {command(home, f'group key {group.name} FILE')}",
                f"  {command_there('group join FILE')}   there; then delete FILE at both",
                "For the sources:",
                f"  {command(home, f'group card {group.name} FILE --member NODE')}",
                f"  {command_there('peer add FILE')}   there",
            )
        )
    )
    return Exit.OK
