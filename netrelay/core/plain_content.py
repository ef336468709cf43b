"""The part of a manifest or single that says what compressed content unpacks to.

A whole that travels as it is names its kind, an integer. One that travels compressed
(compressed_stream.py) has in its place the array [kind, size, BLAKE3-256 (32 bytes)] of what it
unpacks to. The size is always packed as msgpack uint 64, so that the length of the array is fixed.
"""

from struct import Struct
from typing import Any, Final, NamedTuple

from netrelay.core.msgpack_array import INTEGER_MAX, check_bytes, check_integer, malformed, quoted

_HASH_BYTES: Final = 32
_PACKED: Final = Struct(">BBBQBB32s")
# Marks of msgpack: an array of three, an unsigned integer of 64 bits, a byte string.
_ARRAY_3: Final = 0x93
_UINT_64: Final = 0xCF
_BIN_8: Final = 0xC4


class PlainContent(NamedTuple):
    """The size and the BLAKE3-256 of what compressed content unpacks to."""

    size_bytes: int
    hash: bytes


def encode_kind(kind: int, plain: PlainContent | None) -> bytes:
    """Return the packed element for a kind below 128, and what it unpacks to, if it does."""
    if plain is None:
        return bytes([kind])
    _check(plain)
    return _PACKED.pack(_ARRAY_3, kind, _UINT_64, plain.size_bytes, _BIN_8, _HASH_BYTES, plain.hash)


def decode_kind(name: str, element: Any) -> tuple[Any, PlainContent | None]:
    """Return the kind in an element, which is not checked, and what it unpacks to.

    Raise WireError MALFORMED, which begins with the name, for any other array.
    """
    if type(element) is not list:
        return element, None
    if len(element) != 3:
        raise malformed(f"{name} {quoted(element)} must be a number or an array of 3")
    plain = PlainContent(*element[1:])
    _check(plain)
    return element[0], plain


def check_is_smaller(plain: PlainContent | None, compressed_bytes: int) -> None:
    """Raise WireError MALFORMED unless compressed content is smaller than what it unpacks to.

    So the unpacked size alone bounds what the content takes here: space, and time to unpack it.
    """
    if plain is not None and compressed_bytes >= plain.size_bytes:
        raise malformed(
            f"compressed content has {compressed_bytes} bytes and unpacks to {plain.size_bytes}:"
            " it is not smaller"
        )


def _check(plain: PlainContent) -> None:
    check_integer("unpacked size", plain.size_bytes, 1, INTEGER_MAX)
    check_bytes("hash of the unpacked content", plain.hash, _HASH_BYTES, _HASH_BYTES)
