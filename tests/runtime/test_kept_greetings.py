"""Connections of greetings: which are kept, for whom, and until when."""

from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from types import SimpleNamespace
from typing import Any

import pytest

from netrelay.link.link_closed import LinkClosed
from netrelay.ring.handed_ends import EndKind, hand_end
from netrelay.runtime import kept_greetings
from netrelay.runtime.kept_greetings import KeptGreetings

ADDRESS = "192.0.2.1"


class HandShared:
    """A SharedConnection that ends when the test says so."""

    made: list["HandShared"]

    def __init__(
        self, connection: Any, accept: Callable[[], socket | None], expires_s: float
    ) -> None:
        self.connection = connection
        self.accept = accept
        self.deadline_s = expires_s
        self.wires: list[socket] = []
        self.is_closed = self.ends = False
        HandShared.made.append(self)

    @property
    def is_used(self) -> bool:
        return bool(self.wires)

    @property
    def may_carry(self) -> bool:
        return not self.wires

    def carry(self, wire: socket) -> None:
        self.wires.append(wire)

    def service(self, _now_s: float) -> None:
        if self.ends:
            raise LinkClosed("it has ended")

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        yield 0, True, False

    def close(self) -> None:
        self.is_closed = True
        for wire in self.wires:
            wire.close()


class HandConnection:
    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Stage:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.peers = {name * 32: SimpleNamespace(is_metered=False) for name in "ab"}
        node: Any = SimpleNamespace(
            home=SimpleNamespace(runtime=directory),
            database=SimpleNamespace(process="initial_sender"),
            poller=SimpleNamespace(watch=lambda _: None),
        )
        self.kept = KeptGreetings(node, SimpleNamespace(peers=self.peers))  # type: ignore[arg-type]

    def keep(self, peer: str) -> HandShared:
        connection: Any = HandConnection()
        self.kept.keep(peer, ADDRESS, connection, 100.0)
        return HandShared.made[-1]

    def ask(self, peer: str, address: str = ADDRESS) -> socket:
        near = hand_end(self.directory, "initial_sender", EndKind.CARRY, peer, address)
        assert near is not None
        self.kept.service(100.0)
        return near


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    HandShared.made = []
    monkeypatch.setattr(kept_greetings, "SharedConnection", HandShared)
    made = Stage(tmp_path)
    yield made
    made.kept.close()


def is_refused(near: socket) -> bool:
    """Return whether the other end was closed."""
    try:
        return near.recv(1) == b""
    except BlockingIOError:
        return False


def test_it_is_given_once_and_to_who_asks_for_that_peer_at_that_address(stage: Stage) -> None:
    shared = stage.keep("a" * 32)
    assert is_refused(stage.ask("b" * 32))
    assert is_refused(stage.ask("a" * 32, "192.0.2.9"))
    near = stage.ask("a" * 32)
    assert (is_refused(near), len(shared.wires)) == (False, 1)
    assert is_refused(stage.ask("a" * 32)), "it carries one already"
    near.close()


def test_a_newer_one_takes_its_place(stage: Stage) -> None:
    first, second = stage.keep("a" * 32), stage.keep("a" * 32)
    assert (first.is_closed, second.is_closed) == (True, False)


def test_no_more_are_kept_than_there_are_places(stage: Stage) -> None:
    kept = [stage.keep(str(number)) for number in range(65)]
    assert [each.is_closed for each in kept] == [True] + [False] * 64


@pytest.mark.parametrize("cause", ["removed", "metered", "ended"])
def test_it_ends(stage: Stage, cause: str) -> None:
    shared = stage.keep("a" * 32)
    other = stage.keep("b" * 32)
    if cause == "removed":
        del stage.peers["a" * 32]
    elif cause == "metered":
        stage.peers["a" * 32].is_metered = True
    else:
        shared.ends = True
    stage.kept.service(100.0)
    assert (shared.is_closed, other.is_closed) == (True, False)
    assert is_refused(stage.ask("a" * 32))


def test_what_is_used_is_waited_for_at_a_stop(stage: Stage) -> None:
    used, unused = stage.keep("a" * 32), stage.keep("b" * 32)
    near = stage.ask("a" * 32)
    stage.kept.wind_down()
    assert (unused.is_closed, stage.kept.is_wound_down) == (True, False)
    late = stage.keep("b" * 32)
    assert late is unused, "none is kept any more"
    used.ends = True
    stage.kept.service(100.0)
    assert stage.kept.is_wound_down
    near.close()
