"""KeptStreams: one session of each peer, bytes and time."""

from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.kept_streams import KEPT_BYTES, KEPT_S, KeptStreams


def stream_with(cut_bytes: int) -> IncomingStream:
    stream = IncomingStream(b"s" * 16)
    stream.cut_frame = bytearray(cut_bytes)
    return stream


def test_a_peer_has_one_session_and_it_is_taken_once() -> None:
    kept: KeptStreams[IncomingStream] = KeptStreams()
    first, second = stream_with(1), stream_with(2)
    kept.keep("boat", 7, first, 0.0)
    kept.keep("boat", 8, second, 0.0)
    assert (kept.numbered(7), kept.numbered(8)) == (None, second)
    taken = kept.take("boat")
    assert taken is not None
    assert (taken.number, taken.stream) == (8, second)
    assert kept.take("boat") is None


def test_the_oldest_is_forgotten_when_they_hold_too_much() -> None:
    kept: KeptStreams[IncomingStream] = KeptStreams()
    for number in range(20):
        kept.keep(f"peer {number}", number, stream_with(KEPT_BYTES // 16), 0.0)
        assert kept.held_bytes <= KEPT_BYTES
    assert kept.take("peer 3") is None
    assert kept.take("peer 19") is not None


def test_a_session_larger_than_all_is_not_kept() -> None:
    kept: KeptStreams[IncomingStream] = KeptStreams()
    kept.keep("boat", 1, stream_with(KEPT_BYTES + 1), 0.0)
    assert (kept.take("boat"), kept.held_bytes) == (None, 0)


def test_a_session_is_forgotten_after_its_time() -> None:
    kept: KeptStreams[IncomingStream] = KeptStreams()
    kept.keep("boat", 1, stream_with(1), 5.0)
    assert kept.next_deadline_s() == 5.0 + KEPT_S
    kept.forget_old(4.9 + KEPT_S)
    assert kept.numbered(1) is not None
    kept.forget_old(5.0 + KEPT_S)
    assert (kept.numbered(1), kept.next_deadline_s()) == (None, None)
