"""Vectors of RESUME and RESUMED frames."""

from struct import pack

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import frame

SESSION = bytes(range(1, 17))


def resumptions() -> list[Vector]:
    """Return the vectors of RESUME and RESUMED frames."""
    return [*_resume(), *_resumed()]


def _said(acknowledged: int, first: int, begun: int, session: bytes = SESSION) -> bytes:
    return pack(">16sQQQ", session, acknowledged, first, begun)


def _resume() -> list[Vector]:
    new = {"session": SESSION.hex(), "acknowledged": 0, "first": 1, "begun": 0}
    cut = {"session": SESSION.hex(), "acknowledged": 7, "first": 9, "begun": 10}
    none = {"session": SESSION.hex(), "acknowledged": 7, "first": 11, "begun": 10}
    return [
        valid("resume", "new", "the first connection of a session", frame(5, _said(0, 1, 0)), new),
        valid("resume", "cut", "can send frames 9 and 10 again", frame(5, _said(7, 9, 10)), cut),
        valid("resume", "none-kept", "can send none again", frame(5, _said(7, 11, 10)), none),
        invalid("resume", "short", "39 bytes", frame(5, _said(0, 1, 0)[:-1])),
        invalid("resume", "long", "41 bytes", frame(5, _said(0, 1, 0) + b"\0"), "TOO_LARGE"),
        invalid("resume", "no-session", "a session of zeros", frame(5, _said(0, 1, 0, bytes(16)))),
        invalid("resume", "first-acknowledged", "sends again what it was acknowledged",
                frame(5, _said(7, 7, 10))),
        invalid("resume", "first-beyond", "begins after what is next", frame(5, _said(7, 12, 10))),
        invalid("resume", "huge", "frame 2^63", frame(5, _said(7, 9, 1 << 63))),
    ]  # fmt: skip


def _resumed() -> list[Vector]:
    def said(code: int, received: int, held: int) -> bytes:
        return pack(">B7xQQ", code, received, held)

    def value(code: str, received: int, held: int) -> dict[str, object]:
        return {"code": code, "received": received, "held_bytes": held}

    return [
        valid("resumed", "new", "nothing of it is known", frame(6, said(0, 0, 0)),
              value("NEW", 0, 0)),
        valid("resumed", "cut", "the first 70,000 bytes of frame 9 are here",
              frame(6, said(1, 8, 70_000)), value("RESUMED", 8, 70_000)),
        valid("resumed", "whole", "frame 9 is next, none of it is here", frame(6, said(1, 8, 0)),
              value("RESUMED", 8, 0)),
        invalid("resumed", "code", "code 2", frame(6, said(2, 0, 0))),
        invalid("resumed", "padding", "padding set", frame(6, b"\1\1" + said(1, 8, 0)[2:])),
        invalid("resumed", "short", "23 bytes", frame(6, said(1, 8, 0)[:-1])),
        invalid("resumed", "new-with-bytes", "nothing is known, and bytes are here",
                frame(6, said(0, 0, 5))),
    ]  # fmt: skip
