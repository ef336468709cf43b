"""The record of security updates, on the partition netrelay, for all to read."""

import json
from pathlib import Path
from typing import NamedTuple

from netrelay.disk.replacement import replace_file

RECORD = Path("/card/data/updates.json")


class UpdateRecord(NamedTuple):
    """Times are Unix times, 0: never. good_s: the last run after which nothing was missing.

    outcome: the last run in words. month: the month, as 2026-11, whose bytes are counted.
    to_restart: what still uses replaced files until the machine restarts.
    """

    tried_s: int = 0
    good_s: int = 0
    installed_s: int = 0
    outcome: str = ""
    month: str = ""
    fetched_bytes: int = 0
    installed: tuple[str, ...] = ()
    to_restart: tuple[str, ...] = ()

    def fetched_in(self, month: str) -> int:
        """Return the bytes that were fetched in a month."""
        return self.fetched_bytes if month == self.month else 0

    def with_fetched(self, month: str, fetched_bytes: int) -> "UpdateRecord":
        """Return the record with more bytes in a month."""
        return self._replace(month=month, fetched_bytes=self.fetched_in(month) + fetched_bytes)


def read_record(path: Path = RECORD) -> UpdateRecord:
    """Return the record; an empty one if there is none, or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return UpdateRecord(
            **{
                **found,
                "installed": tuple(found["installed"]),
                "to_restart": tuple(found["to_restart"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):
        return UpdateRecord()


def write_record(record: UpdateRecord, path: Path = RECORD) -> None:
    """Store the record; durable on return."""
    replace_file(path, (json.dumps(record._asdict()) + "\n").encode(), 0o644)
