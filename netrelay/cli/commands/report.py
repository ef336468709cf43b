"""`netrelay report`: reports in the journal what is wrong with a unit that systemd gave up.

netrelay-failed@.service runs it, as the OnFailure= of the eight; a person may, too.
"""

import os
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading
from netrelay.cli.queries.log_lines import last_error
from netrelay.cli.systemd.unit_ends import End, advice_for, end_words
from netrelay.cli.systemd.units import process_of, show
from netrelay.core.printable import printable
from netrelay.runtime.early_errors import report_early
from netrelay.runtime.home import Home

_EVENT = "unit-failed"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "report",
        "Say what is wrong with a unit that systemd started no more, here and in the journal."
        "\nsystemd runs it by itself when one of the eight stays down.",
    )
    made.add_argument("unit", metavar="UNIT", help="netrelay-sender.service, for example")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the sentences, and write them to the journal."""
    options = parser().read(arguments)
    unit = str(options.unit)
    if not unit.startswith("netrelay-"):
        raise CommandError(
            Exit.USAGE, f"{printable(unit)!r} is no unit of netrelay (netrelay-sender.service is)"
        )
    end = _handed_over() or _asked(unit)
    process = process_of(unit)
    said = end.said or _last_error(home, process)
    lines = [f"{unit} is down and stays down: {end_words(end)}."]
    if said:
        lines.append(f"It said: {said.rstrip('.')}.")
    lines.append(advice_for(end))
    text = " ".join(lines)
    report_early(process or "systemd", _EVENT, text)
    return Exit.OK


def _handed_over() -> End | None:
    """Return the end of the unit from the environment of an OnFailure= unit (systemd.exec(5))."""
    result = os.environ.get("MONITOR_SERVICE_RESULT")
    if result is None:
        return None
    unit = os.environ.get("MONITOR_UNIT", "")
    said = show([unit]) if unit else {}
    return End(
        result,
        os.environ.get("MONITOR_EXIT_CODE", ""),
        os.environ.get("MONITOR_EXIT_STATUS", ""),
        said[unit].status_text if unit in said else "",
    )


def _asked(unit: str) -> End:
    found = show([unit]).get(unit)
    if found is None or not found.is_there:
        raise CommandError(Exit.DATA, f"systemd knows no unit {printable(unit)!r}")
    if found.signal is not None:
        return End(found.result, "killed", str(found.signal), found.status_text)
    return End(found.result, "exited", str(found.exit_status or 0), found.status_text)


def _last_error(home: Home, process: str) -> str:
    """Return the last error that the process logged; "" if the database cannot be read."""
    try:
        with reading(home) as database:
            found = last_error(database, process)
    except (CommandError, OSError):
        return ""
    return printable(found or "")
