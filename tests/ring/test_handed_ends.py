"""Ends of local sockets that sender hands to receiver."""

import errno
import os
import socket
from pathlib import Path

import pytest

from netrelay.ring.handed_ends import EndKind, HandedEnds, hand_end

PEER = "a" * 32


def test_an_end_arrives_with_what_it_is_for(directory: Path) -> None:
    handed = HandedEnds(directory, "receiver")
    assert list(handed.receive(4)) == []
    near = hand_end(directory, "receiver", EndKind.CARRY, PEER, "2001:db8::1")
    assert near is not None
    (end,) = handed.receive(4)
    assert end[:3] == (EndKind.CARRY, PEER, "2001:db8::1")
    near.send(b"over")
    assert end.wire.recv(4) == b"over"
    assert not end.wire.get_inheritable()
    end.wire.close()
    assert near.recv(4) == b""
    near.close()
    handed.close()
    assert list(directory.iterdir()) == []


def test_nobody_takes_one_when_receiver_is_absent_or_does_not_read(directory: Path) -> None:
    assert hand_end(directory, "receiver", EndKind.ACCEPT, PEER, "192.0.2.1") is None
    handed = HandedEnds(directory, "receiver")
    given = []
    while (near := hand_end(directory, "receiver", EndKind.ACCEPT, PEER, "192.0.2.1")) is not None:
        given.append(near)
        assert len(given) < 10_000, "its queue has a bound"
    for end in handed.receive(len(given)):
        end.wire.close()
    for near in given:
        near.close()
    handed.close()


@pytest.mark.parametrize("said", [b"", b"\xff", b"1", b"1 peer", b"7 peer 192.0.2.1", b"x y z"])
def test_what_cannot_be_read_is_closed_and_the_next_end_arrives(
    directory: Path, said: bytes
) -> None:
    handed = HandedEnds(directory, "receiver")
    near, far = socket.socketpair()
    with far, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.connect(str(directory / "receiver.ends"))
        socket.send_fds(sending, [said], [far.fileno()])
    given = hand_end(directory, "receiver", EndKind.ACCEPT, PEER, "an address that is gone")
    assert given is not None
    (end,) = handed.receive(4)
    assert end[:3] == (EndKind.ACCEPT, PEER, "an address that is gone")
    assert near.recv(1) == b""
    for each in (end.wire, given, near):
        each.close()
    handed.close()


def test_no_free_descriptor_is_as_nobody_there(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = HandedEnds(directory, "receiver")

    def refuse() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(socket, "socketpair", refuse)
    assert hand_end(directory, "receiver", EndKind.CARRY, PEER, "192.0.2.1") is None
    handed.close()
