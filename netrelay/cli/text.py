"""The output of commands: sizes and times for people, tables, JSON."""

import json
import time
from collections.abc import Sequence
from typing import Any

from netrelay.core.sizes import size_text

JSON_SCHEMA = 1
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


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of an aligned table; the last column is not padded."""
    lines = [list(heading), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


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
