"""Decoding of msgpack from untrusted peers, in one place.

Every netrelay structure is one array (https://github.com/msgpack/msgpack/blob/master/spec.md) of
integers, byte strings, text and nested arrays; maps, floats and extension types are never used.
"""

from typing import Any, Final, TypeAlias

import msgpack

from netrelay.core.words import Refusal, WireError

# SQLite stores integers as signed 64 bits; every number may end up in a row.
INTEGER_MAX: Final = 2**63 - 1
U32_MAX: Final = 2**32 - 1

Octets: TypeAlias = bytes | bytearray | memoryview


def unpack_array(
    name: str, packed: Octets, arity: int, *, longest_array: int = 0, longest_bytes: int
) -> list[Any]:
    """Return the elements of one packed array of exactly `arity` elements.

    Raise WireError MALFORMED that names the structure. The types of the elements are not checked:
    each may be an integer, byte string, text, bool, None, float or list. No list is longer than
    `longest_array` (or `arity`), no byte string or text longer than `longest_bytes`.
    """
    try:
        elements = msgpack.unpackb(
            packed,
            max_array_len=max(arity, longest_array),
            max_bin_len=longest_bytes,
            max_str_len=longest_bytes,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise malformed(f"{name} is not one msgpack array as specified: {reason}") from error
    if type(elements) is not list or len(elements) != arity:
        raise malformed(f"{name} must be a msgpack array of {arity} elements")
    return elements


def malformed(reason: str) -> WireError:
    """Return a WireError with the refusal MALFORMED, for the caller to raise."""
    return WireError(Refusal.MALFORMED, reason)


def check_integer(name: str, value: object, least: int, most: int) -> None:
    """Raise WireError MALFORMED unless the value is an int, not a bool, in `least..most`."""
    if not (type(value) is int and least <= value <= most):
        raise malformed(f"{name} {quoted(value)} must be an integer from {least} to {most}")


def check_bytes(name: str, value: object, least: int, most: int) -> None:
    """Raise WireError MALFORMED unless the value is a byte string of `least..most` bytes."""
    if not (type(value) is bytes and least <= len(value) <= most):
        size = f"{least}" if least == most else f"{least} to {most}"
        raise malformed(f"{name} {quoted(value)} must be {size} bytes")


def check_secret(name: str, value: object, length_bytes: int) -> None:
    """Raise WireError MALFORMED, without the value, unless it is a byte string of this length."""
    if type(value) is not bytes or len(value) != length_bytes:
        raise malformed(f"{name} must be {length_bytes} bytes")


def quoted(value: object) -> str:
    """Return the repr of a value for use in an error, cut to 80 characters."""
    text = repr(value[:80] if isinstance(value, bytes | str | list) else value)
    return text if len(text) <= 80 else text[:77] + "..."
