"""The note that a process leaves when it finds the database damaged: beside it, outlasting a boot.

A process may meet the damage hours after its start and again after the next one. With the note the
next start looks first, and `netrelay status` names the damage although it reads few pages.
"""

import time
from contextlib import suppress
from pathlib import Path

from netrelay.core.printable import printable
from netrelay.disk.replacement import replace_file
from netrelay.runtime.home import Home
from netrelay.store.database_file import check_database

_MOST_BYTES = 1000


def note_of_damage(database: Path) -> Path:
    """Return the path of the note about a database."""
    return database.with_name(f"{database.name}.damaged")


def note_damage(home: Home, process: str, damage: str) -> None:
    """Leave the note, unless one is there; nothing where it cannot be written."""
    note = note_of_damage(home.database)
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    text = printable(f"{process} found it at {at} (UTC): {damage}")
    with suppress(OSError):
        if not note.exists():
            replace_file(note, f"{text[:_MOST_BYTES]}\n".encode(), 0o640)
            home.give_to_owner(note)


def noted_damage(home: Home) -> str | None:
    """Return who found which damage, and when; None without a note."""
    try:
        with note_of_damage(home.database).open("rb") as file:
            return printable(file.read(_MOST_BYTES).decode(errors="replace").strip())
    except OSError:
        return None


def refuse_noted_damage(home: Home) -> None:
    """Raise DatabaseDamagedError if there is a note and a check finds damage; else remove it.

    The check reads the whole database. It finds none after the database was put right.
    """
    if noted_damage(home) is None:
        return
    check_database(home.database)
    with suppress(OSError):
        note_of_damage(home.database).unlink(missing_ok=True)
