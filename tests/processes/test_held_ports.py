"""Restarts of receiver and initial_receiver: a connection made meanwhile is not refused."""

import os
import select
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine
from tests.runtime.fake_service_manager import PATIENCE_S, FakeServiceManager, python
from tests.story.nodes import free_address


@pytest.fixture
def manager() -> Iterator[FakeServiceManager]:
    with tempfile.TemporaryDirectory(prefix="nr-") as place:
        made = FakeServiceManager(Path(place) / "notify")
        yield made
        made.close()


def start(manager: FakeServiceManager, line: CommandLine, process: str) -> subprocess.Popen[bytes]:
    """Start a process as its unit does; return when it is ready."""
    ready = sum("READY=1" in each for each in manager.texts)
    environment = {**os.environ, "NETRELAY_RUNTIME_DIRECTORY": str(line.runtime)}
    words = python("netrelay", "run", process, "--home", str(line.home.path))
    started = manager.start(words, environment)
    manager.wait_for("READY=1", ready + 1)
    return started


def is_served(caller: socket.socket) -> bool:
    """Return whether a process answers bytes that are not TLS, or closes the connection."""
    caller.sendall(b"no TLS at all\r\n\r\n")
    try:
        return bool(select.select([caller], [], [], PATIENCE_S)[0]) and caller.recv(100) is not None
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    ("process", "port", "name"),
    [("receiver", 7412, "data-7412"), ("initial_receiver", 7411, "comms-7411")],
)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_connection_is_refused_during_a_restart(
    process: str, port: int, name: str, how: signal.Signals, manager: FakeServiceManager
) -> None:
    address = free_address()
    with tempfile.TemporaryDirectory(prefix="nr-") as place:
        line = CommandLine(Path(place) / "shelf")
        line.good("init", "shelf", "--address", address)
        first = start(manager, line, process)
        assert list(manager.store) == [name]
        first.send_signal(how)
        first.wait(PATIENCE_S)
        callers = [socket.create_connection((address, port), PATIENCE_S) for _ in range(20)]
        second = start(manager, line, process)
        try:
            assert all(is_served(caller) for caller in callers)
            # Stored once, then inherited: a new listening socket would not have the connections.
            assert sum("FDSTORE=1" in text for text in manager.texts) == 1
            assert list(manager.store) == [name]
        finally:
            for caller in callers:
                caller.close()
            second.terminate()
            assert second.wait(PATIENCE_S) == 0


def free_ports(count: int) -> list[int]:
    """Return ports that are free on every address of this computer."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("0.0.0.0", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_a_port_removed_from_the_configuration_is_closed(manager: FakeServiceManager) -> None:
    address, other = free_address(), free_address()
    old, kept, new = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="nr-") as place:
        line = CommandLine(Path(place) / "shelf")
        ports = ("--dataport", str(old), "--dataport", str(kept))
        line.good("init", "shelf", "--address", address, *ports)
        first = start(manager, line, "receiver")
        assert sorted(manager.store) == sorted([f"data-{old}", f"data-{kept}"])
        first.terminate()
        assert first.wait(PATIENCE_S) == 0
        text = line.home.config.read_text().replace(f"[{old}, {kept}]", f"[{kept}, {new}]")
        line.home.config.write_text(text)
        second = start(manager, line, "receiver")
        assert sorted(manager.store) == sorted([f"data-{kept}", f"data-{new}"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, old), PATIENCE_S)
        second.terminate()
        assert second.wait(PATIENCE_S) == 0
        # The same ports on every address can be bound only after the old sockets are closed.
        line.home.config.write_text(text.replace(f'"{address}"', '"0.0.0.0"'))
        third = start(manager, line, "receiver")
        with socket.create_connection((other, new), PATIENCE_S):
            third.terminate()
            assert third.wait(PATIENCE_S) == 0
