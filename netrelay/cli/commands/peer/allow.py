"""`netrelay peer allow`: grants a right to a peer."""

import argparse
from collections.abc import Sequence
from contextlib import suppress

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command, running, writing
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.store.database import Database
from netrelay.store.peer_settings import grant_right

RIGHTS = {
    "deliver": "put its own messages into this node's inbox",
    "relay": "hand over messages for other nodes, to be carried on",
    "carry": "bring messages of the third node NODE",
}


def parser() -> CommandParser:
    """Return the argument parser."""
    return right_parser("peer allow", "Let a peer do something at this node.")


def right_parser(command: str, description: str) -> CommandParser:
    """Return the argument parser that `allow` and `deny` share."""
    made = CommandParser(command, description)
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument(
        "verb", metavar="RIGHT", help="; ".join(f"{v}: {m}" for v, m in RIGHTS.items())
    )
    made.add_argument("subject", metavar="THIRD", nargs="?", help="carry: whose messages")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Grant the right."""
    options = read_right(parser(), arguments)
    with writing(home) as database:
        peer, subject = find_right(database, home, options)
        is_new = grant_right(database, peer.node, options.verb, subject.node if subject else "")
    confirm(
        options,
        f"{peer.name} {'may now' if is_new else 'could already'} {meaning(options, subject)}",
    )
    with suppress(OSError):
        if not options.quiet and not any(running(home).values()):
            print("This node is down; when all its peers are enrolled, type:")
            print(f"  {command(home, 'up')}")
    return Exit.OK


def read_right(parser: CommandParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; CommandError for an unknown right."""
    options = parser.read(arguments)
    if options.verb not in RIGHTS:
        parser.error(
            f"{options.verb!r} is no right{nearest(options.verb, RIGHTS)} (allowed: "
            f"{', '.join(RIGHTS)})"
        )
    if (options.verb == "carry") != (options.subject is not None):
        parser.error(
            "carry needs the third node: NODE carry THIRD"
            if options.verb == "carry"
            else f"{options.verb} takes no third node, {options.subject!r} is one word too many"
        )
    return options


def find_right(
    database: Database, home: Home, options: argparse.Namespace
) -> tuple[PeerName, PeerName | None]:
    """Return the peer, and for `carry` the third node."""
    peer = find_peer(database, home, options.name)
    subject = find_peer(database, home, options.subject) if options.subject else None
    if subject == peer:
        raise CommandError(Exit.DATA, f"{peer.name} cannot carry for itself; that is `deliver`")
    return peer, subject


def meaning(options: argparse.Namespace, subject: PeerName | None) -> str:
    """Return a right in words."""
    return RIGHTS[options.verb].replace("the third node NODE", subject.name if subject else "")
