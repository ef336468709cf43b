"""`netrelay peer deny`: takes a right back."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.peer.allow import find_right, meaning, read_right, right_parser
from netrelay.cli.errors import Exit
from netrelay.cli.opening import writing
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Give the options."""
    return right_parser("peer deny", "Take back what a peer may do at this node.")


def main(arguments: Sequence[str], home: Home) -> int:
    """Take the right; what was taken before stays."""
    options = read_right(parser(), arguments)
    with writing(home) as database:
        peer, subject = find_right(database, home, options)
        database.execute(
            "DELETE FROM rights WHERE peer = ? AND verb = ? AND subject = ?",
            (peer.node, options.verb, subject.node if subject else ""),
        )
        already = database.changes() == 0
    words = "could not" if already else "may no longer"
    print(f"{peer.name} {words} {meaning(options, subject)}")
    if not already:
        print("from its next message on; what was taken before stays")
    return Exit.OK
