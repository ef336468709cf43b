"""`netrelay fleet collect`: stores the cards of nodes whose keys were generated on the Pi."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.fleet.checked_fleet import FLEET_FILE, good_fleet
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there
from netrelay.provisioning.fleet.fleet_keys import CARDS, FleetKeysError, collect, missing_cards
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "fleet collect",
        'Keep the card of a node with keys = "on-the-pi". Its Pi writes it onto its own boot'
        "\npartition at its first start; then the cards of the others are written once more.",
    )
    made.add_argument(
        "cards", metavar="CARD", type=Path, nargs="+", help="NAME.card from a boot partition"
    )
    made.add_argument(
        "--fleet",
        metavar="FILE",
        type=Path,
        default=Path(FLEET_FILE),
        help=f"the fleet's file (default: {FLEET_FILE} here)",
    )
    made.add_argument(
        "--replace", action="store_true", help="take a card with other keys than the one before"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- it needs no node here
    """Check each card and store it beside the fleet's file."""
    options = parser().read(arguments)
    fleet = good_fleet(options.fleet)
    for path in options.cards:
        try:
            name, card = collect(fleet, path, options.replace)
        except FleetKeysError as error:
            raise CommandError(Exit.DATA, str(error)) from error
        except OSError as error:
            raise CommandError(Exit.NO_INPUT, f"{path}: {error.strerror}") from error
        compare = f"compare it with what `{command_there('id')}` shows there"
        print(f"{name} is node {card.node_id}  ({compare})")
    kept = options.fleet.absolute().parent / CARDS
    missing = missing_cards(fleet)
    if missing:
        print(f"kept in {kept}; still to come: {', '.join(f'{each}.card' for each in missing)}")
    else:
        print(
            f"kept in {kept}; now write every card again: `{command_there('fleet card NODE ...')}`"
        )
    return Exit.OK
