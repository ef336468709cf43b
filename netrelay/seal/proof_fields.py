"""Fields of the files that prove something outside of a node: JSON objects with one spelling.

They are untrusted: every length is bounded, every field has one type. What is signed is the object
without its signature, in ASCII, keys sorted, without spaces.
"""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from netrelay.core.node_id import node_id_bytes

NAME_MAX_CHARACTERS: Final = 4096  # a name of 1,024 bytes, each escaped by four
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ProofFileError(ValueError):
    """Text is no such file, or not as it was written; the message says why."""


class Party(NamedTuple):
    """A node in such a file; name: as the source calls it; certificate: DER, None if unknown."""

    node: str
    name: str
    certificate: bytes | None


def time_text(unix_s: int | None) -> str | None:
    """Return a time as such a file has it; None for one that is not known."""
    return None if unix_s is None else (_EPOCH + timedelta(seconds=unix_s)).strftime(_TIME)


def party_fields(party: Party) -> dict[str, Any]:
    """Return the fields of a node."""
    certificate = None if party.certificate is None else base64_text(party.certificate)
    return {"node": party.node, "name": party.name, "certificate": certificate}


def canonical(fields: object) -> bytes:
    """Return the one spelling of fields that is signed."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def base64_text(packed: bytes) -> str:
    """Return bytes as such a file has them."""
    return b64encode(packed).decode("ascii")


def compare(expected: dict[str, Any], found: dict[str, Any], before: str = "") -> None:
    """Raise ProofFileError that names the first field which is not as it is written."""
    for name in [*expected, *(found.keys() - expected.keys())]:
        place = f"{before}{name}"
        if name not in expected:
            raise ProofFileError(f"{place[:80]!r} is none of its fields")
        if name not in found:
            raise ProofFileError(f"{place} is missing")
        if isinstance(expected[name], dict) and isinstance(found[name], dict):
            compare(expected[name], found[name], f"{place}.")
        elif type(found[name]) is not type(expected[name]) or found[name] != expected[name]:
            raise ProofFileError(f"{place} is not what was signed, or not spelled as it is")


def signed_object(text: bytes, kind: str, format_: str, limit_bytes: int) -> dict[str, Any]:
    """Return the JSON object in a text; ProofFileError unless it has this format.

    kind: "receipt file", for the message.
    """
    if len(text) > limit_bytes:
        raise ProofFileError(f"it is no {kind}: it has more than {limit_bytes} bytes")
    try:
        found = json.loads(text.decode("ascii"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise ProofFileError(f"it is no {kind}: {reason}") from error
    if not isinstance(found, dict) or found.get("format") != format_:
        raise ProofFileError(f"it is no {kind}: its format is not {format_!r}")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def within(found: dict[str, Any], *place: str) -> object:
    """Return the field at a place; ProofFileError if it is missing."""
    value: object = found
    for name in place:
        if not isinstance(value, dict) or name not in value:
            raise ProofFileError(f"{'.'.join(place)} is missing")
        value = value[name]
    return value


def text_at(found: dict[str, Any], first: str, second: str, most: int = 64) -> str:
    """Return a text of bounded length."""
    value = within(found, first, second)
    if not isinstance(value, str) or len(value) > most:
        raise ProofFileError(f"{first}.{second} must be a text of at most {most} characters")
    return value


def integer_at(found: dict[str, Any], first: str, second: str) -> int:
    """Return a number from 0 to 2^63-1."""
    value = within(found, first, second)
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ProofFileError(f"{first}.{second} must be a number from 0 to 2^63-1")
    return value


def hexadecimal_at(found: dict[str, Any], first: str, second: str, size_bytes: int) -> bytes:
    """Return so many bytes, in hexadecimal in the file."""
    try:
        value = bytes.fromhex(text_at(found, first, second))
    except ValueError as error:
        raise ProofFileError(f"{first}.{second} is not hexadecimal") from error
    if len(value) != size_bytes:
        raise ProofFileError(f"{first}.{second} has {len(value)} bytes, must have {size_bytes}")
    return value


def time_at(found: dict[str, Any], first: str, second: str) -> int | None:
    """Return a Unix time; None for one that is not known."""
    if within(found, first, second) is None:
        return None
    try:
        parsed = datetime.strptime(text_at(found, first, second), _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise ProofFileError(f"{first}.{second} is no time: {error}") from error
    return int((parsed - _EPOCH).total_seconds())


def octets(name: str, value: object) -> bytes:
    """Return bytes in base64."""
    if not isinstance(value, str):
        raise ProofFileError(f"{name} must be a text in base64")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise ProofFileError(f"{name} is not base64: {error}") from error


def party_at(found: dict[str, Any], which: str) -> Party:
    """Return a node with a valid id; its certificate is not checked."""
    node = text_at(found, which, "node")
    try:
        node_id_bytes(node)
    except ValueError as error:
        raise ProofFileError(f"{which}.node: {error}") from error
    certificate = within(found, which, "certificate")
    der = None if certificate is None else octets(f"{which}.certificate", certificate)
    return Party(node, text_at(found, which, "name"), der)
