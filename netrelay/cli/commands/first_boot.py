"""`netrelay first-boot`: makes the node that a card's boot partition asks for."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.text import json_line
from netrelay.core.printable import printable
from netrelay.provisioning.card.boot_folder import reset_file
from netrelay.provisioning.card.unchanged import is_unchanged
from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.runtime.home import Home

_NOTHING = "nothing changed"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "first-boot",
        "Look at a card's boot partition and make its node what netrelay.toml there says. The image"
        "\nruns it at every boot; when nothing changed it does nothing. All of it is checked before"
        "\nany of it is applied, and mistakes are written into netrelay-error.txt beside the file.",
    )
    made.add_argument(
        "--boot", metavar="DIR", type=Path, required=True, help="where the boot partition is"
    )
    made.add_argument(
        "--root",
        metavar="DIR",
        type=Path,
        default=Path("/"),
        help="the machine's files, for tests: nothing of the running machine is changed",
    )
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the image has one home
    """Apply the provisioning, or report what is wrong with it."""
    options = parser().read(arguments)
    for folder in (options.boot, options.root):
        if not folder.is_dir():
            raise CommandError(Exit.NO_INPUT, f"{folder} is not a folder")
    system = TargetSystem(options.root.absolute())
    if is_unchanged(options.boot, system):
        print(json_line("first-boot", {"is_changed": False}) if options.json else _NOTHING)
        return Exit.OK
    if reset_file(options.boot) is not None:
        _refuse_while_it_runs(options.boot, system.home)
    from netrelay.provisioning.first_boot import run

    outcome = run(options.boot, system)
    if options.json:
        mistakes = [mistake._asdict() for mistake in outcome.mistakes]
        print(json_line("first-boot", {**outcome._asdict(), "mistakes": mistakes}))
    if outcome.mistakes:
        path = options.boot / "netrelay.toml"
        first, others = outcome.mistakes[0], len(outcome.mistakes) - 1
        more = f" (and {others} more: netrelay-error.txt beside it)" if others else ""
        raise CommandError(Exit.CONFIG, printable(f"{path}{first.text}{more}"))
    if not options.json:
        said = f"applied: this is {outcome.name}, node {outcome.node}"
        print(said if outcome.is_changed else _NOTHING)
    return Exit.OK


def _refuse_while_it_runs(boot: Path, home: Home) -> None:
    from netrelay.cli.opening import runs

    if runs(home):
        said = f"{boot} asks for a reset, and the node runs"
        raise CommandError(Exit.TRY_AGAIN, f"{said}: sudo systemctl stop netrelay.target")
