"""Vectors of what a receipt says of a content, and of receipt files."""

import json
from base64 import b64encode
from struct import pack
from typing import Any

import msgpack

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import (
    DESTINATION,
    DESTINATION_KEY,
    EPOCH,
    RECEIPT,
    RECEIPT_DOMAIN,
    SOURCE,
    SOURCE_KEY,
    header,
    id_text,
    sign,
    spki,
)

FILE_DOMAIN = b"netrelay receipt file v1\0"
HASH = bytes(range(100, 132))
SIGNED_S = 1_796_000_000


def content_word(content_hash: bytes, signed_s: int) -> str:
    """Return the reason of a complete file of this content."""
    return b64encode(content_hash + pack(">I", signed_s)).decode()


def content_words() -> list[Vector]:
    """Return the vectors of what a receipt says of a content."""
    return [
        valid(
            "content-word",
            slug,
            about,
            content_word(HASH, signed_s).encode(),
            {"content_hash": HASH.hex(), "signed_unix_s": signed_s},
        )
        for slug, about, signed_s in (
            ("signed", "a content, and when that was signed", SIGNED_S),
            ("no-clock", "a content, of a destination whose clock was not set", 0),
        )
    ]


def _text(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, indent=2).encode() + b"\n"


def _signed(fields: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    return {**fields, "signature": b64encode(SOURCE_KEY.sign(FILE_DOMAIN + data)).decode()}


def receipt_files() -> list[Vector]:
    """Return the vectors of receipt files."""
    head = header(**RECEIPT)
    entry = [DESTINATION, EPOCH, 42, 1, 1, [], content_word(HASH, SIGNED_S)]
    body = sign(DESTINATION_KEY, RECEIPT_DOMAIN, head, msgpack.packb([1, [entry]]))
    receipt = pack(">H", len(head)) + head + body
    fields = {
        "format": "netrelay receipt 1",
        "source": {"node": id_text(SOURCE), "name": "shelf", "certificate": None},
        "destination": {"node": id_text(DESTINATION), "name": "boat", "certificate": None},
        "message": {"epoch": EPOCH.hex(), "sequence": 42, "attempt": 1},
        "content": {
            "kind": "file",
            "name": "größe.jpg",
            "size_bytes": 5,
            "blake3": HASH.hex(),
        },
        "times": {
            "given": "2026-11-29T14:05:22Z",
            "receipt_arrived": None,
            "signed": "2026-11-30T00:53:20Z",
        },
        "receipt": b64encode(receipt).decode(),
    }
    given = {"source": spki(SOURCE_KEY).hex(), "destination": spki(DESTINATION_KEY).hex()}
    good = _signed(fields)
    value = {
        "epoch": EPOCH.hex(),
        "sequence": 42,
        "kind": "file",
        "name": "größe.jpg",
        "size_bytes": 5,
        "given_unix_s": 1_795_961_122,
        "arrived_unix_s": None,
        "content_hash": HASH.hex(),
        "signed_unix_s": SIGNED_S,
    }

    def content(**changed: Any) -> dict[str, Any]:
        return {**fields, "content": {**fields["content"], **changed}}  # type: ignore[dict-item]

    flipped = b64encode(receipt[:-1] + bytes([receipt[-1] ^ 1])).decode()
    faults = (
        ("name", "another name than its source has signed", {**good, **content(name="x")}),
        ("hash", "another hash than its receipt says", _signed(content(blake3="00" * 32))),
        ("receipt", "a bit of its receipt", _signed({**fields, "receipt": flipped})),
        ("float", "a float for the size", _signed(content(size_bytes=5.0))),
        ("field", "a field too many", _signed({**fields, "more": 1})),
        ("format", "another format", _signed({**fields, "format": "netrelay receipt 2"})),
        ("short", "without its signature", fields),
    )
    doubled = _text(good).replace(b'"kind": "file"', b'"kind": "file", "kind": "file"')
    return [
        valid("receipt-file", "file", "a file, signed by both", _text(good), value, **given),
        invalid("receipt-file", "twice", "a field twice", doubled, **given),
        invalid("receipt-file", "long", "a byte too many", b" " * 131_073, **given),
        *(invalid("receipt-file", slug, about, _text(f), **given) for slug, about, f in faults),
    ]
