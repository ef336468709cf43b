"""Vectors of MESSAGES frames and of sealed segments."""

from struct import pack
from typing import Any

from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import (
    CONTENT_KEY,
    RECEIPT,
    SALT,
    SEGMENT,
    SINGLE,
    frame,
    header,
    header_value,
    hop,
    plaintext,
    seal,
)


def message(end_to_end: bytes, hop_header: bytes, body: bytes) -> bytes:
    """Return one message as encoded in a MESSAGES frame."""
    lengths = pack(">HHI", len(end_to_end), len(hop_header), len(body))
    return lengths + end_to_end + hop_header + body


def messages(*parts: bytes, count: int | None = None) -> bytes:
    """Return a complete MESSAGES frame."""
    return frame(3, pack(">HH", len(parts) if count is None else count, 0) + b"".join(parts))


def message_frames() -> list[Vector]:
    """Return the vectors of MESSAGES frames at an agreed size of 131,072 bytes."""
    single = header(**SINGLE)
    body = seal(1, plaintext(300), 0, single)
    good = message(single, hop(0, 300, body), body)
    last = seal(1, plaintext(100), 3, header())
    chunk = message(header(), hop(3 * SEGMENT, 100, last, age=5, hops=1), last)
    receipt = b"payload" + bytes(64)
    word = message(header(**RECEIPT), hop(0, 71, receipt, salt=bytes(16)), receipt)
    agreed = {"message_size_bytes": 2 * SEGMENT}

    def decoded(
        end_to_end: dict[str, Any], offset: int, length: int, body: bytes, **change: Any
    ) -> dict[str, Any]:
        return {
            "end_to_end": end_to_end,
            "hop": {
                "offset": offset,
                "length_bytes": length,
                "salt": SALT.hex(),
                "body_hash": blake3(body).hexdigest(),
                "age_s": 0,
                "hops": 0,
            }
            | change,
            "body_bytes": len(body),
        }

    large = seal(1, plaintext(2 * SEGMENT), 0, header())
    out = [
        valid(
            "messages",
            "three",
            "a single, the last chunk of a file after one relay, a receipt",
            messages(good, chunk, word),
            [
                decoded(header_value(**SINGLE), 0, 300, body),
                decoded(header_value(), 3 * SEGMENT, 100, last, age_s=5, hops=1),
                decoded(header_value(**RECEIPT), 0, 71, receipt, salt="00" * 16),
            ],
            **agreed,
        ),
        valid(
            "messages",
            "largest",
            "one chunk of exactly the agreed size",
            messages(message(header(), hop(0, 2 * SEGMENT, large), large)),
            [decoded(header_value(), 0, 2 * SEGMENT, large)],
            **agreed,
        ),
    ]
    small = {"message_size_bytes": SEGMENT}
    limit = 4096 + SEGMENT + 16
    too_many = message(single, hop(0, 300, b"x"), b"x")
    over_hops = message(single, hop(0, 300, body, hops=17), body)
    long_ago = message(single, hop(0, 300, body, age=604800), body)
    short = body[:-1]
    salted = message(header(**RECEIPT), hop(0, 71, receipt), receipt)
    moved = message(header(**RECEIPT), hop(SEGMENT, 71, receipt, salt=bytes(16)), receipt)
    claimed = message(header(**RECEIPT), hop(0, 70, receipt, salt=bytes(16)), receipt)
    faults: list[tuple[str, str, bytes, str]] = [
        ("none", "no message", messages(), "MALFORMED"),
        ("count-low", "two messages, count 1", messages(good, good, count=1), "MALFORMED"),
        ("count-high", "one message, count 2", messages(good, count=2), "MALFORMED"),
        ("tail", "a byte after the last message", messages(good, b"\0", count=1), "MALFORMED"),
        ("cut", "the body ends early", messages(good[:-1]), "MALFORMED"),
        ("headless", "no end-to-end header", messages(message(b"", bytes(68), b"x")), "MALFORMED"),
        ("hop-short", "67 bytes of hop", messages(message(single, bytes(67), b"x")), "MALFORMED"),
        ("bodiless", "no body", messages(message(single, hop(0, 300), b"")), "MALFORMED"),
        ("hash", "a bit of the body", messages(good[:-1] + bytes([good[-1] ^ 1])), "BAD_HASH"),
        ("hops", "seventeen relays", messages(over_hops), "LOOP"),
        ("age", "as old as its lifetime", messages(long_ago), "EXPIRED"),
        (
            "length",
            "300 bytes sealed in 315",
            messages(message(single, hop(0, 300, short), short)),
            "MALFORMED",
        ),
        (
            "nothing",
            "a range of no bytes",
            messages(message(header(), hop(0, 0, b"x"), b"x")),
            "MALFORMED",
        ),
        (
            "offset",
            "an offset within a segment",
            messages(message(header(), hop(1, 100, last), last)),
            "MALFORMED",
        ),
        (
            "beyond",
            "a range beyond the whole",
            messages(message(header(), hop(4 * SEGMENT, 100, last), last)),
            "MALFORMED",
        ),
        (
            "ragged",
            "a range that ends within a segment",
            messages(message(header(), hop(0, 100, last), last)),
            "MALFORMED",
        ),
        ("receipt-salt", "a receipt with a salt", messages(salted), "MALFORMED"),
        ("receipt-offset", "a receipt with an offset", messages(moved), "MALFORMED"),
        ("receipt-length", "a receipt that says 70", messages(claimed), "MALFORMED"),
    ]
    out += [
        invalid("messages", slug, about, data, code, **small) for slug, about, data, code in faults
    ]
    out += [
        invalid(
            "messages",
            "count-over",
            "1025 messages",
            messages(*[too_many] * 1025),
            message_size_bytes=1 << 20,
        ),
        invalid(
            "messages",
            "agreed-size",
            "more plaintext than agreed, though the frame is within its limit",
            messages(message(header(), hop(0, SEGMENT + 100, b"x"), b"x")),
            "TOO_LARGE",
            **small,
        ),
        invalid(
            "messages",
            "frame-limit",
            "a frame one byte over its limit",
            frame(3, b"", limit + 1),
            "TOO_LARGE",
            **small,
        ),
    ]
    return out


