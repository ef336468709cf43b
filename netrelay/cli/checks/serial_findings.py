"""The serial lines of this node, for `netrelay check`: what keeps one from carrying anything."""

from collections.abc import Iterator
from typing import Final

from netrelay.cli.findings import Finding, ok, warn
from netrelay.cli.opening import command
from netrelay.cli.queries.serial_lines import SerialWay, serial_lines
from netrelay.cli.text import duration
from netrelay.core.serial.line_settings import is_serial, read_line_settings
from netrelay.runtime.home import Home
from netrelay.serial.line_state import LineState, line_state
from netrelay.store.database import ReadOnlyDatabase

# A line that loses more carries less than half of what it could.
_MUCH_LOST: Final = 0.25
# Answers are owed within seconds; a radio that both sides share needs longer.
_QUIET_S: Final = 60.0


def serial_findings(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Check each serial line by what its process tells."""
    for line in serial_lines(database):
        yield _finding(line, line_state(home.lines, line.way), home)


def _finding(line: SerialWay, state: LineState, home: Home) -> Finding:
    name = f"line to {line.peer} by {line.device}"
    if not state.is_running:
        typed = command(home, f"serial {line.device}")
        up = command(home, "up")
        what_to_do = f"`{typed}` starts it; `{up}` does, when it starts the node"
        return warn("serial", f"{name}: its process does not run with these settings", what_to_do)
    if state.trouble:
        return warn("serial", f"{name}: {state.trouble}", _what_to_do(state))
    if not state.is_up:
        return warn("serial", f"{name}: it is not up yet")
    quality = f"{state.lost_share:.0%} of its frames of {state.piece_bytes} bytes are lost"
    if state.lost_share > _MUCH_LOST:
        return warn("serial", f"{name}: {quality}", "look at cable, antenna and baud rate")
    silent = ""
    if state.silent_s is not None and state.silent_s > _QUIET_S:
        silent = f"; nothing was heard for {duration(state.silent_s)}"
    return ok("serial", f"{name}: up; {quality}{silent}")


def _what_to_do(state: LineState) -> str:
    line = read_line_settings(state.way) if is_serial(state.way) else None
    if line is not None and state.trouble == "the other side is silent":
        return f"are both ends set to {line.baud} baud, is it up there, are RX and TX crossed?"
    return ""
