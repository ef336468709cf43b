"""Vectors of receipts."""

from base64 import b64encode
from typing import Any

import msgpack

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import (
    DESTINATION,
    DESTINATION_KEY,
    EPOCH,
    RECEIPT,
    RECEIPT_DOMAIN,
    SEGMENT,
    header,
    id_text,
    sign,
    spki,
)

# What core/content_word.py decodes: the hash of 32 zero bytes, at 1,796,000,000 s.
CONTENT = b64encode(bytes(32) + (1_796_000_000).to_bytes(4, "big")).decode()


def receipts() -> list[Vector]:
    """Return the vectors of receipts."""
    head = header(**RECEIPT)
    given = {"end_to_end": head.hex(), "signer": spki(DESTINATION_KEY).hex()}

    def body(payload: Any) -> bytes:
        return sign(DESTINATION_KEY, RECEIPT_DOMAIN, head, msgpack.packb(payload))

    def entry(sequence: int, verdict: int, missing: Any = (), reason: Any = "") -> list[Any]:
        return [DESTINATION, EPOCH, sequence, 1, verdict, list(missing), reason]

    def value(*entries: list[Any]) -> list[dict[str, Any]]:
        names = ("epoch", "sequence", "attempt", "verdict", "missing", "reason")
        return [
            {"destination": id_text(e[0])}
            | {k: v.hex() if isinstance(v, bytes) else v for k, v in zip(names, e[1:], strict=True)}
            for e in entries
        ]

    entries = [
        entry(42, 1),
        entry(43, 2, [[0, SEGMENT], [3 * SEGMENT, 100]]),
        entry(44, 3, reason="the disk is full: größer als der Rest"),
        entry(45, 4, reason="unknown key"),
        entry(46, 5, reason="taken back"),
    ]
    features = [DESTINATION, bytes(8), 16, 1, 1, [], ""]
    many = [entry(n, 1) for n in range(300)]
    faults = (
        ("none", "no entries", [1, []]),
        ("version", "version 2", [2, entries]),
        ("not-list", "a number for the entries", [1, 1]),
        ("arity", "an entry of six", [1, [entry(42, 1)[:6]]]),
        ("verdict", "verdict 6", [1, [entry(42, 6)]]),
        ("missing-none", "missing, but nothing named", [1, [entry(42, 2)]]),
        ("missing-complete", "complete, but a range named", [1, [entry(42, 1, [[0, 1]])]]),
        ("missing-order", "ranges out of order", [1, [entry(42, 2, [[9, 1], [0, 1]])]]),
        ("missing-overlap", "ranges that overlap", [1, [entry(42, 2, [[0, 2], [1, 1]])]]),
        ("missing-empty", "a range of nothing", [1, [entry(42, 2, [[0, 0]])]]),
        ("missing-many", "65 ranges", [1, [entry(42, 2, [[2 * n, 1] for n in range(65)])]]),
        ("reason-long", "201 characters", [1, [entry(42, 3, reason="x" * 201)]]),
        ("reason-control", "an escape sequence", [1, [entry(42, 3, reason="\x1b[31m")]]),
        ("reason-bytes", "bytes for the reason", [1, [entry(42, 3, reason=b"x")]]),
    )
    good = body([1, entries])
    out = [
        valid("receipt", "five", "one of each verdict", good, value(*entries), **given),
        valid(
            "receipt",
            "features",
            "one that is complete, and the features of its destination",
            body([1, [entry(42, 1), features]]),
            value(entry(42, 1), features),
            **given,
        ),
        valid(
            "receipt",
            "content",
            "one that is complete, and its content",
            body([1, [entry(42, 1, reason=CONTENT)]]),
            value(entry(42, 1, reason=CONTENT)),
            **given,
        ),
        valid("receipt", "many", "300 messages complete", body([1, many]), value(*many), **given),
        invalid("receipt", "signature", "a bit of a word", b"\x92\2" + good[2:], **given),
        invalid(
            "receipt",
            "too-long",
            "over 65536 bytes",
            body([1, [entry(n, 1) for n in range(2000)]]),
            **given,
        ),
    ]
    out += [invalid("receipt", slug, about, body(p), **given) for slug, about, p in faults]
    return out
