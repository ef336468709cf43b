"""The terminal at standard output: its width, and colours for what is wrong."""

import os
import sys

_USUAL_COLUMNS = 80
_RED, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


class Marked(str):
    """A text that a terminal shows in a colour; anywhere else it is the text alone."""

    colour = ""


def wrong(text: str) -> Marked:
    """Return a text that is red on a terminal."""
    return _marked(text, _RED)


def doubtful(text: str) -> Marked:
    """Return a text that is yellow on a terminal."""
    return _marked(text, _YELLOW)


def painted(text: str, width: int = 0) -> str:
    """Return a text, padded to this width, in its colour if standard output shows colours."""
    padded = text.ljust(width)
    colour = text.colour if isinstance(text, Marked) else ""
    return f"{colour}{padded}{_PLAIN}" if colour and _shows_colours() else padded


def is_terminal() -> bool:
    """Return whether a person reads standard output."""
    return sys.stdout.isatty()


def columns() -> int:
    """Return the width of the terminal, 80 if it is not known.

    It is read without shutil, which imports its compression modules: 8 ms.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said[:6]) > 0:
        return int(said[:6])
    try:
        return os.get_terminal_size(1).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS


def table_columns() -> int | None:
    """Return how wide a table may be, at least 80; None: as wide as it is, for a program."""
    return max(columns(), _USUAL_COLUMNS) if is_terminal() else None


def shortened(text: str, width: int) -> str:
    """Return a text with an ellipsis in place of what is beyond this width.

    Between two words if there is a gap in the second half: half a number would be another number.
    """
    if len(text) <= width:
        return text
    mark = _ellipsis()
    kept = text[: width - len(mark)]
    gap = kept.rfind(" ")
    if text[len(kept)] != " " and gap >= width // 2:
        kept = kept[:gap]
    return kept.rstrip() + mark


def _ellipsis() -> str:
    try:
        _ELLIPSIS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "..."
    return _ELLIPSIS


def _marked(text: str, colour: str) -> Marked:
    made = Marked(text)
    made.colour = colour
    return made


def _shows_colours() -> bool:
    """Return whether colours are shown; NO_COLOR is that of no-color.org."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return is_terminal() and not is_plain
