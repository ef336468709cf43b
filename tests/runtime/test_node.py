"""Opening a node: resources, epochs, and the configuration in the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netrelay.ring.counters import CounterPage
from netrelay.ring.process_bell import ProcessBell, ring
from netrelay.runtime.clock import system_clock
from netrelay.runtime.config import ConfigError, template
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.database_errors import DatabaseError

PEER = "b" * 32


@contextmanager
def opened(home: Home, process: str = "importer") -> Iterator[Node]:
    node = open_node(process, home)
    try:
        yield node
    finally:
        node.database.close()
        node.bell.close()
        node.poller.close()


def own(node: Node) -> object:
    return node.database.row(
        "SELECT name, ipaddress, commsport, dataports, capacity, lifetime_s FROM selfinfo"
    )


def agree(node: Node) -> None:
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO peers (node, name, pin) VALUES (?, 'boat', zeroblob(32))",
            (PEER,),
        )
        node.database.execute(
            "INSERT INTO sysinfo (node, ipaddress, commsport, dataports, message_size,"
            " agreement_number, epoch, settled_s)"
            " VALUES (?, '[]', 7411, '[7412]', 65536, 1, x'', 0)",
            (PEER,),
        )


def agreements(node: Node) -> object:
    return node.database.value("SELECT count(*) FROM sysinfo")


def test_all_resources_are_open(home: Home) -> None:
    with opened(home) as node:
        assert node.process == "importer"
        assert own(node) == ("shelf", "127.0.0.1", 7411, "[7412]", 1024 * 1024, 30 * 86400)
        assert home.spool.is_dir()
        node.counters.add("steps")
        assert CounterPage.open(home.runtime).snapshot()["importer"]["steps"] == 1
        ring(home.runtime, "importer")
        node.poller.wait(None)
        assert node.poller.is_ready(node.bell.fileno())


@contextmanager
def opened_bell(home: Home) -> Iterator[ProcessBell]:
    bell = ProcessBell(home.runtime, "sender")
    try:
        yield bell
    finally:
        bell.close()


def test_a_commit_rings_the_processes_that_it_wakes_except_its_own(home: Home) -> None:
    with opened(home) as node, opened_bell(home) as sender:
        with node.database.transaction():
            node.database.execute("SELECT wake('sender'), wake('importer'), wake('exporter')")
            # Nothing is visible before the commit.
            assert sender.drain() == 0
        assert sender.drain() == 1
        node.poller.wait(0)
        assert not node.poller.is_ready(node.bell.fileno())
        assert node.database.pop_own_wake()
        assert not node.database.pop_own_wake()


def test_each_start_has_a_new_epoch(home: Home) -> None:
    epochs = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            with opened(home), opened(home, "exporter"):
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        reading = ReadOnlyDatabase(home.database, system_clock())
        epochs.append(reading.value("SELECT epoch FROM selfinfo"))
        reading.close()
    assert len({bytes(8), *epochs}) == 3


def test_a_process_that_joins_keeps_the_epoch(home: Home) -> None:
    with opened(home) as node:
        epoch = node.database.value("SELECT epoch FROM selfinfo")
        with opened(home, "exporter"):
            assert node.database.value("SELECT epoch FROM selfinfo") == epoch


def test_a_changed_configuration_ends_the_agreements_once(home: Home) -> None:
    with opened(home) as node:
        agree(node)
    with opened(home) as node:
        assert agreements(node) == 1
    home.config.write_text(
        template("boat", "127.0.0.2", 7511, (7512, 7513)).replace("1048576", "65536")
    )
    with opened(home) as node:
        assert own(node) == ("boat", "127.0.0.2", 7511, "[7512, 7513]", 65536, 30 * 86400)
        assert agreements(node) == 0


def test_eight_that_start_together_end_the_agreements_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(home) as node:
        agree(node)
        home.config.write_text(template("boat", "127.0.0.2", 7511, (7512,)))
        acquire = type(node.database._lock).acquire

        def late(lock: object, timeout_s: float = 30.0) -> None:
            # While this one waits for the lock, another stores the configuration and agrees again.
            monkeypatch.undo()
            monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(home.path.with_name("run")))
            with opened(home, "sender") as other:
                assert agreements(other) == 0
                with other.database.transaction():
                    other.database.execute(
                        "INSERT INTO sysinfo (node, ipaddress, commsport, dataports, message_size,"
                        " agreement_number, epoch, settled_s)"
                        " VALUES (?, '[]', 7411, '[7412]', 65536, 1, x'', 0)",
                        (PEER,),
                    )
            acquire(lock, timeout_s)  # type: ignore[arg-type]

        monkeypatch.setattr(type(node.database._lock), "acquire", late)
        with opened(home, "exporter") as last:
            assert own(last) == own(node)
            assert agreements(last) == 1


def test_an_invalid_configuration_is_found_before_anything_is_created(home: Home) -> None:
    home.config.write_text("")
    home.database.unlink()
    with pytest.raises(ConfigError):
        open_node("importer", home)
    assert not home.spool.exists()
    assert not home.runtime.exists()


def test_without_a_database_nothing_is_opened(home: Home) -> None:
    home.database.unlink()
    with pytest.raises(DatabaseError, match=str(home.database)):
        open_database(home, "importer")
    assert not home.database.exists()


def test_while_waiting_is_called_during_the_wait_for_the_lock(home: Home) -> None:
    fed: list[int] = []
    holder = open_database(home, "sender")
    node = open_node("importer", home, lambda: fed.append(1))
    with holder.transaction(), pytest.raises(TimeoutError, match="sender"):
        node.database._lock.acquire(0.05)
    assert fed
    node.database.close()
    node.bell.close()
    node.poller.close()
    holder.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change owners")
def test_a_lock_created_by_root_belongs_to_the_owner_of_the_home(home: Home) -> None:
    os.chown(home.path, 65534, -1)
    open_database(home, "person").close()
    assert (home.runtime / "database.lock").stat().st_uid == 65534
