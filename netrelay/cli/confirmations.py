"""`-q`: commands that only confirm what they did, and need not."""

from argparse import Namespace

from netrelay.cli.arguments import CommandParser
from netrelay.cli.opening import say_if_down
from netrelay.runtime.home import Home


def add_quiet(parser: CommandParser, has_json: bool = False) -> None:
    """Add `-q`, which cannot stand beside `--json`; has_json: add that one too."""
    ways = parser.add_mutually_exclusive_group()
    if has_json:
        ways.add_argument("--json", action="store_true", help="one JSON object for each job")
    ways.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="confirm nothing: print only what is wrong",
    )


def confirm(options: Namespace, *lines: str) -> None:
    """Print what was done, unless `-q` was typed."""
    if not options.quiet:
        for line in lines:
            print(line)


def confirm_down(options: Namespace, home: Home) -> None:
    """Print a notice if the node does not run, unless `-q` was typed."""
    if not options.quiet:
        say_if_down(home)
