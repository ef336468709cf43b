"""`netrelay completion`: scripts with which bash, zsh and fish complete commands, nodes and jobs.

The scripts are generated from the parsers. They run netrelay only for names of nodes and jobs, and
only when those are completed: on a small Pi its start takes a second.
"""

from collections.abc import Sequence
from contextlib import suppress

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import command_there, reading
from netrelay.cli.queries.cases import newest_unfinished_jobs
from netrelay.cli.queries.known_peers import peer_names
from netrelay.cli.reference.completers import SHELLS
from netrelay.core.printable import printable
from netrelay.runtime.home import Home

_NAMES = ("nodes", "jobs")
_JOBS_LIMIT = 50


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "completion",
        "Print what a shell needs to complete netrelay's commands, options, nodes and jobs.",
        epilog="in ~/.bashrc: source <(netrelay completion bash)",
    )
    made.add_argument("shell", metavar="SHELL", nargs="?", help=", ".join(SHELLS))
    made.add_argument(
        "--names", metavar="KIND", help="what the scripts ask: print the names of nodes or jobs"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print a script, or names, one a line; without a node it prints no names and no error."""
    read = parser()
    options = read.read(arguments)
    if options.names is not None:
        if options.names not in _NAMES:
            read.error(f"--names is {options.names!r}; allowed: {', '.join(_NAMES)}")
        with suppress(CommandError, OSError):
            print("\n".join(_names(home, options.names)))
        return Exit.OK
    if options.shell is None:
        read.error(
            f"SHELL is missing; allowed: {', '.join(SHELLS)}; in ~/.bashrc:"
            f" source <({command_there('completion bash')})"
        )
    if options.shell not in SHELLS:
        hint = nearest(options.shell, SHELLS)
        read.error(f"{options.shell!r} is no shell{hint} (allowed: {', '.join(SHELLS)})")
    from netrelay.cli.reference.completion_scripts import script

    print(script(options.shell), end="")
    return Exit.OK


def _names(home: Home, kind: str) -> list[str]:
    with reading(home) as database:
        if kind == "nodes":
            return [printable(peer.name) for peer in peer_names(database)]
        return [str(job) for job in newest_unfinished_jobs(database, _JOBS_LIMIT)]
