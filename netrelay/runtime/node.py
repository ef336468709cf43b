"""The resources of a process: home, configuration, database, bell, counters, log, poller."""

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from netrelay.core.words import PROCESSES
from netrelay.disk.reserve import use_reserve
from netrelay.ring.counters import CounterPage, CounterWriter, unread
from netrelay.ring.process_bell import ProcessBell, ring
from netrelay.runtime.clock import system_clock
from netrelay.runtime.config import Config, load
from netrelay.runtime.home import Home
from netrelay.runtime.log import MACHINE_RENEWED, Log
from netrelay.runtime.migrating import bring_up_to_date, open_lock
from netrelay.runtime.poller import Poller
from netrelay.runtime.presence import mark_running
from netrelay.runtime.wiring import NETWORK
from netrelay.store.database import Database, Work
from netrelay.store.database_errors import DiskFullError, OlderSchemaError
from netrelay.store.jobs import draw_epoch

PERSON = "person"
"""The process name of what a person types; it may use the disk's reserve."""


class Node(NamedTuple):
    """The open resources of one process; the main loop creates it with `open_node`."""

    process: str
    home: Home
    config: Config
    database: Database
    bell: ProcessBell
    counters: CounterWriter
    log: Log
    poller: Poller


def open_database(
    home: Home,
    process: str,
    while_waiting: Callable[[], None] | None = None,
    while_locked: Callable[[float], None] | None = None,
) -> Database:
    """Open the database for writing; each commit rings the bells of the processes that it wakes.

    An older schema version is migrated first; AlreadyRunsError if a process of this home runs.
    while_waiting: called repeatedly while this blocks for the write lock. while_locked: likewise
    while another program has SQLite's (`ForeignWait`).
    """
    home.make_runtime()
    waiting = while_waiting or (lambda: None)

    def ring_bells(woken: set[str]) -> None:
        for name in woken - {process}:
            ring(home.runtime, name)

    def make_room() -> None:
        if process == PERSON:
            use_reserve(home.reserve)

    def opened() -> Database:
        lock = open_lock(home, process, waiting)
        try:
            return Database(
                home.database, process, lock, system_clock(), ring_bells, make_room, while_locked
            )
        except BaseException:
            lock.close()
            raise

    try:
        try:
            return opened()
        except DiskFullError:
            make_room()
            return opened()
    except OlderSchemaError:
        bring_up_to_date(home, process, waiting, patience_s=0.0)
        return opened()


def open_node(
    process: str,
    home: Home,
    while_waiting: Callable[[], None] | None = None,
    while_locked: Callable[[float], None] | None = None,
) -> Node:
    """Open a node for one process; ConfigError or DatabaseError name what has to be corrected."""
    config = load(home.config)
    if process not in NETWORK:
        home.make_folders()
    database = open_database(home, process, while_waiting, while_locked)
    log = Log(process, database)
    if database.renew_machine():
        log.write(MACHINE_RENEWED)
    # Held until the process ends. A database that was restored from an older copy reuses numbers,
    # and nothing reveals that: a new epoch at each start of the node keeps identities unique.
    wait = while_locked or (lambda _: None)
    mark_running(home.runtime, lambda: _store_new_epoch(database), lambda: wait(0.0))
    _store_config(database, config)
    bell = ProcessBell(home.runtime, process)
    poller = Poller()
    poller.watch(bell.fileno())
    # The page has the counters of the eight.
    counters = CounterPage.open(home.runtime).writer(process) if process in PROCESSES else unread()
    database.tell_commits(partial(counters.add_duration, "commit"))
    return Node(process, home, config, database, bell, counters, log, poller)


def _store_new_epoch(database: Database) -> None:
    with database.transaction():
        draw_epoch(database)


def _store_config(database: Database, config: Config) -> None:
    """Store the configuration in the database; a change of it ends all agreements (a trigger)."""
    wanted = (
        config.name,
        config.address,
        config.commsport,
        json.dumps(list(config.dataports)),
        config.capacity_bytes,
        config.lifetime_s,
        config.incoming_lifetime_s,
        int(config.can_be_dialled),
        config.call_every_s,
        json.dumps(list(config.land.peers)) if config.land.is_wanted else None,
        int(config.land.keep_inbox),
    )
    columns = (
        "name, ipaddress, commsport, dataports, capacity, lifetime_s, incoming_lifetime_s,"
        " can_be_dialled, call_every_s, lands, keeps_inbox"
    )
    query = f"SELECT {columns} FROM selfinfo"  # noqa: S608 -- names of ours
    # The eight processes start together: only the first of them may end the agreements.
    database.store_found(
        Work(
            lambda: database.row(query) != wanted,
            lambda _: database.execute(
                f"UPDATE selfinfo SET ({columns}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                wanted,
            ),
        )
    )
