"""`netrelay card unlock`: makes the root file system writable from one boot to the next."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.card.status import card_root
from netrelay.cli.errors import Exit
from netrelay.provisioning.system.card_root import CARD, UNLOCKED, unlock_once
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "card unlock",
        "Make the root file system writable at the next boot, until the boot after that one. What"
        "\nis changed meanwhile stays; a power cut meanwhile may leave half of it.",
    )
    made.add_argument(
        "--card", metavar="DIR", type=Path, default=CARD, help="where the card is, for tests"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the card has one home
    """Store the request, and say what to do."""
    options = parser().read(arguments)
    root = card_root(options.card)
    unlock_once(options.card)
    if root.mode == UNLOCKED:
        print("the root is writable now; it stays so over the next boot, until the one after it")
    else:
        print("the root is writable from the next boot on, until the one after it")
    print("restart for it: `sudo systemctl reboot`")
    return Exit.OK
