"""The custody word: the reason of a receipt entry in which a relay says what it took and gave on.

    word       total size (u64) | previous hop (20) | u32 Unix time at which all of it was durable
               | next hop (20) | u32 Unix time at which the next hop had acknowledged all of it
    signature  Ed25519 of the relay over CUSTODY_DOMAIN | source (20) | destination (20) | epoch (8)
               | u64 sequence | u32 attempt | word
    reason     base64 of word | signature: 160 characters

A next hop of zeros: not given on, or in parts to several; its time is 0 then. Any other time of 0:
the clock of the relay was not set. The word names no content, and holds for itself: it is shown
without the receipt in which it came (docs/protocol.md, section 9).
"""

from base64 import b64decode, b64encode
from struct import Struct
from typing import Final, NamedTuple

from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.signed_body import SIGNATURE_BYTES

CUSTODY_DOMAIN: Final = b"netrelay custody v1\0"
_WORD: Final = Struct(">Q20sI20sI")
_SUBJECT: Final = Struct(">20s20s8sQI")
SIGNED_WORD_BYTES: Final = _WORD.size + SIGNATURE_BYTES
_CHARACTERS: Final = 160
_NOBODY: Final = bytes(20)
_TIME_MAX_S: Final = (1 << 32) - 1


class CustodySubject(NamedTuple):
    """The whole that a word is about: the identity that it has on every node."""

    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int


class CustodyWord(NamedTuple):
    """The statement of a relay about a whole; next_hop: None until one node has all of it.

    took_unix_s, gave_unix_s: 0 where its clock was not set, gave_unix_s also without a next hop.
    """

    total_bytes: int
    previous_hop: str
    took_unix_s: int
    next_hop: str | None
    gave_unix_s: int


def signed_custody(subject: CustodySubject, word: bytes) -> bytes:
    """Return what a relay signs of a word, after the domain."""
    source, destination, epoch, sequence, attempt = subject
    ends = node_id_bytes(source), node_id_bytes(destination)
    return _SUBJECT.pack(*ends, epoch, sequence, attempt) + word


def encode_custody(word: CustodyWord) -> bytes:
    """Return the bytes of a word without signature; a time that does not fit is said as unknown."""
    return _WORD.pack(
        word.total_bytes,
        node_id_bytes(word.previous_hop),
        _time(word.took_unix_s),
        _NOBODY if word.next_hop is None else node_id_bytes(word.next_hop),
        0 if word.next_hop is None else _time(word.gave_unix_s),
    )


def decode_custody(signed: bytes) -> CustodyWord | None:
    """Return the word in its bytes and signature, which is not verified; None if it is none."""
    if len(signed) != SIGNED_WORD_BYTES:
        return None
    total_bytes, previous, took_s, following, gave_s = _WORD.unpack(signed[: _WORD.size])
    is_given = following != _NOBODY
    if not 0 < total_bytes <= INTEGER_MAX or previous == _NOBODY or (gave_s and not is_given):
        return None
    next_hop = node_id_text(following) if is_given else None
    return CustodyWord(total_bytes, node_id_text(previous), took_s, next_hop, gave_s)


def split_custody(signed: bytes) -> tuple[bytes, bytes]:
    """Return the word and the signature of it."""
    return signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]


def custody_reason(signed: bytes) -> str:
    """Return the reason that says a word and its signature."""
    return b64encode(signed).decode("ascii")


def custody_in(reason: str) -> bytes | None:
    """Return word and signature in a reason; None if it says no such thing."""
    if len(reason) != _CHARACTERS or not reason.isascii():
        return None
    try:
        signed = b64decode(reason, validate=True)
    except ValueError:
        return None
    return signed if decode_custody(signed) is not None else None


def _time(unix_s: int) -> int:
    return unix_s if 0 <= unix_s <= _TIME_MAX_S else 0
