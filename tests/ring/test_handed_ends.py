"""Ends of local sockets that sender hands to receiver."""

from pathlib import Path

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
