"""Vectors of node ids, end-to-end headers and hop headers."""

import msgpack
from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import (
    DESTINATION,
    DESTINATION_KEY,
    EPOCH,
    KEY_ID,
    KEY_MANIFEST,
    LARGEST,
    MANIFEST,
    RECEIPT,
    SALT,
    SEGMENT,
    SINGLE,
    SOURCE,
    SOURCE_KEY,
    header,
    header_fields,
    header_value,
    hop,
    id_text,
    spki,
)


def node_ids() -> list[Vector]:
    """Return the vectors of node ids and their identity keys."""
    return [
        valid(
            "node-id",
            "source",
            "DER SubjectPublicKeyInfo of the Ed25519 key with private bytes 0x11",
            spki(SOURCE_KEY),
            {"raw": SOURCE.hex(), "text": id_text(SOURCE)},
        ),
        valid(
            "node-id",
            "destination",
            "DER SubjectPublicKeyInfo of the Ed25519 key with private bytes 0x22",
            spki(DESTINATION_KEY),
            {"raw": DESTINATION.hex(), "text": id_text(DESTINATION)},
        ),
    ]


def headers() -> list[Vector]:
    """Return the vectors of end-to-end headers and hop headers."""
    out = [
        valid("end-to-end", slug, about, header(**change), header_value(**change))
        for slug, about, change in (
            ("chunk", "a chunk", {}),
            ("single", "a single", SINGLE),
            ("manifest", "a manifest of a file", MANIFEST),
            ("key", "a manifest of kind key", KEY_MANIFEST),
            ("receipt", "a receipt", RECEIPT),
            ("largest", "every number at its largest", LARGEST),
        )
    ]
    chunk = list(header_fields().values())
    faults: list[tuple[str, str, bytes, str]] = [
        ("empty", "no bytes", b"", "MALFORMED"),
        ("cut", "the last byte missing", header()[:-1], "MALFORMED"),
        ("trailing", "a byte after the array", header() + b"\0", "MALFORMED"),
        ("map", "a map", msgpack.packb({}), "MALFORMED"),
        ("eleven", "eleven elements", msgpack.packb(chunk[:11]), "MALFORMED"),
        ("thirteen", "thirteen elements", msgpack.packb([*chunk, 0]), "MALFORMED"),
        ("version", "header version 2", header(version=2), "MALFORMED"),
        ("version-bool", "true for the version", header(version=True), "MALFORMED"),
        ("nested", "an array for the sequence", header(sequence=[1]), "MALFORMED"),
        ("float", "a float for the sequence", header(sequence=1.0), "MALFORMED"),
        ("negative", "sequence -1", header(sequence=-1), "MALFORMED"),
        ("sequence-huge", "sequence 2^63", header(sequence=1 << 63), "MALFORMED"),
        ("attempt-zero", "attempt 0", header(attempt=0), "MALFORMED"),
        ("attempt-huge", "attempt 2^32", header(attempt=1 << 32), "MALFORMED"),
        ("type-four", "a hello in a frame", header(type=4), "UNKNOWN_TYPE"),
        ("type-six", "a job from the network", header(type=6), "UNKNOWN_TYPE"),
        ("type-eight", "type 8", header(type=8), "UNKNOWN_TYPE"),
        ("type-text", "text for the type", header(type="2"), "MALFORMED"),
        ("suite-three", "suite 3", header(suite=3), "UNKNOWN_SUITE"),
        ("suite-zero-chunk", "a chunk that is not sealed", header(suite=0), "MALFORMED"),
        ("suite-one-manifest", "a sealed manifest", header(**MANIFEST | {"suite": 1}), "MALFORMED"),
        ("id-short", "a source of 19 bytes", header(source=SOURCE[:19]), "MALFORMED"),
        ("id-text", "a source as text", header(source=id_text(SOURCE)), "MALFORMED"),
        ("to-itself", "source and destination are one", header(source=DESTINATION), "MALFORMED"),
        ("epoch-short", "an epoch of 7 bytes", header(epoch=EPOCH[:7]), "MALFORMED"),
        ("total-zero", "a chunk of nothing", header(total_size_bytes=0), "MALFORMED"),
        ("total-huge", "total size 2^63", header(total_size_bytes=1 << 63), "MALFORMED"),
        (
            "receipt-total",
            "a receipt with a total size",
            header(**RECEIPT | {"total_size_bytes": 1}),
            "MALFORMED",
        ),
        ("lifetime-zero", "lifetime 0", header(lifetime_s=0), "MALFORMED"),
        ("priority-ten", "priority 10", header(priority=10), "MALFORMED"),
        ("chunk-key", "a chunk with a key id", header(key_id=KEY_ID), "MALFORMED"),
        ("single-key", "a single without key id", header(**SINGLE | {"key_id": b""}), "MALFORMED"),
        ("long", "513 bytes", header(key_id=bytes(512 - len(header()))), "MALFORMED"),
    ]
    assert len(faults[-1][2]) == 513
    out += [invalid("end-to-end", slug, about, data, code) for slug, about, data, code in faults]
    first = hop(0, 2 * SEGMENT, age=7, hops=2)
    out += [
        valid(
            "hop",
            "chunk",
            "two whole segments",
            first,
            {
                "offset": 0,
                "length_bytes": 2 * SEGMENT,
                "salt": SALT.hex(),
                "body_hash": blake3(b"").hexdigest(),
                "age_s": 7,
                "hops": 2,
            },
        ),
        invalid("hop", "short", "67 bytes", first[:-1]),
        invalid("hop", "long", "69 bytes", first + b"\0"),
        invalid("hop", "padding", "the last byte set", first[:-1] + b"\1"),
    ]
    return out
