"""Vectors of AGREEMENT, VERDICT, ACKNOWLEDGEMENT and of the frames both ways."""

from struct import pack

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import SEGMENT, frame


def small_frames() -> list[Vector]:
    """Return the vectors of the frames of a few bytes, but for those of sessions."""
    agreement = pack(">HHIQ", 1, 0, 1 << 20, 7)
    refused = pack(">QHBBI", 9, 2, 1, 0, 30) + pack(">QHBBI", 10, 0, 6, 0, 0)
    acknowledgement = pack(">QH6x", 10, 2) + refused
    value = {"message_size_bytes": 1 << 20, "number": 7, "version": 1}
    refusals = [[9, 2, "NEED_MANIFEST", 30], [10, 0, "NOT_PERMITTED", 0]]
    full = pack(">QH6x", 1, 1024) + b"".join(pack(">QHBBI", 1, i, 16, 0, 0) for i in range(1024))
    over = pack(">QH6x", 1, 1025) + b"".join(pack(">QHBBI", 1, i, 16, 0, 0) for i in range(1025))
    out = [
        valid("agreement", "first", "what a dialler says first", frame(1, agreement), value),
        invalid("agreement", "kind", "a kind nobody knows", frame(9, agreement)),
        invalid("agreement", "not-yet", "a verdict in its place", frame(2, bytes(8))),
        invalid("agreement", "header-padding", "padding set", b"\0\0\0\x10\1\0\0\1" + agreement),
        invalid("agreement", "long", "17 bytes", frame(1, agreement + b"\0"), "TOO_LARGE"),
        invalid("agreement", "short", "15 bytes", frame(1, agreement[:-1])),
        invalid("agreement", "version", "version 2", frame(1, pack(">HHIQ", 2, 0, 1 << 20, 7))),
        invalid("agreement", "padding", "padding set", frame(1, pack(">HHIQ", 1, 1, 1 << 20, 7))),
        invalid("agreement", "size", "65537 bytes", frame(1, pack(">HHIQ", 1, 0, SEGMENT + 1, 7))),
        invalid("verdict", "code", "code 4", frame(2, b"\4" + bytes(7))),
        invalid("verdict", "padding", "padding set", frame(2, b"\0\1" + bytes(6))),
        invalid("verdict", "short", "7 bytes", frame(2, bytes(7))),
        valid(
            "acknowledgement",
            "two-refused",
            "ten frames decided, two messages in them refused",
            frame(4, acknowledgement),
            {"decided": 10, "refused": refusals},
        ),
        valid(
            "acknowledgement",
            "none-refused",
            "all of it durable",
            frame(4, pack(">QH6x", 1 << 40, 0)),
            {"decided": 1 << 40, "refused": []},
        ),
        valid(
            "acknowledgement",
            "full",
            "1024 refusals",
            frame(4, full),
            {"decided": 1, "refused": [[1, i, "NOT_BUILT", 0] for i in range(1024)]},
        ),
        invalid("acknowledgement", "over", "1025 refusals", frame(4, over), "TOO_LARGE"),
        invalid("acknowledgement", "short", "a refusal missing", frame(4, acknowledgement[:-16])),
        invalid("acknowledgement", "long", "a byte too many", frame(4, acknowledgement + b"\0")),
        invalid("acknowledgement", "headless", "15 bytes", frame(4, acknowledgement[:15])),
        invalid(
            "acknowledgement",
            "code-zero",
            "refusal code 0",
            frame(4, pack(">QH6x", 1, 1) + pack(">QHBBI", 1, 0, 0, 0, 0)),
        ),
        invalid(
            "acknowledgement",
            "code-unknown",
            "refusal code 18",
            frame(4, pack(">QH6x", 1, 1) + pack(">QHBBI", 1, 0, 18, 0, 0)),
        ),
        invalid(
            "acknowledgement",
            "refusal-padding",
            "padding set in a refusal",
            frame(4, pack(">QH6x", 1, 1) + pack(">QHBBI", 1, 0, 1, 1, 0)),
        ),
        invalid(
            "acknowledgement",
            "frame-zero",
            "a refusal in frame 0",
            frame(4, pack(">QH6x", 1, 1) + pack(">QHBBI", 0, 0, 1, 0, 0)),
        ),
    ]
    brief = "brief-acknowledgement"
    out += [
        valid(brief, "first", "one frame decided", frame(8, pack(">H", 1)), {"decided": 1}),
        valid(brief, "beyond", "the low bits begin anew", frame(8, pack(">H", 4)),
              {"decided": 65_540}, acknowledged=65_530),
        invalid(brief, "short", "one byte", frame(8, b"\1")),
        invalid(brief, "long", "three bytes", frame(8, bytes(3)), "TOO_LARGE"),
        valid("reverse-end", "end", "the connection in reverse has ended", frame(7, b""), {}),
        invalid("reverse-end", "long", "a byte of payload", frame(7, b"\0"), "TOO_LARGE"),
    ]  # fmt: skip
    for code, name in enumerate(("OK", "NO_AGREEMENT", "NOT_WANTED", "BUSY")):
        data = frame(2, pack(">B3xI", code, 60 * code))
        verdict = {"code": name, "retry_after_s": 60 * code}
        slug = name.lower().replace("_", "-")
        out.append(valid("verdict", slug, f"code {code}", data, verdict))
    return out
