"""Vectors of opened singles, directory streams and received file names."""

from struct import pack
from typing import Any

import msgpack
from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid


def inner(kind: Any, name: Any, mtime: bytes = b"\xd3" + bytes(8)) -> bytes:
    """Return the inner header of a single; the caller has packed the time."""
    packed: bytes = b"\x93" + msgpack.packb(kind) + msgpack.packb(name) + mtime
    return pack(">H", len(packed)) + packed


def singles() -> list[Vector]:
    """Return the vectors of opened singles."""
    time = b"\xd3" + (1_790_000_000_123_456_789).to_bytes(8, "big")
    file_value = {
        "kind": 1,
        "name": b"note.txt".hex(),
        "mtime_ns": 1_790_000_000_123_456_789,
        "content": b"hello".hex(),
    }
    text_value = {"kind": 2, "name": "", "mtime_ns": 0, "content": b"ahoy".hex()}
    empty_value = {"kind": 1, "name": b"\xff".hex(), "mtime_ns": -1, "content": ""}
    return [
        valid("single", "file", "a file", inner(1, b"note.txt", time) + b"hello", file_value),
        valid("single", "text", "a message of text", inner(2, b"") + b"ahoy", text_value),
        valid(
            "single",
            "empty",
            "an empty file",
            inner(1, b"\xff", b"\xd3" + b"\xff" * 8),
            empty_value,
        ),
        invalid("single", "no-length", "one byte", b"\0"),
        invalid("single", "cut", "ends in its header", inner(1, b"note.txt", time)[:-1]),
        valid(
            "single",
            "directory",
            "a directory that holds nothing",
            inner(3, b"photos", time) + entry(0, b"", 0, 0),
            {
                "kind": 3,
                "name": b"photos".hex(),
                "mtime_ns": 1_790_000_000_123_456_789,
                "content": entry(0, b"", 0, 0).hex(),
            },
        ),
        invalid("single", "kind", "kind 4", inner(4, b"n")),
        invalid("single", "nameless", "a file without name", inner(1, b"")),
        invalid("single", "named-text", "a text with a name", inner(2, b"n")),
        invalid("single", "float", "a float for the time", inner(1, b"n", msgpack.packb(1.5))),
    ]


def entry(kind: Any, path: Any, mtime: Any, size: Any) -> bytes:
    """Return an entry of a directory stream, without its content."""
    packed: bytes = msgpack.packb([kind, path, mtime, size])
    return pack(">H", len(packed)) + packed


def directories() -> list[Vector]:
    """Return the vectors of directory streams."""
    time = 1_790_000_000_123_456_789
    some = [
        (1, b"a.txt", time, b"hello"),
        (2, b"deep", time, b""),
        (2, b"deep/empty", -1, b""),
        (1, b"deep/\xff", 0, b""),
        (1, b"deep.txt", 2**63 - 1, bytes(300)),
    ]

    def stream(*entries: tuple[int, bytes, int, bytes], count: int | None = None) -> bytes:
        parts = [entry(k, path, mtime, len(data)) + data for k, path, mtime, data in entries]
        return b"".join([*parts, entry(0, b"", 0, len(entries) if count is None else count)])

    def value(*entries: tuple[int, bytes, int, bytes]) -> list[Any]:
        return [
            {"kind": k, "path": path.hex(), "mtime_ns": mtime, "content": data.hex()}
            for k, path, mtime, data in entries
        ]

    def tree_hash(*entries: tuple[int, bytes, int, bytes]) -> str:
        found = blake3(derive_key_context="netrelay 2026 directory hash v1")
        for k, path, _, data in entries:
            found.update(pack(">BH", k, len(path)) + path + pack(">Q", len(data)) + data)
        return found.update(b"\0").hexdigest()

    def one(path: bytes) -> bytes:
        return stream((1, path, 0, b"x"))

    faults = [
        ("none", "no bytes", b""),
        ("endless", "without its end", stream(*some)[: -len(entry(0, b"", 0, 5))]),
        ("trailing", "a byte after its end", stream(*some) + b"\0"),
        ("count", "an end that counts one too few", stream(*some, count=4)),
        ("order", "two files in the wrong order", stream(some[4], some[0])),
        ("twice", "a path twice", stream(some[0], some[0])),
        ("orphan", "a file in a directory that was not named", stream(some[3])),
        ("in-a-file", "a file in a file", stream((1, b"a", 0, b""), (1, b"a/b", 0, b""))),
        ("kind", "kind 3", stream((3, b"a", 0, b""))),
        ("directory-size", "a directory of five bytes", stream((2, b"a", 0, b"hello"))),
        ("absolute", "an absolute path", one(b"/etc/passwd")),
        ("parent", "a path through the parent", one(b"../a")),
        ("dot", "a path that is a dot", one(b".")),
        ("slash", "a path that ends in a slash", one(b"a/")),
        ("nul", "a path with a NUL", one(b"a\0b")),
        ("part-long", "a part of 256 bytes", one(b"x" * 256)),
        ("size", "a size beyond the stream", entry(1, b"a", 0, 2**62) + entry(0, b"", 0, 1)),
        ("float", "a float for the time", entry(2, b"a", 1.5, 0) + entry(0, b"", 0, 1)),
    ]
    return [
        valid("directory", "some", "files and directories", stream(*some), value(*some)),
        valid("directory", "empty", "nothing", stream(), []),
        *(invalid("directory", slug, about, data) for slug, about, data in faults),
        valid("directory-hash", "some", "files and directories", stream(*some), tree_hash(*some)),
        valid("directory-hash", "empty", "nothing", stream(), tree_hash()),
    ]


def file_names() -> list[Vector]:
    """Return the vectors of names: as received, as applied, and with a number."""
    long = "x" * 300 + ".tar"
    cases: list[tuple[str, str, bytes, str, str]] = [
        ("plain", "nothing to change", b"report.pdf", "report.pdf", "report (2).pdf"),
        ("path", "a path", b"../../etc/passwd", "passwd", "passwd (2)"),
        ("absolute", "nothing after the last slash", b"/tmp/", "unnamed", "unnamed (2)"),
        ("dots", "the parent", b"..", "unnamed", "unnamed (2)"),
        ("hidden", "a hidden file", b".bashrc", "_.bashrc", "_ (2).bashrc"),
        ("option", "an option", b"-rf", "_-rf", "_-rf (2)"),
        (
            "control",
            "a new line and an escape",
            b"a\nb\x1b[2J.txt",
            "a_b_[2J.txt",
            "a_b_[2J (2).txt",
        ),
        (
            "direction",
            "a direction override",
            "a\u202egpj.exe".encode(),
            "a_gpj.exe",
            "a_gpj (2).exe",
        ),
        ("not-utf-8", "bytes that are not UTF-8", b"caf\xe9.txt", "caf%E9.txt", "caf%E9 (2).txt"),
        ("backslash", "a path of another system", b"..\\x.txt", "_.._x.txt", "_.._x (2).txt"),
        ("long", "304 bytes", long.encode(), "x" * 236 + ".tar", "x" * 236 + " (2).tar"),
        ("wide", "300 bytes in 100 characters", "€".encode() * 100, "€" * 80, "€" * 80 + " (2)"),
    ]
    return [
        valid("file-name", slug, about, data, {"safe": safe, "second": second})
        for slug, about, data, safe, second in cases
    ]
