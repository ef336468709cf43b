"""Records: round trips, and refusal of invalid payloads."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.ring.layout import PAYLOAD_LIMIT_BYTES
from netrelay.ring.records import (
    NOT_OPENED,
    REASON_LIMIT_BYTES,
    AgreementRecord,
    AgreementsTold,
    CallReport,
    CallState,
    Closed,
    Connect,
    Decided,
    Disconnect,
    Drop,
    Frame,
    HangUp,
    Moved,
    Moving,
    Opened,
    PeerCalled,
    PeerOpened,
    PlaceCall,
    Record,
    RecordError,
    RefusedRecord,
    Send,
    SlotFree,
    Stalled,
    Unagreed,
    Unanswered,
    WayTried,
    decode,
    encode,
)

PEER = "a" * 32
BIG = (1 << 64) - 1
# (kind, record): kinds are written out, since a change also needs a new RING_MAGIC (layout.py).
EXAMPLES: list[tuple[int, Record]] = [
    (1, Connect(PEER, 3, ["192.0.2.1", "node.local"], [7412, 7413], BIG, 1 << 20, 0, "::1", 10, 1)),
    (2, Send(7, BIG, 15, 1 << 20)),
    (3, Disconnect(7)),
    (4, HangUp(PEER)),
    (16, Opened(PEER, 3, 7, 0, 0, "192.0.2.1", "")),
    (16, Opened(PEER, 3, NOT_OPENED, -1, 30, "", "no route to host")),
    (17, SlotFree(0)),
    (18, Decided(7, BIG)),
    (19, RefusedRecord(7, 12, 3, 4, 60)),
    (20, Closed(7, "connection reset", 3, 1)),
    (21, PeerCalled(PEER)),
    (22, Stalled(3, 11, "another connection is dialled beside it")),
    (23, Moving(3)),
    (24, WayTried(PEER, "boat.example.org by wwan0", "no route to host")),
    (25, Moved(PEER, 3, "192.0.2.1")),
    (26, Unanswered(PEER, 3, 11, "it has not said with which frame to go on")),
    (32, PeerOpened(7, PEER, "192.0.2.1")),
    (33, Frame(7, PEER, 1, 2, 3, 1)),
    (35, Unagreed(PEER, "192.0.2.1")),
    (36, CallReport(PEER, CallState.SILENT, "no answer", 60)),
    (48, AgreementRecord(PEER, 5, 0)),
    (49, Drop(7, "bad frame")),
    (50, AgreementsTold()),
    (51, PlaceCall(PEER, ["192.0.2.1", "node.local"], [7412, 7413], 10)),
]


@pytest.mark.parametrize(("kind", "record"), EXAMPLES)
def test_record_round_trip(kind: int, record: Record) -> None:
    payload = encode(record)
    assert msgpack.unpackb(payload) == [kind, *record]
    back = decode(payload)
    assert type(back) is type(record)
    assert back == record


@pytest.mark.parametrize(
    ("items", "complaint"),
    [
        ([99, 1], "kind 99: must be one of"),
        ([True, 1], "begins with a kind"),
        ([], "begins with a kind"),
        ({}, "begins with a kind"),
        ([17], "SlotFree record of .*: must be"),
        ([17, 1, 2], "SlotFree record of"),
        ([17, "1"], "SlotFree record of"),
        ([17, True], "SlotFree record of"),
        ([17, -1], "SlotFree record with slot -1: must not be negative"),
        ([2, 1, 1, 1, -5], "Send record with length_bytes -5"),
        ([20, -1, "", 0, 0], "Closed record with handle -1"),
        ([1, PEER, 0, [7], [7412], 0, 0, 1, "", 0, 0], "7 in addresses: must be str"),
        ([1, PEER, 0, ["a"], ["b"], 0, 0, 1, "", 0, 0], "'b' in dataports: must be int"),
    ],
)
def test_an_invalid_record_is_refused_with_the_reason(items: object, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        decode(msgpack.packb(items))


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x91", b"\x93\x11\x01\xff\xff"])
def test_invalid_msgpack_is_refused(payload: bytes) -> None:
    with pytest.raises(RecordError):
        decode(payload)


@given(st.binary(max_size=PAYLOAD_LIMIT_BYTES))
def test_arbitrary_bytes_decode_or_raise(payload: bytes) -> None:
    try:
        record = decode(payload)
    except RecordError:
        return
    assert decode(encode(record)) == record


@pytest.mark.parametrize(
    "record",
    [
        Opened(PEER, 1, NOT_OPENED, -1, 0, "fe80::1%wlan0", "é" * 600),
        Closed(1, "é" * 600),
        Drop(1, "x" * 600),
    ],
)
def test_a_long_reason_is_truncated_between_characters(
    record: Opened | Closed | Drop,
) -> None:
    back = decode(encode(record))
    assert isinstance(back, Opened | Closed | Drop)
    assert back == record._replace(reason=back.reason)
    assert record.reason.startswith(back.reason)
    assert len(back.reason.encode()) == REASON_LIMIT_BYTES


def test_addresses_that_do_not_fit_are_refused() -> None:
    record = Connect(PEER, 1, ["h" * 250, "h" * 250], [7412], 1, 1 << 20)
    with pytest.raises(ValueError, match=r"Connect record of .* bytes: at most 496"):
        encode(record)
