"""The receipt file: a proof of delivery that lasts outside of a node, one JSON object (RFC 8259).

    format        "netrelay receipt 1"
    source        node, name, certificate (base64 of DER; null: not known)
    destination   likewise
    message       epoch (hexadecimal), sequence, attempt
    content       kind (file, directory, text), name, size_bytes, blake3 (hexadecimal, or null)
    times         given, receipt_arrived, signed: "2026-11-29T14:05:22Z", or null
    receipt       base64 of what the destination signed, and its signature (signed_body.py)
    signature     base64 of the source's Ed25519 signature of all the others

The source signs "netrelay receipt file v1" || zero byte || the object without its signature, in
ASCII, keys sorted, without spaces. attempt, blake3 and signed are those of the receipt; kind, name,
size and the other two times are the word of the source alone.

A file is untrusted: every length is bounded, every field has one type and one spelling.
"""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from netrelay.core.content_word import ContentWord, decode_content_word
from netrelay.core.header import EndToEnd, decode_end_to_end
from netrelay.core.node_id import node_id_bytes
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict, decode_receipt
from netrelay.core.signed_body import SIGNATURE_BYTES, split_body
from netrelay.core.words import MessageType, WireError

RECEIPT_FILE_DOMAIN: Final = b"netrelay receipt file v1\0"
FORMAT: Final = "netrelay receipt 1"
# The largest receipt (docs/protocol.md, section 9) has 66,050 bytes with its header, which are
# 88,068 characters; the other fields have 8,000 at most.
RECEIPT_FILE_MAX_BYTES: Final = 131_072
KINDS: Final = ("file", "directory", "text")
_NAME_MAX_CHARACTERS: Final = 4096  # a name of 1,024 bytes, each escaped by four
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ReceiptFileError(ValueError):
    """Text is no receipt file, or not as it was written; the message says why."""


class Party(NamedTuple):
    """A node in a receipt file: name: as the source calls it; certificate: DER, None if unknown."""

    node: str
    name: str
    certificate: bytes | None


class ReceiptFile(NamedTuple):
    """The fields of a receipt file that do not follow from its receipt.

    signed: what the destination signed and the signature. The times are by the source's clock;
    None: not known.
    """

    source: Party
    destination: Party
    epoch: bytes
    sequence: int
    kind: str
    name: str
    size_bytes: int
    given_unix_s: int | None
    arrived_unix_s: int | None
    signed: bytes


class Told(NamedTuple):
    """The part of a receipt that is about one message.

    content: None where it said nothing of the content. data, signature: as signed, after the domain
    of receipts.
    """

    signer: str
    source: str
    attempt: int
    content: ContentWord | None
    data: bytes
    signature: bytes


def told_of(signed: bytes, epoch: bytes, sequence: int) -> Told:
    """Return what a receipt says of a message of its addressee; ReceiptFileError if it does not.

    signed: as `signed_body.signed_data` of a header and a body. The signature is not verified.
    """
    try:
        header, entries = _parts(signed)
    except WireError as error:
        raise ReceiptFileError(f"its receipt is malformed: {error}") from error
    if header.type is not MessageType.RECEIPT:
        raise ReceiptFileError(f"its receipt is a message of type {int(header.type)}, must be 7")
    for entry in entries:
        if (
            entry.destination == header.source
            and (entry.epoch, entry.sequence) == (epoch, sequence)
            and entry.verdict is ReceiptVerdict.COMPLETE
        ):
            said = decode_content_word(entry.reason)
            data, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
            return Told(header.source, header.destination, entry.attempt, said, data, signature)
    raise ReceiptFileError(
        f"its receipt does not say that message {sequence} of epoch {epoch.hex()} is complete"
    )


def _parts(signed: bytes) -> tuple[EndToEnd, list[ReceiptEntry]]:
    length = int.from_bytes(signed[:2], "big")
    payload, _ = split_body(signed[2 + length :])
    return decode_end_to_end(signed[2 : 2 + length]), decode_receipt(payload)


def statement(file: ReceiptFile) -> bytes:
    """Return what the source signs of a receipt file, after its domain."""
    return _canonical(_fields(file))


def encode_receipt_file(file: ReceiptFile, signature: bytes) -> str:
    """Return the text of a receipt file with the signature of its source."""
    fields = {**_fields(file), "signature": _base64(signature)}
    return json.dumps(fields, indent=2) + "\n"


