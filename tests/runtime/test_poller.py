"""A process sleeps on exactly what it asks for, whatever became of the descriptors."""

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


def moved(descriptor: int, number: int) -> int:
    """Give a descriptor another number."""
    if descriptor != number:
        os.dup2(descriptor, number)
        os.close(descriptor)
    return number


def test_what_is_ready_ends_the_sleep_and_is_known(poller: Poller, pipe: tuple[int, int]) -> None:
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
def test_a_socket_is_followed_for_what_is_asked(
    poller: Poller, read: bool, write: bool, ready: bool
) -> None:
    one, two = socket.socketpair()
    with one, two:
        two.send(b"x")
        poller.follow([(one.fileno(), read, write)])
        poller.wait(0)
        assert poller.is_ready(one.fileno()) == ready


def test_what_is_not_asked_for_again_is_not_waited_for(poller: Poller) -> None:
    one, two = socket.socketpair()
    with one, two:
        two.close()
        poller.follow([(one.fileno(), True, False)])
        poller.wait(0)
        assert poller.is_ready(one.fileno())
        # An end of file is ready for ever: a starved connection must not make the loop spin.
        for waits in ([], [(one.fileno(), False, False)]):
            poller.follow(waits)
            poller.wait(0)
            assert not poller.is_ready(one.fileno())


def test_asking_for_something_else_changes_what_is_waited_for(poller: Poller) -> None:
    one, two = socket.socketpair()
    with one, two:
        poller.follow([(one.fileno(), False, True)])
        poller.follow([(one.fileno(), True, False)])
        poller.wait(0)
        assert not poller.is_ready(one.fileno())
        two.send(b"x")
        poller.wait(None)
        assert poller.is_ready(one.fileno())


def test_what_was_closed_meanwhile_is_no_trouble(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, _ = pipe
    poller.follow([(reader, True, False)])
    os.close(reader)
    poller.follow([])
    poller.wait(0)
    assert not poller.is_ready(reader)


def test_a_number_given_out_again_is_followed_anew(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, _ = pipe
    poller.follow([(reader, True, False)])
    os.close(reader)
    one, two = socket.socketpair()
    with two:
        moved(one.detach(), reader)
        poller.follow([(reader, True, False)])
        poller.wait(0)
        assert not poller.is_ready(reader)
        two.send(b"x")
        poller.wait(None)
        assert poller.is_ready(reader)


def test_a_followed_number_given_out_again_to_one_that_is_watched_stays(
    poller: Poller, pipe: tuple[int, int]
) -> None:
    reader, _ = pipe
    poller.follow([(reader, True, False)])
    os.close(reader)
    one, two = socket.socketpair()
    with two:
        poller.watch(moved(one.detach(), reader))
        poller.follow([])
        two.send(b"x")
        poller.wait(1.0)
        assert poller.is_ready(reader)


def test_the_watched_stay_whatever_is_followed(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    poller.watch(reader)
    one, two = socket.socketpair()
    with one, two:
        poller.follow([(one.fileno(), True, True)])
        poller.follow([])
        os.write(writer, b"x")
        poller.wait(None)
        assert poller.is_ready(reader)
        assert not poller.is_ready(one.fileno())


def test_times_are_bounded_to_what_the_kernel_takes(poller: Poller, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    poller.watch(reader)
    poller.wait(-5.0)
    os.write(writer, b"x")
    # 1e9 seconds in milliseconds are no int: epoll_wait(2) would refuse them.
    with pytest.raises(OverflowError), select.epoll() as epoll:
        epoll.poll(1e9)
    for timeout_s in (1e9, float("inf")):
        poller.wait(timeout_s)
        assert poller.is_ready(reader)
