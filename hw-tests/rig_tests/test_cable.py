"""Tests of a cable between two machines."""

import socket
from collections.abc import Iterator

import pytest

from rig.cable import cable_ends, plug_in

FRAME = b"frame"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    cable_ends.cache_clear()
    found = cable_ends("ab")
    yield found
    for end in found:
        end.close()
    cable_ends.cache_clear()


def test_what_goes_in_at_one_end_comes_out_at_the_other(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    one, other = ends
    one.send(FRAME)
    assert other.recv(100) == FRAME
    other.send(FRAME[::-1])
    assert one.recv(100) == FRAME[::-1]


def test_nobody_else_is_heard(ends: tuple[socket.socket, socket.socket]) -> None:
    one, other = ends
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"stranger", other.getsockname())
    one.send(FRAME)
    assert other.recv(100) == FRAME


def test_a_machine_that_reads_nothing_does_not_stop_the_other(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    one, _ = ends
    for _ in range(20_000):
        assert one.send(bytes(1500)) == 1500


def test_what_was_sent_to_a_machine_that_was_off_is_lost(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    one, other = ends
    for number in range(100):
        one.send(b"old %d" % number)
    assert plug_in("ab", 1) == other.fileno()
    one.send(FRAME)
    assert other.recv(100) == FRAME


def test_both_machines_get_ends_of_the_same_cable() -> None:
    assert {plug_in("ab", 0), plug_in("ab", 1)} == {end.fileno() for end in cable_ends("ab")}
    assert plug_in("bc", 0) not in {plug_in("ab", 0), plug_in("ab", 1)}
