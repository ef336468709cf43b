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


class DatabaseDamagedError(DatabaseError):
    """The file of the database is damaged; `damage`: what SQLite found."""

    def __init__(self, path: Path, damage: str) -> None:
        super().__init__(
            f"{path} is damaged ({damage}): stop the node, and put a backup in its place with"
            " netrelay restore FILE --replace; without one, netrelay backup --identity FILE keeps"
            " its keys and configuration"
        )
        self.damage = damage


class DatabaseLockedError(DatabaseError):
    """A program that is not netrelay holds SQLite's own lock; the same may be tried again."""


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


def is_damage(error: BaseException) -> bool:
    """Return whether SQLite found that the file is damaged, or no database at all."""
    return isinstance(error, apsw.NotADBError | apsw.CorruptError)


def as_database_error(path: Path, error: apsw.Error) -> DatabaseError:
    """Return an SQLite error about a file as one that names the file, and the remedy if it can."""
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return DatabaseLockedError(
            f"{path} is locked by a program that is not netrelay: end that one, and try again"
        )
    return (
        DatabaseDamagedError(path, str(error))
        if is_damage(error)
        else DatabaseError(f"{path}: {error}")
    )
