"""Fleets that were read and checked, for the subcommands of `netrelay fleet`."""

from pathlib import Path

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command_there
from netrelay.core.printable import printable
from netrelay.provisioning.fleet.fleet_file import Fleet, read_fleet
from netrelay.provisioning.fleet.fleet_routes import check_routes
from netrelay.runtime.strict_toml import Mistake

FLEET_FILE = "fleet.toml"


def read_checked(path: Path) -> tuple[Fleet | None, list[Mistake]]:
    """Return a fleet, and all mistakes in its file, its routes and its rights."""
    try:
        fleet, document, mistakes = read_fleet(path)
    except FileNotFoundError:
        raise CommandError(
            Exit.NO_INPUT,
            f"{path}: there is none; `netrelay fleet --help` says what it is, and docs/fleet.md has"
            " one to begin with",
        ) from None
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{path}: {error.strerror}") from error
    if fleet is not None and document is not None:
        check_routes(fleet, document)
        mistakes = document.mistakes
    return fleet, sorted(mistakes)


def good_fleet(path: Path) -> Fleet:
    """Return a fleet without a mistake; CommandError names the first, and how many there are."""
    fleet, mistakes = read_checked(path)
    if fleet is None or mistakes:
        others = len(mistakes) - 1
        more = f" (and {others} more: `{command_there(f'fleet check {path}')}`)" if others else ""
        raise CommandError(Exit.CONFIG, printable(f"{path}{mistakes[0].text}{more}"))
    return fleet


def find_node(fleet: Fleet, word: str) -> str:
    """Return the node of this name; CommandError names the nearest, and all."""
    if word in fleet.nodes:
        return word
    raise CommandError(
        Exit.DATA,
        f"there is no node {printable(word)!r} in {fleet.path}{nearest(word, fleet.nodes)}"
        f" (nodes: {', '.join(fleet.nodes)})",
    )
