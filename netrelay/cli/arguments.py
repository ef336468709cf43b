"""The options of one command: argparse, with errors in one line and hints for mistyped words."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import NoReturn

from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.terminal import columns
from netrelay.core.address_range import AddressRange, read_range
from netrelay.core.sizes import read_rate_bytes_per_s, read_size_bytes

# The largest integer of SQLite, and its digits.
MOST = (1 << 63) - 1
# Of a person's name.
MOST_NAME_BYTES = 40
_NEGATIVE = re.compile(r"-\.?\d")
_MOST_DIGITS = 19


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """HelpFormatter that reads the terminal's width without shutil.

    argparse creates one for each argument, and imports shutil with its compression modules: 8 ms.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns() - 2)


class CommandParser(argparse.ArgumentParser):
    """Parser that raises CommandError where argparse would print its usage and exit.

    allows_empty: whether an argument may be empty. surplus_hint: what follows "is one word too
    many". `--home` is listed for the help only: `netrelay.cli.main` has removed it from the
    arguments.
    """

    def __init__(self, command: str, description: str, epilog: str = "") -> None:
        super().__init__(
            prog=f"netrelay {command}",
            description=description,
            epilog=epilog,
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        self.allows_empty = False
        self.surplus_hint = ""
        # argparse takes -1 for a value and -1G, -5s for options: the reader of the value says more.
        self._negative_number_matcher = _NEGATIVE
        self.add_argument("--home", metavar="DIR", help="the folder of the node")

    def error(self, message: str) -> NoReturn:
        """Raise CommandError instead of ending the program."""
        raise CommandError(Exit.USAGE, f"{message} (`{self.prog} --help` explains)")

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the options; CommandError names an unknown word and what is allowed."""
        # Before argparse takes the value of an unknown option for an argument, and refuses that.
        for word in takewhile(lambda word: word != "--", arguments):
            if not self.allows_empty and (not word or (word[:2] == "--" and word[-1] == "=")):
                # As a path it would be the current folder: `send "$FILE"` would send all of it.
                self.error("an argument is empty: is a variable of the shell not set?")
            # argparse takes a word with a space for an argument.
            if word.startswith("--") and " " not in word:
                self._refuse_unknown(word.partition("=")[0])
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            self._refuse_unknown(unknown[0])
            self.error(f"{unknown[0]!r} is one word too many{self.surplus_hint}")
        return options

    def _refuse_unknown(self, word: str) -> None:
        known = [name for action in self._actions for name in action.option_strings]
        if word.startswith("-") and word not in known:
            allowed = ", ".join(name for name in known if name.startswith("--"))
            self.error(f"{word!r} is no option{nearest(word, known)} (allowed: {allowed})")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the program after `--help`."""
        if message:
            sys.stderr.write(message)
        raise SystemExit(status)


def port(text: str) -> int:
    """Read a TCP port."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 1 to 65535")
    return int(text)


def address_range(text: str) -> AddressRange:
    """Read an address or a network."""
    try:
        return read_range(text)
    except ValueError as error:
        allowed = "an address, or a network such as 192.168.1.0/24"
        raise argparse.ArgumentTypeError(f"{error}; allowed: {allowed}") from error


def number(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in this range, for argparse."""
    allowed = f"allowed: {low} or more" if high == MOST else f"allowed: {low} to {high}"

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit():
            raise argparse.ArgumentTypeError(f"{text!r} is no number; {allowed}")
        if len(text) > _MOST_DIGITS or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} is out of range; {allowed}")
        return int(text)

    return read


_SPAN_UNITS_S = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def span_s(text: str) -> float:
    """Read a time span with its unit, in seconds: 90s, 15min, 2h, 3d, 1w."""
    figure = text.rstrip("".join(_SPAN_UNITS_S)).strip()
    unit = text[len(figure) :].strip()
    is_figure = figure.replace(".", "", 1).isdigit() and figure.isascii() and len(figure) <= 12
    if not is_figure or unit not in _SPAN_UNITS_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no time span; allowed: 90s, 15min, 2h, 3d")
    return float(figure) * _SPAN_UNITS_S[unit]


def size_bytes(text: str) -> int:
    """Read a size, in bytes: 500M, 20GiB, 1.5G; units are binary, as they are shown."""
    try:
        return read_size_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def rate_bytes_per_s(text: str) -> int:
    """Read a rate, in bytes a second: 500K, 2M, 1.5MiB/s; units as of a size."""
    try:
        return read_rate_bytes_per_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def who(typed: str) -> str:
    """Return the name of a person who asks for something, as it is kept in the history."""
    if not 1 <= len(typed.encode(errors="replace")) <= MOST_NAME_BYTES or not typed.isprintable():
        raise argparse.ArgumentTypeError(
            f"{typed!r} is no name; allowed: 1 to {MOST_NAME_BYTES} bytes that can be printed"
        )
    return typed
