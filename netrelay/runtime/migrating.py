"""Migration of a node's database while no process of an older netrelay runs or can start."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netrelay.core.words import LANDER, PROCESSES
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.runtime.log import DATABASE_MIGRATED, Log
from netrelay.runtime.single_instance import AlreadyRunsError, lock_process
from netrelay.store.database import Database
from netrelay.store.lock import WriteLock
from netrelay.store.migration import Migrated, migrate, needs_migration

# Time limit of the processes that wait while another one migrates a large database.
_LONGEST_MIGRATION_S = 3600.0
_TRY_AGAIN_S = 0.1


def open_lock(home: Home, process: str, while_waiting: Callable[[], None]) -> WriteLock:
    """Open the write lock of a home's database; `process` is named to those that wait for it."""
    path = home.runtime / "database.lock"
    lock = WriteLock(path, process, while_waiting)
    home.give_to_owner(path)
    return lock


def bring_up_to_date(
    home: Home, process: str, while_waiting: Callable[[], None], patience_s: float
) -> None:
    """Migrate the database of a home if it has an older schema version.

    Call it before `lock_process`: until the database is migrated, a held process lock then belongs
    to an older netrelay. Such a process could not use the new tables, so this one waits for it to
    end; after `patience_s` AlreadyRunsError names it. DatabaseError when the database cannot be
    migrated. Blocks while another process migrates; `while_waiting` is called repeatedly.
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
    # Taken even if nothing is to be done: a migrating process holds the process locks meanwhile.
    lock.acquire(_LONGEST_MIGRATION_S)
    try:
        if not needs_migration(home.database):
            return True
        with _all_process_locks(home):
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
def _all_process_locks(home: Home) -> Iterator[None]:
    """Hold the locks of all eight processes and lander's; AlreadyRunsError names one that runs."""
    descriptors: list[int] = []
    try:
        for process in (*PROCESSES, LANDER):
            descriptors.append(lock_process(home.runtime, process))
            home.give_to_owner(home.runtime / f"{process}.lock")
        yield
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _log(home: Home, process: str, migrated: Migrated) -> None:
    lock = open_lock(home, process, lambda: None)
    database = Database(home.database, process, lock, system_clock())
    try:
        log = Log(process, database)
        log.write(
            DATABASE_MIGRATED,
            from_version=migrated.from_version,
            to_version=migrated.to_version,
            copy=migrated.copy.name,
        )
        log.store()
    finally:
        database.close()
