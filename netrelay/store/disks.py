"""Rows of the room on the disks of a node."""

from collections.abc import Callable
from typing import NamedTuple

from netrelay.store.database import Database, Work

# A change of less than a tenth is stored with the note of the day.
_IS_NEWS = (
    "SELECT NOT EXISTS (SELECT 1 FROM disks WHERE folder = ?1 AND level = ?2"
    " AND life_percent IS ?5 AND abs(free_bytes - ?3) < 0.1 * free_bytes"
    " AND noted_s > clock() - 86400)"
)
# What was free a day before stays for a day, and is then what is noted now.
_NOTE = (
    "INSERT INTO disks VALUES (?1, ?2, clock(), ?3, ?4, clock(), ?3, clock(), ?5)"
    " ON CONFLICT DO UPDATE SET level = excluded.level,"
    " since_s = CASE WHEN level = excluded.level THEN since_s ELSE excluded.since_s END,"
    " free_bytes = excluded.free_bytes, all_bytes = excluded.all_bytes, noted_s = excluded.noted_s,"
    " before_bytes = iif(before_s > clock() - 2 * 86400, before_bytes, free_bytes),"
    " life_percent = excluded.life_percent,"
    " before_s = iif(before_s > clock() - 2 * 86400, before_s, noted_s)"
)


class DiskRoom(NamedTuple):
    """The disk of a folder of the home; level: a word of `DiskLevel`. life_percent: of its card,
    where that is known."""

    folder: str
    level: str
    free_bytes: int
    all_bytes: int
    life_percent: int | None = None


def note_disks(
    database: Database,
    disks: list[DiskRoom],
    beside: Callable[[], object] = lambda: None,
    is_due: bool = False,
) -> None:
    """Store the room on disks; no transaction unless a level changed, or much, or a day is over.

    beside: called in the same transaction, to store other rows with it. is_due: store it in any
    case.
    """

    def store(found: list[DiskRoom]) -> None:
        database.execute_many(_NOTE, found)
        beside()

    def look() -> list[DiskRoom]:
        return [disk for disk in disks if is_due or database.value(_IS_NEWS, disk)]

    database.store_found(Work(look, store))
