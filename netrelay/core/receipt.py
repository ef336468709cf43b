"""The receipt (type 7): a signed report on the outcome of messages.

    payload  [1, [entry, ...]]
    entry    [destination of the subject (20), epoch, sequence, attempt, verdict, missing, reason]
    missing  [[offset, length], ...]   plaintext ranges, ascending, apart

The source of every subject is the destination of the receipt. A relay that drops a message sends a
receipt of its own: it names the subject's destination but carries the relay's signature, so the
source treats it as a hint. WITHDRAWN travels the other way: the source of the subject sends it to
the subject's destination. One entry is about no message: `features_entry`. The reason of a complete
file may say its content (content_word.py).
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Final, NamedTuple

import msgpack

from netrelay.core.hello import NO_EPOCH
from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    U32_MAX,
    Octets,
    check_bytes,
    check_integer,
    malformed,
    quoted,
    unpack_array,
)
from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.signed_body import SIGNED_PAYLOAD_MAX_BYTES
from netrelay.core.visible_text import is_visible, visible

RECEIPT_VERSION: Final = 1
ENTRIES_MAX: Final = 2048
MISSING_MAX: Final = 64
REASON_MAX_CHARACTERS: Final = 200


class ReceiptVerdict(IntEnum):
    """Outcome of a message at its destination; WITHDRAWN is reported by its source."""

    COMPLETE = 1
    MISSING = 2
    FAILED = 3
    CANNOT_OPEN = 4
    WITHDRAWN = 5


class ReceiptEntry(NamedTuple):
    """Outcome of one message; `missing` is non-empty for the verdict MISSING only."""

    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    verdict: ReceiptVerdict
    missing: tuple[tuple[int, int], ...] = ()
    reason: str = ""


def features_entry(destination: str, features: int) -> ReceiptEntry:
    """Return the entry by which a destination says its features (hello.py) to a far source.

    No message has an epoch of zeros, so who does not know the entry takes it for one about a
    message that is not here.
    """
    return ReceiptEntry(destination, NO_EPOCH, features, 1, ReceiptVerdict.COMPLETE)


def features_in(entries: Iterable[ReceiptEntry], signer: str) -> int | None:
    """Return the features that the signer of a receipt says in it; None if it says none."""
    for entry in entries:
        if entry.epoch == NO_EPOCH and entry.destination == signer:
            return entry.sequence
    return None


def encode_receipt(entries: Iterable[ReceiptEntry]) -> bytes:
    """Return the payload of a receipt, ready to be signed; raise ValueError when it is too long."""
    packed = [_encode_entry(entry) for entry in entries]
    payload = _join_entries(packed)
    if not 0 < len(packed) <= ENTRIES_MAX or len(payload) > SIGNED_PAYLOAD_MAX_BYTES:
        raise ValueError(
            f"receipt of {len(packed)} entries in {len(payload)} bytes, "
            f"must have 1 to {ENTRIES_MAX} in at most {SIGNED_PAYLOAD_MAX_BYTES}"
        )
    return payload


def _join_entries(packed: list[bytes]) -> bytes:
    packer = msgpack.Packer()
    return b"".join(
        (
            packer.pack_array_header(2),
            packer.pack(RECEIPT_VERSION),
            packer.pack_array_header(len(packed)),
            *packed,
        )
    )


def decode_receipt(payload: Octets) -> list[ReceiptEntry]:
    """Return the entries in a payload; raise WireError MALFORMED for anything else.

    Verify the signature first.
    """
    if len(payload) > SIGNED_PAYLOAD_MAX_BYTES:
        raise malformed(f"receipt of {len(payload)} bytes, at most {SIGNED_PAYLOAD_MAX_BYTES}")
    version, entries = unpack_array(
        "receipt",
        payload,
        2,
        longest_array=ENTRIES_MAX,
        longest_bytes=4 * REASON_MAX_CHARACTERS,  # UTF-8
    )
    check_integer("receipt version", version, RECEIPT_VERSION, RECEIPT_VERSION)
    if type(entries) is not list or not entries:
        raise malformed(f"receipt must hold 1 to {ENTRIES_MAX} entries, not {quoted(entries)}")
    return [_decode_entry(entry) for entry in entries]


def _encode_entry(entry: ReceiptEntry) -> bytes:
    fields = [node_id_bytes(entry.destination), *entry[1:]]
    fields[4] = int(entry.verdict)
    fields[5] = [list(pair) for pair in entry.missing]
    _check_entry(fields)
    packed: bytes = msgpack.packb(fields)
    return packed


def _decode_entry(fields: Any) -> ReceiptEntry:
    _check_entry(fields)
    destination, epoch, sequence, attempt, verdict, missing, reason = fields
    return ReceiptEntry(
        node_id_text(destination),
        epoch,
        sequence,
        attempt,
        ReceiptVerdict(verdict),
        tuple((offset, length) for offset, length in missing),
        reason,
    )


def _check_entry(fields: Any) -> None:
    if type(fields) is not list or len(fields) != 7:
        raise malformed(f"receipt entry {quoted(fields)} must be an array of 7")
    destination, epoch, sequence, attempt, verdict, missing, reason = fields
    check_bytes("destination", destination, 20, 20)
    check_bytes("epoch", epoch, 8, 8)
    check_integer("sequence", sequence, 0, INTEGER_MAX)
    check_integer("attempt", attempt, 1, U32_MAX)
    check_integer("verdict", verdict, ReceiptVerdict.COMPLETE, ReceiptVerdict.WITHDRAWN)
    _check_missing(missing, verdict == ReceiptVerdict.MISSING)
    if type(reason) is not str or len(reason) > REASON_MAX_CHARACTERS or not is_visible(reason):
        raise malformed(
            f"reason {quoted(reason)} must be at most {REASON_MAX_CHARACTERS} visible characters"
        )


def _check_missing(missing: Any, wanted: bool) -> None:
    if type(missing) is not list or len(missing) > MISSING_MAX or bool(missing) != wanted:
        raise malformed(
            f"missing ranges {quoted(missing)} must be 1 to {MISSING_MAX} for verdict 2, else none"
        )
    before = 0
    for pair in missing:
        if type(pair) is not list or len(pair) != 2:
            raise malformed(f"missing range {quoted(pair)} must be an array of offset and length")
        check_integer("offset of a missing range", pair[0], before, INTEGER_MAX)
        check_integer("length of a missing range", pair[1], 1, INTEGER_MAX - pair[0])
        before = pair[0] + pair[1]


def receipt_reason(text: str) -> str:
    """Return any text as a valid `reason`: cut to its limit, with invisible characters replaced."""
    return visible(text[:REASON_MAX_CHARACTERS]).encode("utf-8", "replace").decode()
