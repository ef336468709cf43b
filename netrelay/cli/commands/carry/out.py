"""`netrelay carry out`: copies what waits for nodes to a medium."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.carrying.carried_words import copied_words, left_out_words, log_carried
from netrelay.cli.carrying.copies import Copied, Copies
from netrelay.cli.carrying.medium import medium_error, opened_medium
from netrelay.cli.carrying.medium_progress import MediumProgress
from netrelay.cli.commands.receipt.proof_target import own_identity
from netrelay.cli.confirmations import add_quiet, confirm, confirm_down
from netrelay.cli.errors import Exit
from netrelay.cli.opening import numbering, reading
from netrelay.cli.permission import require_owner
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.runtime.log import MEDIUM_WRITTEN
from netrelay.store.media import reached_by
from netrelay.store.peers import read_peers


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "carry out",
        "Copy what waits for a node, and for nodes that are reached over it, to a medium: sealed,"
        "\nand durable when the command ends. It is a copy: what is on it may go another way too."
        "\nWhat this node has put there before, and what has arrived since, is removed.",
    )
    made.add_argument("medium", metavar="DIR", help="the folder at which the medium is mounted")
    whom = made.add_mutually_exclusive_group(required=True)
    whom.add_argument(
        "--to",
        metavar="NODE",
        action="append",
        help="the peer: name or node id; may be repeated",
    )
    whom.add_argument("--all", action="store_true", help="for every peer")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Write the copies; print what the medium has for each node."""
    options = parser().read(arguments)
    require_owner(home, "may not read its keys")
    medium = Path(options.medium)
    with reading(home) as database:
        peers = read_peers(database)
        nodes = list(peers)
        if not options.all:
            named = [find_peer(database, home, name).node for name in options.to]
            reached = chain.from_iterable(reached_by(database, node) for node in named)
            nodes = list(dict.fromkeys(reached))
    identity = own_identity(home)
    progress = MediumProgress("copied", is_quiet=options.quiet)
    with (
        opened_medium(medium, is_made=True) as folder,
        numbering(home) as numbered,
        numbered.writable() as writer,
    ):
        try:
            folder.sweep()
            copies = Copies(home, writer, identity, folder, str(medium.absolute()))
            copied = copies.copy([peers[node] for node in nodes], progress)
            # Removals, too, are durable when the command ends.
            folder.flush()
            new = [copied_words(each, printable(str(medium))) for each in copied if each.new]
            log_carried(writer, MEDIUM_WRITTEN, new, printable(str(medium)))
        except OSError as error:
            raise medium_error(error, medium) from error
        finally:
            progress.end()
    named_all = [] if options.all else nodes
    confirm(options, *_report(copied, named_all, medium))
    confirm_down(options, home)
    for each in copied:
        for line in left_out_words(each):
            confirm(options, line)
    return Exit.OK


def _report(copied: Sequence[Copied], named: Sequence[str], medium: Path) -> list[str]:
    """Return a line for each node for which the medium has something, and the one named first."""
    shown = printable(str(medium))
    lines = [
        copied_words(each, shown)
        for each in copied
        if each.new or each.kept or each.peer.node in named[:1]
    ]
    return lines or [f"nothing waits for any node: nothing was written to {shown}"]
