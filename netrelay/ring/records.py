"""The records exchanged over the rings, between the network processes and the database processes.

A record is encoded as one msgpack array whose first element is the number of its kind. A handle is
a number that the network process (sender, receiver) assigned to one of its connections; it is valid
in that process and generation only. `frame` is the number of a frame on its connection, from 1;
`message_index` is the position of a message in its frame, from 0.

    processor_s -> sender      Connect Send Disconnect HangUp
    sender -> processor_s      Opened SlotFree Decided RefusedRecord Closed PeerCalled WireBytes
                               Stalled Moving
    receiver -> processor_r    PeerOpened Frame Unagreed CallReport WireBytes
    processor_r -> receiver    AgreementRecord AgreementsTold SlotFree Decided RefusedRecord Drop
                               PlaceCall KeepCall HoldPeer
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

import msgpack

from netrelay.core.way import MOST_WAYS

from .layout import PAYLOAD_LIMIT_BYTES

NOT_OPENED: Final = -1
# Length of a reason after truncation, when the record would not fit a place of the ring.
REASON_LIMIT_BYTES = 200
# The `most_frame_bytes` of a HoldPeer that ends a hold.
NO_HOLD: Final = 0xFFFFFFFF
_HOSTS_BYTES: Final = 256


class RecordError(ValueError):
    """A payload is no record: the other process runs another version, or is faulty."""


class Connect(NamedTuple):
    """Open a connection to a peer; answered by one Opened with the same peer and attempt.

    To a peer that calls, without addresses: the call that waits becomes the connection. goes_on:
    whether the session of before may go on; else it is forgotten. reverse_address: a connection
    that the peer has dialled from there may carry this one in reverse; "": none may. rest_s: close
    it when nothing was on its way for so long; 0: never. is_beside: 1 for one more connection to a
    peer, by one of its ways: of no session, and closed as soon as it stalls.
    """

    peer: str
    attempt: int
    addresses: list[str]
    dataports: list[int]
    agreement: int
    message_size_bytes: int
    goes_on: int = 1
    reverse_address: str = ""
    rest_s: int = 0
    is_beside: int = 0


class Send(NamedTuple):
    """Send the frame in the first bytes of the slot; the slot comes back in a SlotFree."""

    handle: int
    frame: int
    slot: int
    length_bytes: int


class Disconnect(NamedTuple):
    """Close the connection; answered by Closed."""

    handle: int


class PeerCalled(NamedTuple):
    """A peer that cannot be dialled has called; its call waits for a Connect, or a HangUp."""

    peer: str


class HangUp(NamedTuple):
    """Close the call of this peer that waits: there is no agreement with it."""

    peer: str


class Opened(NamedTuple):
    """Outcome of a Connect: a handle, or NOT_OPENED and the reason.

    `verdict` is the code of the peer's VERDICT frame, -1 when none arrived. `address` is the IP
    address that was reached, else the last one that was tried; empty without one. resumed: frames
    up to this one were begun on the connection before, and go on; 0 where frames begin from 1.
    """

    peer: str
    attempt: int
    handle: int
    verdict: int
    retry_after_s: int
    address: str
    reason: str
    resumed: int = 0


class WayTried(NamedTuple):
    """A way to a peer was dialled, before the Opened of its attempt; reason: "" if reached."""

    peer: str
    way: str
    reason: str


class SlotFree(NamedTuple):
    """The consumer has finished with the slot."""

    slot: int


class Decided(NamedTuple):
    """Every frame up to this one is decided, and durable except for refused messages."""

    handle: int
    frame: int


class RefusedRecord(NamedTuple):
    """One message of a frame is refused; precedes the Decided that covers its frame."""

    handle: int
    frame: int
    message_index: int
    code: int
    retry_after_s: int


class Closed(NamedTuple):
    """The connection is closed; its handle is no longer valid.

    begun: the last frame that may go on with the next connection to this peer; 0: none does. how:
    an EndOfLink.
    """

    handle: int
    reason: str
    begun: int = 0
    how: int = 0


class EndOfLink(IntEnum):
    """Kinds of the end of a connection that was open."""

    BROKEN = 0
    RESTED = 1  # closed by this node: nothing was on its way for long
    CLOSED_BY_PEER = 2  # in order, while nothing was on its way
    SILENT = 3  # given up by this node: the peer may not know it yet


class Stalled(NamedTuple):
    """Nothing of what was sent on a connection has arrived for some seconds; reason: for people."""

    handle: int
    for_s: int
    reason: str


class Unanswered(NamedTuple):
    """A connection was reached for some seconds, and its peer has not answered; reason: with what.

    Its Opened follows.
    """

    peer: str
    attempt: int
    for_s: int
    reason: str


class Moved(NamedTuple):
    """Another connection was dialled beside an open one: how that ended, after its WayTrieds.

    address: where the connection of this handle goes on now; empty: it stays where it was.
    """

    peer: str
    handle: int
    address: str


class Moving(NamedTuple):
    """A connection that was reported as stalled moves again."""

    handle: int


class PeerOpened(NamedTuple):
    """An authenticated peer has connected under a valid agreement."""

    handle: int
    peer: str
    address: str


class Frame(NamedTuple):
    """A frame of messages is in the first bytes of the slot; only its length has been checked.

    is_medium: 1 if it came from a file that the peer has written to a medium: under no agreement.
    """

    handle: int
    peer: str
    frame: int
    slot: int
    length_bytes: int
    is_medium: int = 0


class Unagreed(NamedTuple):
    """An authenticated peer stated an agreement that this node does not have."""

    peer: str
    address: str


class CallState(IntEnum):
    """The state of a call that was placed."""

    UNREACHED = 0
    UNAGREED = 1
    OPEN = 2
    ENDED = 3
    SILENT = 4  # ended: its probes were not answered
    KEPT = 5  # open: a probe after the silence of KeepCall was answered
    RESTED = 6  # ended: nothing came for the time of PlaceCall


class PlaceCall(NamedTuple):
    """Place a call to a peer; answered by CallReports, of which the last is not OPEN or KEPT.

    rest_s: hang up when nothing came for so long; 0: never.
    """

    peer: str
    addresses: list[str]
    dataports: list[int]
    rest_s: int = 0


class KeepCall(NamedTuple):
    """Probe the open call of a peer after so many seconds of silence at most; 0: now, once."""

    peer: str
    idle_s: int


class CallReport(NamedTuple):
    """The state of the call to a peer, a CallState, and why it is not open.

    silence_s: of SILENT, the silence after which its probe was not answered; else 0.
    """

    peer: str
    state: int
    reason: str
    silence_s: int = 0


class WireBytes(NamedTuple):
    """Bytes that a peer's connection put on the wire, both ways, since the last such record.

    Reported of peers with a budget; sender reports what it wrote of a frame before its SlotFree.
    """

    peer: str
    count_bytes: int


class HoldPeer(NamedTuple):
    """Receive no longer frames than this of a peer until another HoldPeer; NO_HOLD ends it."""

    peer: str
    most_frame_bytes: int


class AgreementRecord(NamedTuple):
    """The agreement with a peer from now on; a message size of 0 removes the peer."""

    peer: str
    number: int
    message_size_bytes: int


class AgreementsTold(NamedTuple):
    """Every agreement of this generation has been sent."""


class Drop(NamedTuple):
    """Close the connection; its handle is no longer valid."""

    handle: int
    reason: str


Record = (
    Connect
    | Send
    | Disconnect
    | Opened
    | SlotFree
    | Decided
    | RefusedRecord
    | Closed
    | PeerOpened
    | Frame
    | Unagreed
    | AgreementRecord
    | AgreementsTold
    | Drop
    | PeerCalled
    | HangUp
    | PlaceCall
    | KeepCall
    | CallReport
    | WireBytes
    | HoldPeer
    | Stalled
    | Moving
    | Moved
    | Unanswered
    | WayTried
)

_CLASSES: Final[dict[int, type[Record]]] = {
    1: Connect,
    2: Send,
    3: Disconnect,
    4: HangUp,
    16: Opened,
    17: SlotFree,
    18: Decided,
    19: RefusedRecord,
    20: Closed,
    21: PeerCalled,
    22: Stalled,
    23: Moving,
    24: WayTried,
    25: Moved,
    26: Unanswered,
    32: PeerOpened,
    33: Frame,
    35: Unagreed,
    36: CallReport,
    48: AgreementRecord,
    49: Drop,
    50: AgreementsTold,
    51: PlaceCall,
    52: KeepCall,
    53: HoldPeer,
    64: WireBytes,
}
_KINDS: Final = {record_class: kind for kind, record_class in _CLASSES.items()}
_LISTS: Final = (list[str], list[int])
_SHAPES: Final[dict[int, tuple[type, ...]]] = {
    kind: tuple(list if field in _LISTS else field for field in kept.__annotations__.values())
    for kind, kept in _CLASSES.items()
}
# Only these two fields of Opened may be -1; every other number is a count, a size or an index.
_MAY_BE_NEGATIVE: Final = frozenset({"handle", "verdict"})
_UNSIGNED_PLACES: Final = {
    kind: tuple(
        place
        for place, (name, field) in enumerate(kept.__annotations__.items())
        if field is int and not (kept is Opened and name in _MAY_BE_NEGATIVE)
    )
    for kind, kept in _CLASSES.items()
}
_pack = msgpack.packb
_unpack = msgpack.unpackb


def hosts_that_fit(hosts: Sequence[str]) -> list[str]:
    """Return the first hosts, as many as a Connect or PlaceCall holds."""
    fitting: list[str] = []
    for host in hosts:
        if sum(map(len, fitting)) + len(host.encode()) <= _HOSTS_BYTES:
            fitting.append(host)
    return fitting[: MOST_WAYS + 1]


def encode(record: Record) -> bytes:
    """Return the payload of a record; a `reason` that does not fit is truncated.

    Raise ValueError when the record is still too long, which only the addresses of a Connect or
    PlaceCall can cause.
    """
    payload: bytes = _pack((_KINDS[type(record)], *record))
    if len(payload) <= PAYLOAD_LIMIT_BYTES:
        return payload
    if isinstance(record, Opened | Closed | Drop | CallReport | WayTried):
        # Beside the longest host name, 253 bytes (RFC 1035), there is room for 100.
        limit_bytes = 100 if isinstance(record, WayTried) else REASON_LIMIT_BYTES
        short = record.reason.encode()[:limit_bytes].decode(errors="ignore")
        payload = _pack((_KINDS[type(record)], *record._replace(reason=short)))
    if len(payload) > PAYLOAD_LIMIT_BYTES:
        raise ValueError(
            f"{type(record).__name__} record of {len(payload)} bytes: "
            f"at most {PAYLOAD_LIMIT_BYTES} allowed"
        )
    return payload


def decode(payload: bytes) -> Record:
    """Return the record in a payload; raise RecordError for anything else.

    The types and signs of the fields are checked. Slot and length are checked by SlotWindow.view;
    codes and sizes are the caller's to check.
    """
    try:
        items = _unpack(payload)
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise RecordError(f"record of {len(payload)} bytes is not msgpack: {error}") from error
    if type(items) is not list or not items or type(items[0]) is not int:
        raise RecordError(f"record of {len(payload)} bytes is not an array that begins with a kind")
    kind, *fields = items
    record_class = _CLASSES.get(kind)
    if record_class is None:
        raise RecordError(f"record of kind {kind}: must be one of {sorted(_CLASSES)}")
    _check_fields(kind, record_class, fields)
    return record_class(*fields)


def _check_fields(kind: int, record_class: type[Record], fields: list[Any]) -> None:
    if tuple(map(type, fields)) != _SHAPES[kind]:
        given = [type(item).__name__ for item in fields]
        wanted = [shape.__name__ for shape in _SHAPES[kind]]
        raise RecordError(f"{record_class.__name__} record of {given}: must be {wanted}")
    for place in _UNSIGNED_PLACES[kind]:
        if fields[place] < 0:
            name = record_class._fields[place]
            raise RecordError(
                f"{record_class.__name__} record with {name} {fields[place]}: must not be negative"
            )
    for name, field in zip(record_class._fields, fields, strict=True):
        if name in ("addresses", "dataports"):
            _check_items(record_class, name, field, str if name == "addresses" else int)


def _check_items(record_class: type[Record], name: str, items: list[Any], item_type: type) -> None:
    for item in items:
        if type(item) is not item_type:
            raise RecordError(
                f"{record_class.__name__} record with {item!r} in {name}: must be"
                f" {item_type.__name__}"
            )
