"""`netrelay peer quota`: sets how much data of a peer may be stored here unfinished."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, size_bytes
from netrelay.cli.errors import Exit
from netrelay.cli.opening import writing
from netrelay.cli.text import size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import set_quota

_UNLIMITED = "none"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer quota",
        "Say how much of a peer may lie on this disk before it is delivered or carried on. What"
        "\nis more is refused for now, and comes when there is room.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument(
        "size",
        metavar="SIZE",
        type=lambda text: None if text == _UNLIMITED else size_bytes(text),
        help="500M, 20G, ...; none: a quarter of the disk",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the quota."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        set_quota(database, peer.node, options.size)
    much = "up to a quarter of the disk" if options.size is None else f"up to {size(options.size)}"
    print(f"{peer.name} may keep {much} here")
    return Exit.OK
