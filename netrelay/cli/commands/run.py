"""`netrelay run`: one of the eight processes, as `netrelay up` and systemd start them.

No argparse here: what this module imports stays in memory eight times.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.core.words import PROCESSES
from netrelay.runtime.home import Home

if TYPE_CHECKING:
    from netrelay.cli.arguments import CommandParser

_HELP = f"""usage: netrelay run PROCESS [--home DIR]

Run one of the eight processes of a node in the foreground, until SIGTERM or Ctrl-C.
`netrelay up` runs all of them.

PROCESS: {", ".join(PROCESSES)}"""


def parser() -> "CommandParser":
    """Return the argument parser, for the documents and for completion only: see above."""
    from netrelay.cli.arguments import CommandParser

    made = CommandParser(
        "run",
        "Run one of the eight processes of a node in the foreground, until SIGTERM or Ctrl-C."
        "\n`netrelay up` runs all of them.",
    )
    made.add_argument("process", metavar="PROCESS", help=", ".join(PROCESSES))
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Run the process and return its exit status."""
    if arguments in (["-h"], ["--help"]):
        print(_HELP)
        return Exit.OK
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        said = repr(" ".join(arguments)) if arguments else "nothing"
        hint = nearest(arguments[0], PROCESSES) if arguments else ""
        raise CommandError(
            Exit.USAGE, f"run {said}: not a process{hint} (allowed: {', '.join(PROCESSES)})"
        )
    from netrelay.runtime.loop import run

    return run(arguments[0], home)