def sealings() -> list[Vector]:
    """Return the vectors of sealed bodies with the key that opens them."""
    out = []
    aes, chacha = header(), header(suite=2)
    cases = (
        ("aes", "one short segment, AES-256-GCM", 1, header(**SINGLE), 0, 300),
        ("chacha", "one short segment, ChaCha20", 2, header(**SINGLE | {"suite": 2}), 0, 300),
        ("aes-two", "segments 2 and 3 of a whole, the last one short", 1, aes, 2, SEGMENT + 100),
        ("chacha-full", "segment 1 of a whole, full", 2, chacha, 1, SEGMENT),
    )
    for slug, about, suite, associated, index, length in cases:
        given: dict[str, Any] = {
            "suite": suite,
            "content_key": CONTENT_KEY.hex(),
            "salt": SALT.hex(),
            "end_to_end": associated.hex(),
            "first_index": index,
        }
        plain = plaintext(length)
        sealed = seal(suite, plain, index, associated)
        value = {"plaintext_bytes": length, "plaintext_blake3": blake3(plain).hexdigest()}
        out.append(valid("segments", slug, about, sealed, value, **given))
        if length != 300:
            continue
        broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
        other = header(**SINGLE | {"suite": suite, "sequence": 41}).hex()
        given["plaintext_bytes"] = length
        out += [
            invalid("segments", f"{slug}-tag", "a bit of the tag", broken, "CANNOT_OPEN", **given),
            invalid(
                "segments",
                f"{slug}-place",
                "another segment's place",
                sealed,
                "CANNOT_OPEN",
                **given | {"first_index": 1},
            ),
            invalid(
                "segments",
                f"{slug}-header",
                "another header",
                sealed,
                "CANNOT_OPEN",
                **given | {"end_to_end": other},
            ),
        ]
    return out
