"""When a node's database is migrated: while no process of an older netrelay runs or can start."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netrelay.core.words import PROCESSES
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.runtime.log import DATABASE_MIGRATED, Log
from netrelay.runtime.single_instance import AlreadyRunsError, claim
from netrelay.store.database import Database
from netrelay.store.lock import WriteLock
from netrelay.store.migration import Migrated, migrate, needs_migration

# Of the other processes of a start, which wait while one of them migrates a large database.
_LONGEST_MIGRATION_S = 3600.0
_TRY_AGAIN_S = 0.1


def open_lock(home: Home, process: str, while_waiting: Callable[[], None]) -> WriteLock:
    """Open the lock file of a home's database under the name of this process."""
    path = home.runtime / "database.lock"
    lock = WriteLock(path, process, while_waiting)
    home.give_to_owner(path)
    return lock


def bring_up_to_date(
    home: Home, process: str, while_waiting: Callable[[], None], patience_s: float
) -> None:
    """Migrate the database of a home if it has an older schema version.

    To be called before this process claims its place: until the database is migrated only a process
    of an older netrelay holds one. Such a process would not know the tables afterwards, so it is
    waited for; AlreadyRunsError names it after `patience_s`. DatabaseError when the database cannot
    be migrated. While another process migrates, this one blocks.
    """
    if not home.database.exists():
        return
    lock = open_lock(home, process, while_waiting)
    try:
        deadline_s = time.monotonic() + patience_s
        while not _try_once(home, lock, process, while_waiting, deadline_s):
            while_waiting()
            time.sleep(_TRY_AGAIN_S)
    finally:
        lock.close()


def _try_once(
    home: Home,
    lock: WriteLock,
    process: str,
    while_waiting: Callable[[], None],
    deadline_s: float,
) -> bool:
    # Also where nothing is to be done: who migrates holds every place until it releases the lock.
    lock.acquire(_LONGEST_MIGRATION_S)
    try:
        if not needs_migration(home.database):
            return True
        with _every_place(home):
            migrated = migrate(home.database, while_waiting)
    except AlreadyRunsError as error:
        if time.monotonic() < deadline_s:
            return False
        raise AlreadyRunsError(
            f"{home.database} has to be migrated for this netrelay, and an older one still runs:"
            f" {error}; restart the node"
        ) from None
    finally:
        lock.release()
    _log(home, process, migrated)
    return True


@contextmanager
def _every_place(home: Home) -> Iterator[None]:
    """Hold the places of all eight processes; AlreadyRunsError names one that is taken."""
    places: list[int] = []
    try:
        for process in PROCESSES:
            places.append(claim(home.runtime, process))
            home.give_to_owner(home.runtime / f"{process}.lock")
        yield
    finally:
        for place in places:
            os.close(place)


def _log(home: Home, process: str, migrated: Migrated) -> None:
    lock = open_lock(home, process, lambda: None)
    database = Database(home.database, process, lock, system_clock())
    try:
        log = Log(process, database)
        log.say(
            DATABASE_MIGRATED,
            from_version=migrated.from_version,
            to_version=migrated.to_version,
            copy=migrated.copy.name,
        )
        log.store()
    finally:
        database.close()
