"""The output of commands: sizes and times for people, tables, JSON."""

import json
import time
from collections.abc import Sequence
from typing import Any

from netrelay.cli.terminal import painted, shortened, table_columns
from netrelay.core.sizes import size_text

JSON_SCHEMA = 1
_GAP = "  "
_COMMAND = "`"
# A column of text has at least so many characters left.
_LEAST_CUT = 12
# The ending of a key whose value is seconds since 1970.
_UNIX = "unix_s"


def size(count_bytes: int) -> str:
    """Return a size in binary units, with one decimal where it matters."""
    return size_text(count_bytes)


def rate(bytes_per_s: float) -> str:
    """Return a rate in binary units."""
    return f"{size(int(bytes_per_s))}/s"


def duration(time_s: float) -> str:
    """Return a time span in the largest unit that fits."""
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if time_s >= 2 * length_s:
            return f"{time_s / length_s:.0f} {unit}"
    return f"{time_s:.0f} s" if time_s >= 1 else "under 1 s"


def clock_time(unix_s: float | None) -> str:
    """Return a local time of day, with the date unless it is today's."""
    if unix_s is None:
        return "an unknown time"
    then, now = time.localtime(unix_s), time.localtime()
    same_day = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M", then)


def counted(count: int, noun: str) -> str:
    """Return `1 file`, `2 files`, `2 replies`, `2 ways`."""
    if count == 1:
        return f"{count} {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}s"


def table(
    heading: Sequence[str], rows: Sequence[Sequence[str]], cut: Sequence[str] = ()
) -> list[str]:
    """Return the lines of an aligned table; the last column is not padded.

    cut: headings of the columns of text that are shortened, the widest first, where the table is
    wider than the terminal. A cell with a command to type (in backquotes) stays whole.
    """
    lines = [list(heading), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    most = table_columns()
    if most is not None:
        _narrow(lines, widths, [heading.index(name) for name in cut], most)
    # The last column may be coloured: spaces behind it would stand before the end of the colour.
    widths[-1] = 0
    return [
        _GAP.join(painted(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _narrow(lines: list[list[str]], widths: list[int], cut: list[int], most: int) -> None:
    """Shorten cells of these columns until a line has at most so many characters."""
    least = {
        column: max(
            _LEAST_CUT, *(len(line[column]) for line in lines if _COMMAND in line[column]), 0
        )
        for column in cut
    }
    surplus = sum(widths) + len(_GAP) * (len(widths) - 1) - most
    while surplus > 0:
        column = max(cut, key=lambda each: widths[each] - least[each], default=-1)
        if column < 0 or widths[column] <= least[column]:
            return
        widths[column] -= 1
        surplus -= 1
    for line in lines:
        for column in cut:
            if len(line[column]) > widths[column]:
                line[column] = shortened(line[column], widths[column])


def json_line(kind: str, fields: dict[str, Any]) -> str:
    """Return one JSON object on one line; it holds no bytes values.

    Beside each `unix_s` and `..._unix_s` stands the same time as `at` or `..._at`, in ISO 8601.
    """
    dated = _dated({"schema": JSON_SCHEMA, "kind": kind, **fields})
    return json.dumps(dated, ensure_ascii=True)


def _dated(value: Any) -> Any:
    """Return a JSON value with each of its times in two forms."""
    if isinstance(value, list | tuple):
        return [_dated(each) for each in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, each in value.items():
        found[key] = _dated(each)
        if key == _UNIX or key.endswith(f"_{_UNIX}"):
            found[f"{key.removesuffix(_UNIX)}at"] = None if each is None else iso_time(each)
    return found


def iso_time(unix_s: float) -> str:
    """Return a time in UTC as ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_s))
