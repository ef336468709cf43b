"""Listening sockets that the service manager kept are used again, and others are let go."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.link.listen import listen
from netrelay.runtime.held_sockets import HeldSockets, hold
from netrelay.runtime.listening import listen_to_all
from tests.runtime.fake_service_manager import PATIENCE_S, FakeServiceManager

CHECKOUT = Path(__file__).resolve().parents[2]
TAKE = """
import os, sys
from netrelay.runtime.held_sockets import HeldSockets
held = HeldSockets()
taken = held.take(sys.argv[1], int(sys.argv[2]))
left = sorted(name for name in os.environ if name.startswith("LISTEN_"))
inherited = taken is not None and os.get_inheritable(taken.fileno())
held.let_go()
open_now = [fd for fd in range(3, 10) if os.path.exists(f"/proc/self/fd/{fd}")]
where = None if taken is None else taken.getsockname()[1]
blocking = None if taken is None else taken.getblocking()
print(where, blocking, inherited, left, [] if taken is None else open_now == [taken.fileno()])
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
    """Let the manager keep a listening socket; gives its port."""
    with listen(address, 0) as listener:
        hold(listener, name)
        manager.wait_for(f"FDNAME={name}")
        return int(listener.getsockname()[1])


def take(manager: FakeServiceManager, address: str, port: int, place: Path) -> str:
    """Start a program that takes what is held; gives what it saw."""
    output = place / "output"
    script = place / "take.py"
    script.write_text(TAKE)
    # A file it prints to, so that nothing but what was handed over is among its descriptors.
    shell = ["/bin/sh", "-c", 'exec "$@" >"$OUT"', "sh", sys.executable, str(script)]
    environment = {**os.environ, "OUT": str(output), "PYTHONPATH": str(CHECKOUT)}
    process = manager.start([*shell, address, str(port)], environment)
    while process.poll() is None:
        manager.hear()
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    assert process.returncode == 0
    return output.read_text().strip()


def test_a_socket_is_kept_and_taken_over_with_its_queue(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    # Nobody listens in any process of ours now, and yet nobody is refused.
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
        seen = take(manager, "127.0.0.1", port, place)
    assert seen == f"{port} False False [] True"
    assert list(manager.store) == ["data-7412"]


def test_what_listens_elsewhere_is_closed_there_too(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    wanted = store(manager, "127.0.0.1", "data-7413")
    assert take(manager, "127.0.0.1", wanted, place) == f"{wanted} False False [] True"
    assert list(manager.store) == ["data-7413"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def test_another_address_with_the_same_port_is_another_place(
    manager: FakeServiceManager, place: Path
) -> None:
    port = store(manager, "127.0.0.1", "data-7412")
    assert take(manager, "127.0.0.2", port, place) == "None None False [] []"
    assert manager.store == {}


def test_what_is_no_listening_socket_is_passed_over(
    manager: FakeServiceManager, place: Path
) -> None:
    manager.store["file"] = os.open("/dev/null", os.O_RDONLY)
    manager.store["data-1"] = socket.socket().detach()
    port = store(manager, "::1", "data-7412")
    assert take(manager, "0:0:0::1", port, place) == f"{port} False False [] True"
    assert list(manager.store) == ["data-7412"]


def test_descriptors_of_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as listener:
        monkeypatch.setenv("LISTEN_FDS", str(max(1, listener.fileno() - 2)))
        monkeypatch.setenv("LISTEN_PID", "1")
        held = HeldSockets()
        assert held.take("127.0.0.1", listener.getsockname()[1]) is None
        held.let_go()
        assert listener.fileno() >= 0
        assert "LISTEN_FDS" not in os.environ


@pytest.mark.parametrize("count", ["", "x", "-1", "4", "99999999999999999999"])
def test_a_wrong_count_is_no_trouble(count: str, place: Path, manager: FakeServiceManager) -> None:
    environment = {**os.environ, "LISTEN_FDS": count, "PYTHONPATH": str(CHECKOUT)}
    script = place / "take.py"
    script.write_text(TAKE)
    process = manager.start([sys.executable, str(script), "127.0.0.1", "1"], environment)
    while process.poll() is None:
        manager.hear()
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    assert process.returncode == 0


def test_new_sockets_are_kept_under_kind_and_port(manager: FakeServiceManager) -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        ports = [first.getsockname()[1], second.getsockname()[1]]
    listeners = listen_to_all("127.0.0.1", ports, "data")
    manager.wait_for("FDSTORE=1", 2)
    assert [each.getsockname()[1] for each in listeners] == ports
    assert list(manager.store) == [f"data-{port}" for port in ports]
    for each in listeners:
        each.close()


def test_without_a_service_manager_it_just_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("LISTEN_FDS", raising=False)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    (listener,) = listen_to_all("127.0.0.1", (port,), "comms")
    with listener:
        assert listener.getsockname() == ("127.0.0.1", port)
