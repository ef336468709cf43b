"""The records that travel in the rings: what a handle's owner and the database's side tell another.

On the way each is one msgpack array, its first element the number of its kind. A handle is the
number that the process next to the network (sender, receiver) gave one of its connections; it
means something in that process and that generation alone. A frame is the frame's number on its
connection, counted from 1; a message index is its place in its frame, from 0.

    processor_s -> sender      Connect Send Disconnect
    sender -> processor_s      Opened SlotFree Decided Refused Closed
    receiver -> processor_r    PeerOpened Frame PeerClosed Unagreed
    processor_r -> receiver    Agreement AgreementsTold SlotFree Decided Refused Drop
"""

from typing import Any, Final, NamedTuple

import msgpack

from .layout import PAYLOAD_LIMIT_BYTES

NOT_OPENED: Final = -1
# Longer reasons are cut to this when the whole does not fit a record.
REASON_LIMIT_BYTES = 200


class RecordError(ValueError):
    """A payload that is none of the records: the other end speaks another version, or is broken."""


class Connect(NamedTuple):
    """Open a connection to a peer; answered by one Opened with the same peer and attempt.

    `source_address` is the local address to connect from, "" for any.
    """

    peer: str
    attempt: int
    addresses: list[str]
    dataports: list[int]
    source_address: str
    agreement: int
    message_size_bytes: int


class Send(NamedTuple):
    """Send the frame that lies in the slot's first bytes."""

    handle: int
    frame: int
    slot: int
    length_bytes: int


class Disconnect(NamedTuple):
    """Close the connection; answered by Closed."""

    handle: int


class Opened(NamedTuple):
    """The outcome of a Connect: a handle, or NOT_OPENED and why.

    `verdict` is the peer's code from its VERDICT frame, -1 when the peer never gave one.
    """

    peer: str
    attempt: int
    handle: int
    verdict: int
    retry_after_s: int
    reason: str


class SlotFree(NamedTuple):
    """The consumer has finished with the slot."""

    slot: int


class Decided(NamedTuple):
    """Every frame up to this one is decided; what was not refused before this is durable."""

    handle: int
    frame: int


class Refused(NamedTuple):
    """One message of a frame is refused; always before the Decided that covers its frame."""

    handle: int
    frame: int
    message_index: int
    code: int
    retry_after_s: int


class Closed(NamedTuple):
    """The connection is gone and its handle with it."""

    handle: int
    reason: str


class PeerOpened(NamedTuple):
    """A peer has connected, is pinned and has an agreement."""

    handle: int
    peer: str
    address: str


class Frame(NamedTuple):
    """A frame of messages lies in the slot's first bytes, unchecked but for its length."""

    handle: int
    peer: str
    frame: int
    slot: int
    length_bytes: int


class PeerClosed(NamedTuple):
    """The peer's connection is gone; frames of it may still be undecided."""

    handle: int
    reason: str


class Unagreed(NamedTuple):
    """A pinned peer has stated an agreement that this node does not have."""

    peer: str
    address: str


class Agreement(NamedTuple):
    """The agreement with a peer from now on; a message size of 0 forgets the peer."""

    peer: str
    number: int
    message_size_bytes: int


class AgreementsTold(NamedTuple):
    """So many agreements were told in this generation, and there are no others now."""

    agreements: int


class Drop(NamedTuple):
    """Close the connection; answered by PeerClosed."""

    handle: int
    reason: str


Record = (
    Connect
    | Send
    | Disconnect
    | Opened
    | SlotFree
    | Decided
    | Refused
    | Closed
    | PeerOpened
    | Frame
    | PeerClosed
    | Unagreed
    | Agreement
    | AgreementsTold
    | Drop
)

_CLASSES: Final[dict[int, type[Record]]] = {
    1: Connect,
    2: Send,
    3: Disconnect,
    16: Opened,
    17: SlotFree,
    18: Decided,
    19: Refused,
    20: Closed,
    32: PeerOpened,
    33: Frame,
    34: PeerClosed,
    35: Unagreed,
    48: Agreement,
    49: Drop,
    50: AgreementsTold,
}
_KINDS: Final = {record_class: kind for kind, record_class in _CLASSES.items()}
_LISTS: Final = (list[str], list[int])
_SHAPES: Final[dict[int, tuple[type, ...]]] = {
    kind: tuple(list if field in _LISTS else field for field in kept.__annotations__.values())
    for kind, kept in _CLASSES.items()
}
# An outcome may be -1; every other number is a count, a size or a name, and is never negative.
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


def encode(record: Record) -> bytes:
    """The payload to append for a record.

    A `reason` too long for a record is cut. Raises ValueError when it does not fit even so, which
    only the addresses of a Connect can bring about.
    """
    payload: bytes = _pack((_KINDS[type(record)], *record))
    if len(payload) <= PAYLOAD_LIMIT_BYTES:
        return payload
    if isinstance(record, Opened | Closed | PeerClosed | Drop):
        short = record.reason.encode()[:REASON_LIMIT_BYTES].decode(errors="ignore")
        payload = _pack((_KINDS[type(record)], *record._replace(reason=short)))
    if len(payload) > PAYLOAD_LIMIT_BYTES:
        raise ValueError(
            f"{type(record).__name__} record of {len(payload)} bytes: "
            f"at most {PAYLOAD_LIMIT_BYTES} allowed"
        )
    return payload


def decode(payload: bytes) -> Record:
    """The record in a payload; RecordError that says what is wrong when it is none.

    The types of the fields are checked, and that no number is negative that must not be. A slot and
    its length are checked by SlotWindow.view; what codes and sizes may be is the caller's to know.
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
    if record_class is Connect:
        _check_items("addresses", fields[2], str)
        _check_items("dataports", fields[3], int)


def _check_items(name: str, items: list[Any], item_type: type) -> None:
    for item in items:
        if type(item) is not item_type:
            raise RecordError(
                f"Connect record with {item!r} in {name}: must be {item_type.__name__}"
            )
