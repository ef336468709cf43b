"""Opened singles, and names of received files."""

from struct import pack
from typing import Any

import msgpack

from tests.vectors.pair import Vector, invalid, valid


def inner(kind: Any, name: Any, mtime: bytes = b"\xd3" + bytes(8)) -> bytes:
    """The inner header of a single; the time is packed by the caller."""
    packed: bytes = b"\x93" + msgpack.packb(kind) + msgpack.packb(name) + mtime
    return pack(">H", len(packed)) + packed


def singles() -> list[Vector]:
    """Opened singles."""
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
        invalid("single", "kind", "kind 3", inner(3, b"n")),
        invalid("single", "nameless", "a file without name", inner(1, b"")),
        invalid("single", "named-text", "a text with a name", inner(2, b"n")),
        invalid("single", "float", "a float for the time", inner(1, b"n", msgpack.packb(1.5))),
    ]


def file_names() -> list[Vector]:
    """Names as they come, as they are applied, and with a number."""
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
