"""`netrelay card status`: the root file system of a card, and its security updates."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.card_findings import card_findings
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.text import json_line
from netrelay.core.printable import printable
from netrelay.provisioning.system.card_root import CARD, CardRoot, read_card_root
from netrelay.provisioning.updates.update_record import RECORD, read_record
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "card status",
        "Show whether the root file system of this card is read-only, how full it is, and how old"
        "\nits security updates are.",
    )
    made.add_argument(
        "--card", metavar="DIR", type=Path, default=CARD, help="where the card is, for tests"
    )
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the card has one home
    """Print the state of the card."""
    options = parser().read(arguments)
    root = card_root(options.card)
    record = read_record(options.card / RECORD.relative_to(CARD))
    if options.json:
        fields = {
            **root._asdict(),
            "is_read_only": root.is_read_only,
            "updates": record._asdict(),
        }
        print(json_line("card", fields))
        return Exit.OK
    for finding in card_findings(options.card):
        print(printable(f"{finding.subject:9}  {finding.text}"))
        if finding.help:
            print(printable(f"{'':11}{finding.help}"))
    return Exit.OK


def card_root(card: Path) -> CardRoot:
    """Return the state of the root; CommandError where there is no card."""
    root = read_card_root(card)
    if root is None:
        raise CommandError(
            Exit.UNAVAILABLE, f"this machine was not started from a card of the image ({card}/mode)"
        )
    return root
