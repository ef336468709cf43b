"""The configuration and the database of a node, opened for one command.

Modules that only writing commands need are imported there: `status` and other queries are
typed often, and on a small Pi every import costs noticeable time.
"""

import os
import shlex
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import apsw

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.permission import AnotherUsersNodeError, is_another_users
from netrelay.core.printable import printable
from netrelay.core.words import PROCESSES
from netrelay.ring.socket_path import socket_path
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home, default_home
from netrelay.store.database import Database, ReadOnlyDatabase
from netrelay.store.database_errors import (
    DatabaseDamagedError,
    DatabaseError,
    DatabaseLockedError,
    MigratedMeanwhileError,
    OlderSchemaError,
    is_damage,
)
from netrelay.store.foreign_lock import locked_error
from netrelay.store.lock import LockTimeoutError

if TYPE_CHECKING:
    from netrelay.runtime.config import Config


def command(home: Home, words: str) -> str:
    """Return a command for this home as a person may type it: `--home` only where it is needed."""
    suffix = "" if home.path == default_home() else f" --home {shlex.quote(_short(home.path))}"
    return f"netrelay {words}{suffix}"


def command_there(words: str) -> str:
    """Return a command for another node, or one that needs no node."""
    return f"netrelay {words}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path != here and path.is_relative_to(here) else str(path)


def is_node(home: Home) -> bool:
    """Return True if this home holds a complete node: `init` creates the database last."""
    return home.database.exists()


def require_node(home: Home) -> None:
    """Raise CommandError, which names the command that makes a node, unless there is one."""
    if is_node(home):
        return
    if home.config.exists():
        raise CommandError(
            Exit.CONFIG,
            f"{home.path} holds a half-made node: `{command(home, 'init NAME')}` finishes it",
        )
    if home.path.exists() and not home.path.is_dir():
        raise CommandError(
            Exit.CONFIG, f"{home.path} is not a folder: --home DIR names the folder of a node"
        )
    raise CommandError(
        Exit.CONFIG,
        f"there is no node in {home.path}: `{command(home, 'init NAME')}` makes one,"
        " --home DIR names another home",
    )


def read_config(home: Home) -> "Config":
    """Return the checked configuration of a node; CommandError names what is wrong with it."""
    require_node(home)
    from netrelay.runtime.config import ConfigError, load

    try:
        return load(home.config)
    except ConfigError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error


_Kind = TypeVar("_Kind", ReadOnlyDatabase, Database)


class _Shared(Generic[_Kind]):
    """A connection for all parts of a command; the end of its block closes it, if one opened it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._database: _Kind | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._database is not None:
            self._database.close()


class Reader(_Shared[ReadOnlyDatabase]):
    """One read-only connection for all parts of a command, opened by the first that reads.

    A connection costs the reading of the whole schema: 10 ms on a desktop CPU.
    """

    @contextmanager
    def reading(self) -> Iterator[ReadOnlyDatabase]:
        """Yield the connection; CommandError says why the database cannot be opened, or read."""
        if self._database is None:
            self._database = _opened(self._home)
        try:
            yield self._database
        except apsw.Error as error:
            raise _unusable(self._home, error) from error

    @contextmanager
    def snapshot(self) -> Iterator[ReadOnlyDatabase]:
        """Yield the connection in one read transaction (`Queries.snapshot`)."""
        with self.reading() as database, database.snapshot():
            yield database


@contextmanager
def reading(home: Home) -> Iterator[ReadOnlyDatabase]:
    """Open the database read-only; it takes no lock that a running process waits for."""
    with Reader(home) as reader, reader.reading() as database:
        yield database


def _opened(home: Home) -> ReadOnlyDatabase:
    require_node(home)
    try:
        return ReadOnlyDatabase(home.database, system_clock())
    except OlderSchemaError as error:
        _refuse_other_user(home)
        raise CommandError(
            Exit.CONFIG,
            f"{error} (`{command(home, 'up')}`, or `sudo systemctl restart netrelay.target`)."
            f" While the node is down, `{command(home, 'resume NODE')}` and all other commands that"
            " change something migrate it too",
        ) from error
    except DatabaseError as error:
        _refuse_other_user(home)
        raise _unusable(home, error) from error


def damage_help(home: Home) -> str:
    """Return what to type about a damaged database."""
    return (
        f"stop the node; `{command(home, 'restore FILE --replace')}` puts back a backup. Without"
        f" one, `{command(home, 'backup --identity FILE')}` writes its keys and configuration, and"
        " `restore` makes the node anew of them"
    )


def damaged(home: Home, damage: str) -> CommandError:
    """Return the error of a command that needs a database that is damaged."""
    return CommandError(
        Exit.CONFIG, f"{home.database} is damaged ({printable(damage)}): {damage_help(home)}"
    )


def _unusable(home: Home, error: Exception) -> CommandError:
    if isinstance(error, DatabaseDamagedError):
        return damaged(home, error.damage)
    if isinstance(error, apsw.Error):
        if is_damage(error):
            return damaged(home, str(error))
        if not isinstance(error, apsw.BusyError):
            return CommandError(Exit.INPUT_OUTPUT, f"{home.database}: {error}")
        error = locked_error(home.database)
    if isinstance(error, DatabaseLockedError):
        return CommandError(Exit.TRY_AGAIN, str(error))
    return CommandError(Exit.CONFIG, str(error))


class Writer(_Shared[Database]):
    """One connection for all transactions of process `person` in a command, opened by the first."""

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Hold the write lock for one transaction."""
        with self.writable() as database, database.transaction():
            yield database

    @contextmanager
    def writable(self) -> Iterator[Database]:
        """Yield the connection; CommandError says why nothing can be stored."""
        if self._database is None:
            self._database = _opened_to_write(self._home)
        try:
            yield self._database
        except (LockTimeoutError, MigratedMeanwhileError, DatabaseLockedError) as error:
            raise CommandError(Exit.TRY_AGAIN, str(error)) from error
        except apsw.Error as error:
            raise _unusable(self._home, error) from error


