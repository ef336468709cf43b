"""Connections handed from one process to another."""

import socket
from pathlib import Path

from netrelay.ring.handed_calls import HandedCalls, hand_call

from .pair import is_readable


def test_a_handed_connection_works_after_its_first_owner_closed_it(directory: Path) -> None:
    handed = HandedCalls(directory)
    assert list(handed.receive(4)) == []
    near, far = socket.socketpair()
    assert hand_call(directory, near)
    near.close()
    assert is_readable((handed.fileno(),))
    ((taken, line),) = handed.receive(4)
    assert line == ""
    far.send(b"over")
    assert taken.recv(4) == b"over"
    assert not taken.getblocking()
    assert not taken.get_inheritable()
    taken.close()
    far.close()
    handed.close()


def test_the_line_by_which_it_came_goes_with_it(directory: Path) -> None:
    handed = HandedCalls(directory)
    near, far = socket.socketpair()
    with near, far:
        assert hand_call(directory, near, "serial:/dev/ttyUSB0,9600")
        ((taken, line),) = handed.receive(4)
        taken.close()
    assert line == "serial:/dev/ttyUSB0,9600"
    handed.close()


def test_nobody_takes_a_call_when_sender_is_absent_or_does_not_read(directory: Path) -> None:
    near, far = socket.socketpair()
    assert not hand_call(directory, near)
    handed = HandedCalls(directory)
    taken = 0
    while hand_call(directory, near):
        taken += 1
        assert taken < 10_000, "its queue has a bound"
    held = list(handed.receive(2))
    assert len(held) == 2, "at most what was asked for"
    assert hand_call(directory, near), "there is room again"
    for wire, _line in (*held, *handed.receive(taken)):
        wire.close()
    near.close()
    far.close()
    handed.close()
    assert list(directory.iterdir()) == []


def test_only_the_user_of_the_node_may_hand_over(directory: Path) -> None:
    handed = HandedCalls(directory)
    assert (directory / "sender.calls").stat().st_mode & 0o777 == 0o600
    handed.close()
