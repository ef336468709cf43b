"""`netrelay land`: the process beside the eight that puts what arrives into a store.

No argparse here: what this module imports stays in memory.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netrelay.cli.errors import CommandError, Exit
from netrelay.core.words import LANDER
from netrelay.runtime.home import Home

if TYPE_CHECKING:
    from netrelay.cli.arguments import CommandParser

_WHAT = (
    "Put what arrives into the store that [land] of netrelay.toml names, in the foreground, until"
    "\nSIGTERM or Ctrl-C (docs/landing.md). `netrelay up` runs it beside the eight where one is."
)
_HELP = f"""usage: netrelay land [--home DIR]

{_WHAT}"""


def parser() -> "CommandParser":
    """Return the argument parser, for the documents and for completion only: see above."""
    from netrelay.cli.arguments import CommandParser

    return CommandParser("land", _WHAT)


def main(arguments: Sequence[str], home: Home) -> int:
    """Run the process and return its exit status."""
    if arguments in (["-h"], ["--help"]):
        print(_HELP)
        return Exit.OK
    if arguments:
        raise CommandError(
            Exit.USAGE, f"land {' '.join(arguments)!r}: it takes no words (`netrelay land --help`)"
        )
    from netrelay.runtime.loop import run

    return run(LANDER, home)
