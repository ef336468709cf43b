"""`netrelay resume`: lets go what `netrelay pause` held back."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import Exit
from netrelay.cli.opening import find_friend, writing
from netrelay.runtime.home import Home
from netrelay.store.peers import try_now


def parser() -> CommandParser:
    """Give the options."""
    made = CommandParser("resume", "Let go what `netrelay pause` held back.")
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Forget the pause, and try the peer at once."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_friend(database, home, options.name)
        database.execute(
            "UPDATE peers SET paused_s = NULL WHERE node = ? AND paused_s IS NOT NULL", (peer.node,)
        )
        already = database.changes() == 0
        try_now(database, peer.node)
    print(f"{peer.name} {'was not paused' if already else 'is sent to again'}")
    return Exit.OK
