"""Errors that make a database unusable; each text states the remedy."""

from pathlib import Path

import apsw


class DatabaseError(Exception):
    """The database cannot be used; the text names the file, the reason and the remedy."""


class OlderSchemaError(DatabaseError):
    """The database has an older schema version, from which the migrations lead to ours."""


class MigratedMeanwhileError(DatabaseError):
    """A newer netrelay migrated the database after this process had opened it."""


class NoRoomForCopyError(DatabaseError):
    """The copy before a migration could not be made, or the migration itself filled the disk."""


def described(path: Path, error: apsw.Error) -> str:
    """Return the text of an SQLite error about a file, with the remedy if the file is damaged."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return (
            f"{path} is damaged ({error}): keep a copy of it, and put a backup in its place"
            " with netrelay restore"
        )
    return f"{path}: {error}"