def decode_receipt_file(text: bytes) -> tuple[ReceiptFile, bytes]:
    """Return the file in this text and its signature; neither signature is verified.

    Raise ReceiptFileError for anything else than what `encode_receipt_file` returns, but for spaces
    between the elements, and their order.
    """
    if len(text) > RECEIPT_FILE_MAX_BYTES:
        raise ReceiptFileError(f"it has more than {RECEIPT_FILE_MAX_BYTES} bytes")
    try:
        found = json.loads(text.decode("ascii"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise ReceiptFileError(f"it is no receipt file: {reason}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ReceiptFileError(f"it is no receipt file: its format is not {FORMAT!r}")
    file = ReceiptFile(
        _party(found, "source"),
        _party(found, "destination"),
        _hexadecimal(found, "message", "epoch", 8),
        _integer(found, "message", "sequence"),
        _text(found, "content", "kind"),
        _text(found, "content", "name", _NAME_MAX_CHARACTERS),
        _integer(found, "content", "size_bytes"),
        _time(found, "times", "given"),
        _time(found, "times", "receipt_arrived"),
        _octets("receipt", found.get("receipt")),
    )
    if file.kind not in KINDS:
        raise ReceiptFileError(f"content.kind {file.kind[:80]!r} must be one of {', '.join(KINDS)}")
    signature = _octets("signature", found.get("signature"))
    expected = {**_fields(file), "signature": _base64(signature)}
    _compare(expected, found, "")
    return file, signature


def _fields(file: ReceiptFile) -> dict[str, Any]:
    told = told_of(file.signed, file.epoch, file.sequence)
    content_hash = None if told.content is None else told.content.content_hash.hex()
    signed_unix_s = None if told.content is None else told.content.signed_unix_s or None
    return {
        "format": FORMAT,
        "source": _party_fields(file.source),
        "destination": _party_fields(file.destination),
        "message": {
            "epoch": file.epoch.hex(),
            "sequence": file.sequence,
            "attempt": told.attempt,
        },
        "content": {
            "kind": file.kind,
            "name": file.name,
            "size_bytes": file.size_bytes,
            "blake3": content_hash,
        },
        "times": {
            "given": time_text(file.given_unix_s),
            "receipt_arrived": time_text(file.arrived_unix_s),
            "signed": time_text(signed_unix_s),
        },
        "receipt": _base64(file.signed),
    }


def time_text(unix_s: int | None) -> str | None:
    """Return a time as a receipt file has it; None for one that is not known."""
    return None if unix_s is None else (_EPOCH + timedelta(seconds=unix_s)).strftime(_TIME)


def _party_fields(party: Party) -> dict[str, Any]:
    certificate = None if party.certificate is None else _base64(party.certificate)
    return {"node": party.node, "name": party.name, "certificate": certificate}


def _canonical(fields: object) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _compare(expected: dict[str, Any], found: dict[str, Any], within: str) -> None:
    """Raise ReceiptFileError that names the first field which is not as it is written."""
    for name in [*expected, *(found.keys() - expected.keys())]:
        place = f"{within}{name}"
        if name not in expected:
            raise ReceiptFileError(f"{place[:80]!r} is none of its fields")
        if name not in found:
            raise ReceiptFileError(f"{place} is missing")
        if isinstance(expected[name], dict) and isinstance(found[name], dict):
            _compare(expected[name], found[name], f"{place}.")
        elif type(found[name]) is not type(expected[name]) or found[name] != expected[name]:
            raise ReceiptFileError(f"{place} is not what its receipt says, or not spelled as it is")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is there twice")
    return found


def _within(found: dict[str, Any], *place: str) -> object:
    value: object = found
    for name in place:
        if not isinstance(value, dict) or name not in value:
            raise ReceiptFileError(f"{'.'.join(place)} is missing")
        value = value[name]
    return value


def _text(found: dict[str, Any], first: str, second: str, most: int = 64) -> str:
    value = _within(found, first, second)
    if not isinstance(value, str) or len(value) > most:
        raise ReceiptFileError(f"{first}.{second} must be a text of at most {most} characters")
    return value


def _integer(found: dict[str, Any], first: str, second: str) -> int:
    value = _within(found, first, second)
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ReceiptFileError(f"{first}.{second} must be a number from 0 to 2^63-1")
    return value


def _hexadecimal(found: dict[str, Any], first: str, second: str, size_bytes: int) -> bytes:
    try:
        value = bytes.fromhex(_text(found, first, second))
    except ValueError as error:
        raise ReceiptFileError(f"{first}.{second} is not hexadecimal") from error
    if len(value) != size_bytes:
        raise ReceiptFileError(f"{first}.{second} has {len(value)} bytes, must have {size_bytes}")
    return value


def _time(found: dict[str, Any], first: str, second: str) -> int | None:
    if _within(found, first, second) is None:
        return None
    try:
        parsed = datetime.strptime(_text(found, first, second), _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise ReceiptFileError(f"{first}.{second} is no time: {error}") from error
    return int((parsed - _EPOCH).total_seconds())


def _octets(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise ReceiptFileError(f"{name} must be a text in base64")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise ReceiptFileError(f"{name} is not base64: {error}") from error


def _party(found: dict[str, Any], which: str) -> Party:
    node = _text(found, which, "node")
    try:
        node_id_bytes(node)
    except ValueError as error:
        raise ReceiptFileError(f"{which}.node: {error}") from error
    certificate = _within(found, which, "certificate")
    octets = None if certificate is None else _octets(f"{which}.certificate", certificate)
    return Party(node, _text(found, which, "name"), octets)
