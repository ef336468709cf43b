"""Held sockets: reused after a restart, and removed from the service manager if unused."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.link.listen import listen
from netrelay.runtime.held_sockets import HeldSockets, hold
from netrelay.runtime.listening import listen_on_ports
from tests.runtime.fake_service_manager import PATIENCE_S, FakeServiceManager

CHECKOUT = Path(__file__).resolve().parents[2]
POP = """
import os, sys
from netrelay.runtime.held_sockets import HeldSockets
held = HeldSockets()
popped = held.pop(sys.argv[1], int(sys.argv[2]))
left = sorted(name for name in os.environ if name.startswith("LISTEN_"))
inherited = popped is not None and os.get_inheritable(popped.fileno())
held.discard_rest()
open_now = [fd for fd in range(3, 10) if os.path.exists(f"/proc/self/fd/{fd}")]
port = None if popped is None else popped.getsockname()[1]
blocking = None if popped is None else popped.getblocking()
print(port, blocking, inherited, left, [] if popped is None else open_now == [popped.fileno()])
"""


@pytest.fixture
def manager(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServiceManager]:
    made = FakeServiceManager(place / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(made.path))
    for name in ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"):
        monkeypatch.delenv(name, raising=False)
    yield made
    made.close()


def store(manager: FakeServiceManager, address: str, name: str) -> int:
    """Store a listening socket in the service manager; return its port."""
    with listen(address, 0) as listener:
        hold(listener, name)
        manager.wait_for(f"FDNAME={name}")
        return int(listener.getsockname()[1])


def pop(manager: FakeServiceManager, address: str, port: int, place: Path) -> str:
    """Start a program that takes over the held sockets; return its output."""
    output = place / "output"
    script = place / "pop.py"
    script.write_text(POP)
    # It prints to a file, so that its descriptors are only those that were passed.
    shell = ["/bin/sh", "-c", 'exec "$@" >"$OUT"', "sh", sys.executable, str(script)]
    environment = {**os.environ, "OUT": str(output), "PYTHONPATH": str(CHECKOUT)}
    process = manager.start([*shell, address, str(port)], environment)
    while process.poll() is None:
        manager.process_messages()
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    assert process.returncode == 0
    return output.read_text().strip()


def test_a_held_socket_is_reused_with_its_accept_queue(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    # No process of ours listens now, and yet the connection is not refused.
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
        seen = pop(manager, "127.0.0.1", port, place)
    assert seen == f"{port} False False [] True"
    assert list(manager.store) == ["data-7412"]


def test_an_unused_socket_is_removed_from_the_service_manager(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    wanted = store(manager, "127.0.0.1", "data-7413")
    assert pop(manager, "127.0.0.1", wanted, place) == f"{wanted} False False [] True"
    assert list(manager.store) == ["data-7413"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def test_a_socket_of_another_address_is_not_reused(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    assert pop(manager, "127.0.0.2", port, place) == "None None False [] []"
    assert manager.store == {}


def test_other_descriptors_are_discarded(manager: FakeServiceManager, place: Path) -> None:
    manager.store["file"] = os.open("/dev/null", os.O_RDONLY)
    manager.store["data-1"] = socket.socket().detach()
    port = store(manager, "::1", "data-7412")
    assert pop(manager, "0:0:0::1", port, place) == f"{port} False False [] True"
    assert list(manager.store) == ["data-7412"]


def test_descriptors_for_another_process_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as listener:
        monkeypatch.setenv("LISTEN_FDS", str(max(1, listener.fileno() - 2)))
        monkeypatch.setenv("LISTEN_PID", "1")
        held = HeldSockets()
        assert held.pop("127.0.0.1", listener.getsockname()[1]) is None
        held.discard_rest()
        assert listener.fileno() >= 0
        assert "LISTEN_FDS" not in os.environ


@pytest.mark.parametrize("count", ["", "x", "-1", "4", "99999999999999999999"])
def test_an_invalid_count_is_ignored(count: str, place: Path, manager: FakeServiceManager) -> None:
    environment = {**os.environ, "LISTEN_FDS": count, "PYTHONPATH": str(CHECKOUT)}
    script = place / "pop.py"
    script.write_text(POP)
    process = manager.start([sys.executable, str(script), "127.0.0.1", "1"], environment)
    while process.poll() is None:
        manager.process_messages()
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    assert process.returncode == 0


def test_new_sockets_are_stored_under_kind_and_port(manager: FakeServiceManager) -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        ports = [first.getsockname()[1], second.getsockname()[1]]
    listeners = listen_on_ports("127.0.0.1", ports, "data")
    manager.wait_for("FDSTORE=1", 2)
    assert [each.getsockname()[1] for each in listeners] == ports
    assert list(manager.store) == [f"data-{port}" for port in ports]
    for each in listeners:
        each.close()


def test_without_a_service_manager_the_port_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("LISTEN_FDS", raising=False)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    (listener,) = listen_on_ports("127.0.0.1", (port,), "comms")
    with listener:
        assert listener.getsockname() == ("127.0.0.1", port)
