"""The one way this package reads msgpack that a stranger wrote.

Everything netrelay packs is one array (https://github.com/msgpack/msgpack/blob/master/spec.md) of
integers, byte strings, text and further arrays. Maps, floats and extension types are never ours.
"""

from typing import Any, Final, TypeAlias

import msgpack

from netrelay.core.words import Refusal, WireError

# SQLite keeps integers as signed 64 bits, so no number that ends up in a row may be larger.
INTEGER_MAX: Final = 2**63 - 1
U32_MAX: Final = 2**32 - 1

Octets: TypeAlias = bytes | bytearray | memoryview


def unpack_array(
    name: str, packed: Octets, arity: int, *, longest_array: int = 0, longest_bytes: int
) -> list[Any]:
    """The elements of one packed array of exactly this arity; WireError MALFORMED names the thing.

    The elements are not checked: any integer, byte string, text, bool, None, float or list may be
    among them. No list in it is longer than `longest_array` (or the arity), no byte string or text
    longer than `longest_bytes`.
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
    """A WireError with the refusal MALFORMED, to be raised."""
    return WireError(Refusal.MALFORMED, reason)


def check_integer(name: str, value: object, least: int, most: int) -> None:
    """Raises MALFORMED unless the value is an integer, not a bool, in least to most."""
    if not (type(value) is int and least <= value <= most):
        raise malformed(f"{name} {shown(value)} must be an integer from {least} to {most}")


def check_bytes(name: str, value: object, least: int, most: int) -> None:
    """Raises MALFORMED unless the value is a byte string of least to most bytes."""
    if not (type(value) is bytes and least <= len(value) <= most):
        size = f"{least}" if least == most else f"{least} to {most}"
        raise malformed(f"{name} {shown(value)} must be {size} bytes")


def check_secret(name: str, value: object, length_bytes: int) -> None:
    """Raises MALFORMED, without saying the value, unless it is a byte string of this length."""
    if type(value) is not bytes or len(value) != length_bytes:
        raise malformed(f"{name} must be {length_bytes} bytes")


def shown(value: object) -> str:
    """The value as an error may quote it: its repr, at most 80 characters."""
    text = repr(value[:80] if isinstance(value, bytes | str | list) else value)
    return text if len(text) <= 80 else text[:77] + "..."
