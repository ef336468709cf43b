"""`netrelay peer quota`: sets how much data of a peer may be stored here unfinished."""

from argparse import ArgumentTypeError
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, size_bytes
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import Exit
from netrelay.cli.opening import writing
from netrelay.cli.queries.this_node import own_capacity_bytes
from netrelay.cli.text import size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.peer_settings import set_quota

_UNLIMITED = "none"
# The smallest message size: less would shut the peer out.
_LEAST_BYTES = 65536


def _quota_bytes(text: str) -> int | None:
    if text == _UNLIMITED:
        return None
    quota_bytes = size_bytes(text)
    if quota_bytes < _LEAST_BYTES:
        raise ArgumentTypeError(
            f"{text!r} is {size(quota_bytes)}, less than one message needs; allowed: 64K or more"
            f" (500M, 20G; a bare number is bytes), or {_UNLIMITED}"
        )
    return quota_bytes


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
        type=_quota_bytes,
        help="500M, 20G, ..., at least 64K; none: a quarter of the disk",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Set the quota."""
    options = parser().read(arguments)
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        set_quota(database, peer.node, options.size)
        capacity_bytes = own_capacity_bytes(database)
    much = "up to a quarter of the disk" if options.size is None else f"up to {size(options.size)}"
    confirm(options, f"{peer.name} may keep {much} here")
    if options.size is not None and options.size < capacity_bytes:
        least = size(capacity_bytes)
        print(
            f"that is less than one message of this node's capacity ({least}): no larger file fits"
        )
    return Exit.OK
