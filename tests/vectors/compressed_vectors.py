"""Vectors of compressed content, and of what says that content is compressed.

The frames are composed by hand from RFC 8878: no library compresses the same bytes for ever.
"""

from struct import pack
from typing import Any

import msgpack
from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import CONTENT_KEY

PLAIN = b"ahoy" * 3 + b"!" * 70_000
SIZE = len(PLAIN)
HASH = blake3(PLAIN).digest()
MTIME_NS = 1_790_000_000_123_456_789
_RAW, _RLE = 0, 1
_WINDOW_128_KIB = b"\x38"
_WINDOW_8_MIB = b"\x68"
_WINDOW_16_MIB = b"\x70"


def block(kind: int, size: int, content: bytes, *, is_last: bool = False) -> bytes:
    """Return a block: its 24-bit header is size, type, and whether it is the last."""
    return (size << 3 | kind << 1 | is_last).to_bytes(3, "little") + content


def frame(*blocks: bytes, window: bytes = _WINDOW_128_KIB) -> bytes:
    """Return a frame of these blocks without content size, checksum and dictionary."""
    return b"\x28\xb5\x2f\xfd\x00" + window + b"".join(blocks)


def blocks() -> tuple[bytes, bytes]:
    """Return the two blocks of PLAIN."""
    return block(_RAW, 12, b"ahoy" * 3), block(_RLE, 70_000, b"!", is_last=True)


def of_plain(change: int = 0) -> dict[str, Any]:
    """Return what a decoder needs in addition to a frame."""
    return {"plain_bytes": len(PLAIN) + change, "plain_hash": HASH.hex()}


def contents() -> list[Vector]:
    """Return the vectors of compressed content."""
    good = frame(*blocks())
    sized = b"\x28\xb5\x2f\xfd\x80" + _WINDOW_128_KIB + pack("<I", len(PLAIN)) + b"".join(blocks())
    other_size = sized.replace(pack("<I", len(PLAIN)), pack("<I", len(PLAIN) + 1))
    dictionary = b"\x28\xb5\x2f\xfd\x01" + _WINDOW_128_KIB + b"\x07" + b"".join(blocks())
    skippable = pack("<II", 0x184D2A50, 4) + b"skip"
    bomb = frame(*(block(_RLE, 131_072, b"\0") for _ in range(64)))
    faults = (
        ("empty", "no bytes", b""),
        ("magic", "no frame", b"PK\3\4" + good[4:]),
        ("cut", "without its last block", good[: -len(blocks()[1])]),
        ("header-cut", "ends in its header", good[:5]),
        ("trailing", "a byte after its frame", good + b"\0"),
        ("two", "two frames", good + good),
        ("skippable", "a skippable frame before it", skippable + good),
        ("skippable-after", "a skippable frame after it", good + skippable),
        ("dictionary", "a frame that needs the dictionary 7", dictionary),
        ("window", "a window of 16 MiB", frame(*blocks(), window=_WINDOW_16_MIB)),
        ("said-size", "a frame that says another size", other_size),
        ("bomb", "more than its source says", bomb),
        ("block", "a block of a reserved type", frame(block(3, 1, b"!", is_last=True))),
    )
    out = [
        valid("compressed", "two-blocks", "a raw block and a run", good, PLAIN.hex(), **of_plain()),
        valid(
            "compressed", "sized", "a frame that says its size", sized, PLAIN.hex(), **of_plain()
        ),
        valid(
            "compressed",
            "window",
            "a window of 8 MiB",
            frame(*blocks(), window=_WINDOW_8_MIB),
            PLAIN.hex(),
            **of_plain(),
        ),
    ]
    out += [invalid("compressed", slug, about, data, **of_plain()) for slug, about, data in faults]
    short: dict[str, Any] = {"plain_bytes": len(PLAIN), "plain_hash": bytes(32).hex()}
    out += [
        invalid("compressed", "more", "a byte more than its source says", good, **of_plain(-1)),
        invalid("compressed", "less", "a byte less than its source says", good, **of_plain(1)),
        invalid("compressed", "hash", "another hash than its source says", good, **short),
    ]
    return out


def element(kind: Any, size: Any = SIZE, hash_: Any = HASH) -> bytes:
    """Return the array that stands for the kind of what travels compressed."""
    packed = b"\xcf" + size.to_bytes(8, "big") if type(size) is int else msgpack.packb(size)
    return b"".join((b"\x93", msgpack.packb(kind), packed, msgpack.packb(hash_)))


def secrets(last: bytes) -> bytes:
    """Return the sealed part of a manifest with this last element."""
    fields = (CONTENT_KEY, b"log.txt", MTIME_NS)
    return b"".join((b"\x94", *(msgpack.packb(field) for field in fields), last))


def single(first: bytes, name: bytes = b"log.txt") -> bytes:
    """Return the inner header of a single with this first element."""
    time = b"\xd3" + MTIME_NS.to_bytes(8, "big")
    packed = b"".join((b"\x93", first, msgpack.packb(name), time))
    return pack(">H", len(packed)) + packed


def kinds() -> list[Vector]:
    """Return the vectors of manifests and singles whose content is compressed."""
    plain = {"size_bytes": len(PLAIN), "hash": HASH.hex()}
    common = {"name": b"log.txt".hex(), "mtime_ns": MTIME_NS, "plain": plain}
    content = frame(*blocks())
    faults = (
        ("compressed-arity", "an array of two for the kind", b"\x92\x01\x01"),
        ("compressed-kind", "kind 2, compressed", element(2)),
        ("compressed-size", "an unpacked size of 0", element(1, 0)),
        ("compressed-size-text", "text for the unpacked size", element(1, "1")),
        ("compressed-hash", "a hash of 31 bytes", element(1, 1, bytes(31))),
        ("compressed-nested", "an array for the kind", element([1])),
    )
    out = [
        valid(
            "file-secrets",
            f"compressed-{what}",
            f"of a {what} that travels compressed",
            secrets(element(kind)),
            {"content_key": CONTENT_KEY.hex(), "kind": kind} | common,
        )
        for kind, what in ((1, "file"), (3, "directory"))
    ]
    out += [
        valid(
            "single",
            f"compressed-{what}",
            f"a {what} that travels compressed",
            single(element(kind)) + content,
            {"kind": kind, "content": content.hex()} | common,
        )
        for kind, what in ((1, "file"), (3, "directory"))
    ]
    for slug, about, data in faults:
        out.append(invalid("file-secrets", slug, about, secrets(data)))
        name = b"" if slug == "compressed-kind" else b"log.txt"
        out.append(invalid("single", slug, about, single(data, name)))
    return out
