"""What a process has of its node: home, configuration, database, bells, counters, log."""

import json
from typing import NamedTuple

from netrelay.ring.counters import CounterPage, CounterWriter
from netrelay.ring.process_bell import ProcessBell, ring
from netrelay.runtime.clock import system_clock
from netrelay.runtime.config import Config, load
from netrelay.runtime.home import Home
from netrelay.runtime.log import MACHINE_RENEWED, Log
from netrelay.runtime.migrating import bring_up_to_date, open_lock
from netrelay.runtime.poller import Poller
from netrelay.runtime.presence import enter
from netrelay.runtime.wiring import NETWORK
from netrelay.store.database import Database, Work
from netrelay.store.database_errors import OlderSchemaError
from netrelay.store.jobs import draw_epoch


class Node(NamedTuple):
    """Everything a process opens before its own work; built by the main loop."""

    process: str
    home: Home
    config: Config
    database: Database
    bell: ProcessBell
    counters: CounterWriter
    log: Log
    poller: Poller


def open_database(home: Home, process: str, while_waiting: object = None) -> Database:
    """Open the database for writing under this process's name; bells ring after each commit.

    A database with an older schema version is migrated first, unless a process of this home runs:
    AlreadyRunsError names it.
    """
    home.make_runtime()
    waiting = while_waiting if callable(while_waiting) else (lambda: None)

    def ring_bells(woken: set[str]) -> None:
        for name in woken - {process}:
            ring(home.runtime, name)

    def opened() -> Database:
        lock = open_lock(home, process, waiting)
        try:
            return Database(home.database, process, lock, system_clock(), ring_bells)
        except BaseException:
            lock.close()
            raise

    try:
        return opened()
    except OlderSchemaError:
        bring_up_to_date(home, process, waiting, patience_s=0.0)
        return opened()


def open_node(process: str, home: Home, while_waiting: object = None) -> Node:
    """Open a node for one process; ConfigError and DatabaseError say what a person has to mend."""
    config = load(home.config)
    if process not in NETWORK:
        home.make_folders()
    database = open_database(home, process, while_waiting)
    log = Log(process, database)
    if database.renew_machine():
        log.say(MACHINE_RENEWED)
    # Kept until the process ends. Nothing says that a database was restored from an older copy,
    # which gives numbers out again: what a start sends never shares an epoch with an earlier one.
    enter(home.runtime, lambda: _begin_epoch(database))
    _follow_config(database, config)
    bell = ProcessBell(home.runtime, process)
    poller = Poller()
    poller.watch(bell.fileno())
    counters = CounterPage.open(home.runtime).writer(process)
    return Node(process, home, config, database, bell, counters, log, poller)


def _begin_epoch(database: Database) -> None:
    with database.transaction():
        draw_epoch(database)


def _follow_config(database: Database, config: Config) -> None:
    """Let the database say what the configuration says; a change makes every agreement anew."""
    wanted = (
        config.name,
        config.address,
        config.commsport,
        json.dumps(list(config.dataports)),
        config.capacity_bytes,
        config.lifetime_s,
    )
    query = "SELECT name, ipaddress, commsport, dataports, capacity, lifetime_s FROM selfinfo"
    # The eight processes start together: only the first of them may end the agreements.
    database.store_found(
        Work(
            lambda: database.row(query) != wanted,
            lambda _: database.execute(
                "UPDATE selfinfo SET (name, ipaddress, commsport, dataports, capacity, lifetime_s)"
                " = (?, ?, ?, ?, ?, ?)",
                wanted,
            ),
        )
    )
