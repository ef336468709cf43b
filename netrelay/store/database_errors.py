"""Errors that make a database unusable; each text states the remedy."""

import errno
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


class UserObjectError(DatabaseError):
    """Something that a user added to the database does not fit this netrelay; nothing changed."""


class DiskFullError(DatabaseError):
    """The disk has no room for a transaction, which was rolled back; a later one may succeed."""


class DatabaseReplacedError(DatabaseError):
    """A file of the database is not the one any more that this process has open."""


def is_disk_full(connection: apsw.Connection, error: apsw.Error) -> bool:
    """Return whether SQLite failed because the disk, or a quota of it, has no room.

    SQLITE_FULL is for pages; the growth of the WAL's index is an SQLITE_IOERR like any other.
    """
    if isinstance(error, apsw.FullError):
        return True
    is_io = isinstance(error, apsw.IOError | apsw.CantOpenError)
    return is_io and connection.system_errno in (errno.ENOSPC, errno.EDQUOT)


def described(path: Path, error: apsw.Error) -> str:
    """Return the text of an SQLite error about a file, with the remedy if the file is damaged."""
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return (
            f"{path} is damaged ({error}): keep a copy of it, and put a backup in its place"
            " with netrelay restore"
        )
    return f"{path}: {error}"
