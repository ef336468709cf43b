"""Poller: exact interests, also with closed descriptors and reused numbers."""

import os
import select
import socket
from collections.abc import Iterator

import pytest

from netrelay.runtime.poller import Poller


@pytest.fixture
def poller() -> Iterator[Poller]:
    poller = Poller()
    yield poller
    poller.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        try:
            os.close(descriptor)
        except OSError:
            continue


def renumbered(descriptor: int, number: int) -> int:
    """Duplicate a descriptor to another number, and return that."""
    if descriptor != number:
        os.dup2(descriptor, number)
        os.close(descriptor)
    return number


def test_a_ready_descriptor_ends_the_wait_and_is_reported(
    poller: Poller, pipe: tuple[int, int]
) -> None:
    reader, writer = pipe
    poller.watch(reader)
    poller.wait(0)
    assert not poller.is_ready(reader)
    os.write(writer, b"x")
    poller.wait(None)
    assert poller.is_ready(reader)
    assert not poller.is_ready(writer)
    os.read(reader, 1)
    poller.wait(0)
    assert not poller.is_ready(reader)


@pytest.mark.parametrize(
    ("read", "write", "ready"),
    [(True, False, True), (False, True, True), (True, True, True), (False, False, False)],
)
def test_a_socket_is_polled_for_its_interest(
    poller: Poller, read: bool, write: bool, ready: bool
) -> None:
    one, two = socket.socketpair()
    with one, two:
        two.send(b"x")
        poller.set_interests([(one.fileno(), read, write)])
        poller.wait(0)
        assert poller.is_ready(one.fileno()) == ready


def test_a_removed_interest_is_not_polled(poller: Poller) -> None:
    one, two = socket.socketpair()
    with one, two:
        two.close()
        poller.set_interests([(one.fileno(), True, False)])
        poller.wait(0)
        assert poller.is_ready(one.fileno())
        # End of file stays ready: a connection without a slot must not make the loop spin.
        for interests in ([], [(one.fileno(), False, False)]):
            poller.set_interests(interests)
            poller.wait(0)
            assert not poller.is_ready(one.fileno())


def test_a_changed_interest_replaces_the_former(poller: Poller) -> None:
    one, two = socket.socketpair()
    with one, two:
        poller.set_interests([(one.fileno(), False, True)])
        poller.set_interests([(one.fileno(), True, False)])
        poller.wait(0)
        assert not poller.is_ready(one.fileno())
        two.send(b"x")
        poller.wait(None)
        assert poller.is_ready(one.fileno())


def test_a_closed_descriptor_is_ignored(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, _ = pipe
    poller.set_interests([(reader, True, False)])
    os.close(reader)
    poller.set_interests([])
    poller.wait(0)
    assert not poller.is_ready(reader)


def test_a_reused_number_is_registered_again(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, _ = pipe
    poller.set_interests([(reader, True, False)])
    os.close(reader)
    one, two = socket.socketpair()
    with two:
        renumbered(one.detach(), reader)
        poller.set_interests([(reader, True, False)])
        poller.wait(0)
        assert not poller.is_ready(reader)
        two.send(b"x")
        poller.wait(None)
        assert poller.is_ready(reader)


def test_a_watched_descriptor_with_a_reused_number_stays_registered(
    poller: Poller, pipe: tuple[int, int]
) -> None:
    reader, _ = pipe
    poller.set_interests([(reader, True, False)])
    os.close(reader)
    one, two = socket.socketpair()
    with two:
        poller.watch(renumbered(one.detach(), reader))
        poller.set_interests([])
        two.send(b"x")
        poller.wait(1.0)
        assert poller.is_ready(reader)


def test_interests_do_not_affect_watched_descriptors(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    poller.watch(reader)
    one, two = socket.socketpair()
    with one, two:
        poller.set_interests([(one.fileno(), True, True)])
        poller.set_interests([])
        os.write(writer, b"x")
        poller.wait(None)
        assert poller.is_ready(reader)
        assert not poller.is_ready(one.fileno())


def test_a_timeout_is_limited_to_what_epoll_accepts(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    poller.watch(reader)
    poller.wait(-5.0)
    os.write(writer, b"x")
    # 1e9 s in milliseconds overflow the int of epoll_wait(2).
    with pytest.raises(OverflowError), select.epoll() as epoll:
        epoll.poll(1e9)
    for timeout_s in (1e9, float("inf")):
        poller.wait(timeout_s)
        assert poller.is_ready(reader)


def test_a_descriptor_that_another_process_holds_is_released_before_it_is_closed(
    poller: Poller,
) -> None:
    near, far = socket.socketpair()
    poller.set_interests([(near.fileno(), True, False)])
    elsewhere = near.dup()
    number = near.fileno()
    poller.release(number)
    near.close()
    far.send(b"for the other process")
    poller.set_interests([])
    poller.wait(0.0)
    assert not poller.is_ready(number), "it would wake this process for ever"
    elsewhere.close()
    far.close()
