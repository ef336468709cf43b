"""Notifications to the service manager, and its watchdog."""

import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.runtime import service_manager
from netrelay.runtime.service_manager import (
    StartTimeout,
    Watchdog,
    notify,
    watchdog_interval_s,
)

Listener = tuple[socket.socket, Path]


@pytest.fixture
def listener(place: Path) -> Iterator[Listener]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(place / "socket"))
        receiver.setblocking(False)
        yield receiver, place / "socket"


def test_a_notification_is_received(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, path = listener
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    notify("READY=1")
    assert receiver.recv(100) == b"READY=1"


def test_an_abstract_socket_is_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"netrelay-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("READY=1")
        assert receiver.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere", "@nowhere", "x" * 200, "vsock:2:1"])
def test_a_missing_service_manager_is_ignored(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("READY=1")


def test_a_service_manager_that_does_not_read_does_not_block(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = listener
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    for _ in range(10_000):
        notify("WATCHDOG=1")


@pytest.mark.parametrize(
    ("microseconds", "pid", "interval_s"),
    [
        ("30000000", None, 15.0),
        ("30000000", "ours", 15.0),
        ("30000000", "1", None),
        ("0", None, None),
        ("", None, None),
        ("-1", None, None),
        ("soon", None, None),
        ("²", None, None),
    ],
)
def test_the_interval_is_half_the_limit(
    microseconds: str, pid: str | None, interval_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "ours" else pid)
    assert watchdog_interval_s() == interval_s


def test_the_watchdog_is_fed_at_half_its_limit_and_not_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 500.0
    fed: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    monkeypatch.setattr(service_manager, "notify", lambda _: fed.append(now_s))
    monkeypatch.setenv("WATCHDOG_USEC", "20000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    watchdog = Watchdog()
    assert watchdog.sleep_s(None) == 0.0
    watchdog.feed()
    watchdog.feed()
    assert fed == [500.0]
    assert watchdog.sleep_s(None) == 10.0
    assert watchdog.sleep_s(0.5) == 0.5
    now_s = 504.0
    watchdog.feed()
    # Also a busy process wakes up for the next feeding.
    assert (fed, watchdog.sleep_s(60.0)) == ([500.0], 6.0)
    now_s = 505.0
    watchdog.feed()
    assert fed == [500.0, 505.0]
    now_s = 600.0
    assert watchdog.sleep_s(60.0) == 0.0
    watchdog.feed()
    assert (fed[-1], watchdog.sleep_s(60.0)) == (600.0, 10.0)


def test_without_a_watchdog_the_delay_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert Watchdog().sleep_s(None) is None
    assert Watchdog().sleep_s(7.0) == 7.0


def test_a_slow_start_asks_for_a_minute_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [500.0]
    asked: list[tuple[float, str]] = []
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(service_manager, "notify", lambda text: asked.append((clock[0], text)))
    start = StartTimeout()
    for now_s in (500.0, 500.1, 509.9, 510.0, 519.9, 575.0):
        clock[0] = now_s
        start.extend()
    minute = "EXTEND_TIMEOUT_USEC=60000000"
    assert asked == [(500.0, minute), (510.0, minute), (575.0, minute)]


def test_no_descriptor_leaks(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, path = listener
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        notify("WATCHDOG=1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert select.select([receiver], [], [], 0)[0]
