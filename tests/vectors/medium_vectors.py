"""Vectors of the files that carry messages by hand: headers, and names of what has arrived."""

from struct import pack
from typing import Any

import msgpack
from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import DESTINATION, EPOCH, SOURCE, SOURCE_KEY, id_text, spki

DOMAIN = b"netrelay carry v1\0"
FILE_ID = bytes(range(16))
PARTS = (b"first" * 20, b"second")


def _signed(
    *,
    magic: bytes = b"NRCARRY1",
    kind: int = 1,
    pad: bytes = bytes(3),
    count: int | None = None,
    size: int = 65536,
    end: bytes = bytes(4),
    lengths: tuple[int, ...] | None = None,
    tail: bytes = b"",
) -> bytes:
    lengths = tuple(len(part) for part in PARTS) if lengths is None else lengths
    listed = b"".join(
        pack(">I32s", length, blake3(part).digest())
        for length, part in zip(lengths, PARTS * 40, strict=False)
    )
    fields = pack(
        ">8sB3sI20s20s16sI4s",
        *(magic, kind, pad, len(lengths) if count is None else count),
        *(SOURCE, DESTINATION, FILE_ID, size, end),
    )
    return (fields + listed + tail).ljust(4032, b"\0")


def _header(signed: bytes) -> bytes:
    return signed + SOURCE_KEY.sign(DOMAIN + signed)


def medium_headers() -> list[Vector]:
    """Return the vectors of headers, 4,096 bytes each."""
    given: dict[str, Any] = {"signer": spki(SOURCE_KEY).hex()}
    value = {
        "kind": 1,
        "writer": id_text(SOURCE),
        "addressee": id_text(DESTINATION),
        "file_id": FILE_ID.hex(),
        "message_size_bytes": 65536,
        "parts": [{"length_bytes": len(part), "hash": blake3(part).hexdigest()} for part in PARTS],
    }
    good = _header(_signed())
    faults = (
        ("signature", "a bit of the signature", good[:-1] + bytes([good[-1] ^ 1])),
        ("hash", "a bit of the hash of a part", good[:90] + bytes([good[90] ^ 1]) + good[91:]),
        ("magic", "another magic", _header(_signed(magic=b"NRCARRY2"))),
        ("kind", "kind 3", _header(_signed(kind=3))),
        ("padding", "padding set", _header(_signed(pad=b"\0\0\1"))),
        ("end", "the end of its fields set", _header(_signed(end=b"\0\0\0\1"))),
        ("none", "no part", _header(_signed(count=0, lengths=()))),
        ("many", "65 parts", _header(_signed(lengths=(1,) * 65))),
        ("size", "a message size of 65537", _header(_signed(size=65537))),
        ("empty", "a part of no bytes", _header(_signed(lengths=(1, 0)))),
        ("long", "a part over its limit", _header(_signed(lengths=(8 + 4096 + 65552 + 1,)))),
        ("more", "something behind its parts", _header(_signed(tail=b"\1"))),
        ("short", "4095 bytes", good[:-1]),
    )
    return [
        valid("medium", "messages", "two frames for the destination", good, value, **given),
        valid(
            "medium",
            "acknowledgements",
            "acknowledgements",
            _header(_signed(kind=2)),
            value | {"kind": 2},
            **given,
        ),
        *(invalid("medium", slug, about, data, **given) for slug, about, data in faults),
    ]


def medium_names() -> list[Vector]:
    """Return the vectors of parts of files of acknowledgements."""
    chunk = [2, SOURCE, DESTINATION, EPOCH, 42, 1, 65536, 131072]
    receipt = [7, DESTINATION, SOURCE, EPOCH, 7, 1, 0, 0]
    value = [
        {
            "type": fields[0],
            "source": id_text(fields[1]),  # type: ignore[arg-type]
            "destination": id_text(fields[2]),  # type: ignore[arg-type]
            "epoch": EPOCH.hex(),
            "sequence": fields[4],
            "attempt": 1,
            "offset": fields[6],
            "size_bytes": fields[7],
        }
        for fields in (chunk, receipt)
    ]
    faults = (
        ("none", "no names", [1, []]),
        ("version", "version 2", [2, [chunk]]),
        ("type", "a job", [1, [[6, *chunk[1:]]]]),
        ("arity", "a name of seven", [1, [chunk[:-1]]]),
        ("attempt", "attempt 0", [1, [[*chunk[:5], 0, *chunk[6:]]]]),
        ("signed", "a receipt with an offset", [1, [[*receipt[:6], 65536, 0]]]),
        ("many", "1025 names", [1, [chunk] * 1025]),
    )
    return [
        valid(
            *("medium-names", "two", "a chunk and a receipt"),
            msgpack.packb([1, [chunk, receipt]]),
            {"names": value},
        ),
        *(
            invalid("medium-names", slug, about, msgpack.packb(fields))
            for slug, about, fields in faults
        ),
    ]
