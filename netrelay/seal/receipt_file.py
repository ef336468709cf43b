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
from typing import Any, Final, NamedTuple

from netrelay.core.content_word import ContentWord, decode_content_word
from netrelay.core.header import EndToEnd, decode_end_to_end
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict, decode_receipt
from netrelay.core.signed_body import SIGNATURE_BYTES, split_body
from netrelay.core.words import MessageType, WireError
from netrelay.seal.proof_fields import (
    NAME_MAX_CHARACTERS,
    Party,
    ProofFileError,
    base64_text,
    canonical,
    compare,
    hexadecimal_at,
    integer_at,
    octets,
    party_at,
    party_fields,
    signed_object,
    text_at,
    time_at,
    time_text,
)

RECEIPT_FILE_DOMAIN: Final = b"netrelay receipt file v1\0"
FORMAT: Final = "netrelay receipt 1"
# The largest receipt (docs/protocol.md, section 9) has 66,050 bytes with its header, which are
# 88,068 characters; the other fields have 8,000 at most.
RECEIPT_FILE_MAX_BYTES: Final = 131_072
KINDS: Final = ("file", "directory", "text")


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
    """Return what a receipt says of a message of its addressee; ProofFileError if it does not.

    signed: as `signed_body.signed_data` of a header and a body. The signature is not verified.
    """
    try:
        header, entries = _parts(signed)
    except WireError as error:
        raise ProofFileError(f"its receipt is malformed: {error}") from error
    if header.type is not MessageType.RECEIPT:
        raise ProofFileError(f"its receipt is a message of type {int(header.type)}, must be 7")
    for entry in entries:
        if (
            entry.destination == header.source
            and (entry.epoch, entry.sequence) == (epoch, sequence)
            and entry.verdict is ReceiptVerdict.COMPLETE
        ):
            said = decode_content_word(entry.reason)
            data, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
            return Told(header.source, header.destination, entry.attempt, said, data, signature)
    raise ProofFileError(
        f"its receipt does not say that message {sequence} of epoch {epoch.hex()} is complete"
    )


def _parts(signed: bytes) -> tuple[EndToEnd, list[ReceiptEntry]]:
    length = int.from_bytes(signed[:2], "big")
    payload, _ = split_body(signed[2 + length :])
    return decode_end_to_end(signed[2 : 2 + length]), decode_receipt(payload)


def statement(file: ReceiptFile) -> bytes:
    """Return what the source signs of a receipt file, after its domain."""
    return canonical(_fields(file))


def encode_receipt_file(file: ReceiptFile, signature: bytes) -> str:
    """Return the text of a receipt file with the signature of its source."""
    fields = {**_fields(file), "signature": base64_text(signature)}
    return json.dumps(fields, indent=2) + "\n"


def decode_receipt_file(text: bytes) -> tuple[ReceiptFile, bytes]:
    """Return the file in this text and its signature; neither signature is verified.

    Raise ProofFileError for anything else than what `encode_receipt_file` returns, but for spaces
    between the elements, and their order.
    """
    found = signed_object(text, "receipt file", FORMAT, RECEIPT_FILE_MAX_BYTES)
    file = ReceiptFile(
        party_at(found, "source"),
        party_at(found, "destination"),
        hexadecimal_at(found, "message", "epoch", 8),
        integer_at(found, "message", "sequence"),
        text_at(found, "content", "kind"),
        text_at(found, "content", "name", NAME_MAX_CHARACTERS),
        integer_at(found, "content", "size_bytes"),
        time_at(found, "times", "given"),
        time_at(found, "times", "receipt_arrived"),
        octets("receipt", found.get("receipt")),
    )
    if file.kind not in KINDS:
        raise ProofFileError(f"content.kind {file.kind[:80]!r} must be one of {', '.join(KINDS)}")
    signature = octets("signature", found.get("signature"))
    expected = {**_fields(file), "signature": base64_text(signature)}
    compare(expected, found)
    return file, signature


def _fields(file: ReceiptFile) -> dict[str, Any]:
    told = told_of(file.signed, file.epoch, file.sequence)
    content_hash = None if told.content is None else told.content.content_hash.hex()
    signed_unix_s = None if told.content is None else told.content.signed_unix_s or None
    return {
        "format": FORMAT,
        "source": party_fields(file.source),
        "destination": party_fields(file.destination),
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
        "receipt": base64_text(file.signed),
    }