@contextmanager
def writing(home: Home) -> Iterator[Database]:
    """Open the database for one transaction of process `person`, which holds the write lock."""
    with Writer(home) as writer, writer.writing() as database:
        yield database


@contextmanager
def writable(home: Home) -> Iterator[Database]:
    """Open the database for transactions of process `person`."""
    with Writer(home) as writer, writer.writable() as database:
        yield database


def _opened_to_write(home: Home) -> Database:
    require_node(home)
    from netrelay.runtime.node import PERSON, open_database
    from netrelay.runtime.single_instance import AlreadyRunsError

    try:
        return open_database(home, PERSON)
    except (AlreadyRunsError, LockTimeoutError) as error:
        raise CommandError(Exit.TRY_AGAIN, str(error)) from error
    except (DatabaseError, ValueError) as error:
        _refuse_other_user(home)
        raise _unusable(home, error) from error


@contextmanager
def numbering(home: Home, alone: Callable[[Writer], None] = lambda _: None) -> Iterator[Writer]:
    """Assign sequences inside the block as the processes do: in a new epoch, unless they run.

    Yields what writes in this command: to draw the epoch may have opened it.

    alone: called first, if none of them runs; until it has returned none of them starts.
    """
    require_node(home)
    from netrelay.runtime.presence import mark_running
    from netrelay.store.jobs import draw_epoch

    try:
        home.make_runtime()
    except ValueError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    with Writer(home) as writer:

        def first() -> None:
            with writer.writing() as database:
                draw_epoch(database)
            alone(writer)

        present = mark_running(home.runtime, first)
        try:
            yield writer
        finally:
            os.close(present)


def _refuse_other_user(home: Home) -> None:
    """Raise AnotherUsersNodeError if another user owns the home.

    SQLite only reports that it cannot open the file.
    """
    if not is_another_users(home):
        return
    # SQLite's reader needs the -shm file, which the members of the group may not make.
    is_down = os.access(home.database, os.R_OK)
    while_down = " while the node is down" if is_down else ""
    raise AnotherUsersNodeError(f"may not open its database{while_down}")


def runs(home: Home) -> bool:
    """Return True if any of the eight runs, or if another user's node does not let us look."""
    try:
        return any(running(home).values())
    except PermissionError:
        return True


def running(home: Home) -> dict[str, bool]:
    """Return for each of the eight whether it listens to its bell, without waking it.

    PermissionError when the runtime directory is another user's.
    """
    directory = home.runtime
    if directory.is_dir():
        next(directory.iterdir(), None)
    return {process: _listens(socket_path(directory, f"{process}.bell")) for process in PROCESSES}


def listens(home: Home, process: str) -> bool:
    """Return whether a process listens to its bell, without waking it.

    PermissionError when the runtime directory is another user's.
    """
    directory = home.runtime
    if directory.is_dir():
        next(directory.iterdir(), None)
    return _listens(socket_path(directory, f"{process}.bell"))


def keeps_connections(alive: dict[str, bool] | None) -> bool:
    """Return True if what the table `connections` holds is true now, by which of the eight run.

    sender has the connections and processor_s stores them: without one of the two a row is what
    was true once.
    """
    return alive is not None and alive.get("sender", False) and alive.get("processor_s", False)


def has_connections(home: Home) -> bool:
    """Return False if no connection can be open: the two that keep them do not both run."""
    try:
        return keeps_connections(running(home))
    except PermissionError:
        return True


def say_if_down(home: Home) -> None:
    """Print a notice if the node, which has just been given something, does not run."""
    with suppress(OSError):
        if not any(running(home).values()):
            print("this node is down: it all goes when the node is up")


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        try:
            bell.connect(path)
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            return False
    return True
