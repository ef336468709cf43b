"""Word of a receipt on the content of a complete file: the reason of its entry.

    base64 (RFC 4648 section 4) of   BLAKE3-256 of the content (32) | u32 Unix time of the signature

36 bytes are 48 characters without padding. The time is 0 where the clock of the signer was not set.
A source that does not know it shows no reason of a complete file, so it needs no feature bit.
"""

from base64 import b64decode, b64encode
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
_TIME_BYTES: Final = 4
_CHARACTERS: Final = 48
_TIME_MAX_S: Final = (1 << 8 * _TIME_BYTES) - 1


class ContentWord(NamedTuple):
    """BLAKE3-256 of a file as its destination put it into the inbox, and when that was signed.

    signed_unix_s: 0 where the clock of the destination was not set.
    """

    content_hash: bytes
    signed_unix_s: int


def encode_content_word(word: ContentWord) -> str:
    """Return the reason that says it; a time that does not fit is said as unknown."""
    content_hash, signed_unix_s = word
    if len(content_hash) != HASH_BYTES:
        raise ValueError(f"content hash of {len(content_hash)} bytes, must have {HASH_BYTES}")
    time_s = signed_unix_s if 0 <= signed_unix_s <= _TIME_MAX_S else 0
    return b64encode(content_hash + time_s.to_bytes(_TIME_BYTES, "big")).decode("ascii")


def decode_content_word(reason: str) -> ContentWord | None:
    """Return what a reason says of the content; None if it is none such."""
    if len(reason) != _CHARACTERS or not reason.isascii():
        return None
    try:
        packed = b64decode(reason, validate=True)
    except ValueError:
        return None
    if len(packed) != HASH_BYTES + _TIME_BYTES:
        return None
    return ContentWord(packed[:HASH_BYTES], int.from_bytes(packed[HASH_BYTES:], "big"))
