"""A vector: the bytes of a .bin file, and their meaning in the .json file beside it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Vector:
    """One pair: the bytes and the content of the JSON file."""

    name: str
    data: bytes
    meaning: dict[str, Any]


def valid(format_: str, slug: str, about: str, data: bytes, value: Any, **given: Any) -> Vector:
    """Return a vector of bytes that decode to `value`.

    `given` is what a decoder needs in addition to the bytes.
    """
    meaning = {"format": format_, "about": about, **given, "value": value}
    return Vector(f"valid-{format_}-{slug}", data, meaning)


def invalid(
    format_: str, slug: str, about: str, data: bytes, refusal: str = "MALFORMED", **given: Any
) -> Vector:
    """Return a vector of bytes that must be refused with this code."""
    meaning = {"format": format_, "about": about, **given, "refusal": refusal}
    return Vector(f"invalid-{format_}-{slug}", data, meaning)
