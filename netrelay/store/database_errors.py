"""Why a database cannot be used, in words for the person who has to do something about it."""

from pathlib import Path

import apsw


class DatabaseError(Exception):
    """The database cannot be used; the text names the file, the reason and what to do."""


class OlderSchemaError(DatabaseError):
    """The database has an older schema version, from which the migrations lead to ours."""


class MigratedMeanwhileError(DatabaseError):
    """A newer netrelay migrated the database after this process had opened it."""


class NoRoomForCopyError(DatabaseError):
    """The disk has no room for the copy that a migration makes first."""


def described(path: Path, error: apsw.Error) -> str:
    """Return what an SQLite error about this file means and, if it is damaged, what to do."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return (
            f"{path} is damaged ({error}): keep a copy of it, and put a backup in its place"
            " with netrelay restore"
        )
    return f"{path}: {error}"
