"""Vectors of packed MESSAGES frames. Deflate is composed by hand: its libraries differ in bytes."""

from struct import pack

from blake3 import blake3

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import DESTINATION, EPOCH, KEY_ID, SALT, SOURCE, header, id_text

_HOP_ZEROS = bytes(68)
_LENGTHS_TAIL = b"\x00\x44\x00\x00\x00"


def dictionary(sender: bytes, receiver: bytes) -> bytes:
    """Return the dictionary of a connection, as docs/protocol.md lists it."""
    ids = b"\xc4\x14" + sender + b"\xc4\x14" + receiver + b"\xc4\x08"
    tail = bytes.fromhex("011ece00278d0004c408")
    parts = (
        b"\xc4\x14" + receiver + b"\xc4\x08",
        _HOP_ZEROS,
        bytes.fromhex("92019197c414") + sender + bytes.fromhex("c408010190a0"),
        bytes.fromhex("9c010007") + ids + bytes.fromhex("0100ce00278d0001c400") + _HOP_ZEROS,
        _LENGTHS_TAIL + bytes.fromhex("9c010201") + ids + tail + _HOP_ZEROS,
        _LENGTHS_TAIL + bytes.fromhex("9c010101") + ids + tail + _HOP_ZEROS,
    )
    return b"".join(parts)


class Deflate:
    """Writes one last block with the fixed codes of RFC 1951, section 3.2.6."""

    def __init__(self) -> None:
        self._bits: list[int] = [1, 1, 0]

    def literals(self, data: bytes) -> "Deflate":
        """Add bytes as they are."""
        for byte in data:
            if byte < 144:
                self._code(0b00110000 + byte, 8)
            else:
                self._code(0b110010000 + byte - 144, 9)
        return self

    def copy_ten(self, distance: int) -> "Deflate":
        """Add ten bytes from 257..512 bytes before (length code 264, distance codes 16 and 17)."""
        assert 257 <= distance <= 512
        self._code(264 - 256, 7)
        code, first = (16, 257) if distance < 385 else (17, 385)
        self._code(code, 5)
        self._bits += [(distance - first) >> place & 1 for place in range(7)]
        return self

    def end(self) -> bytes:
        """Return the block."""
        self._code(0, 7)
        bits = self._bits + [0] * (-len(self._bits) % 8)
        return bytes(
            sum(bit << place for place, bit in enumerate(bits[at : at + 8]))
            for at in range(0, len(bits), 8)
        )

    def _code(self, code: int, length: int) -> None:
        self._bits += [code >> place & 1 for place in reversed(range(length))]


def stored(data: bytes) -> bytes:
    """Return one last block that holds the bytes as they are."""
    return b"\x01" + pack("<HH", len(data), 0xFFFF ^ len(data)) + data


def packed_messages() -> list[Vector]:
    """Return the vectors of packed frames."""
    body = bytes(range(60))
    head = header(type=1, key_id=KEY_ID, total_size_bytes=44, epoch=EPOCH)
    hop = pack(">QI16s32sIB3s", 0, 44, SALT, bytes(32), 7, 0, bytes(3))
    whole_hop = pack(">QI16s32sIB3s", 0, 44, SALT, blake3(body).digest(), 7, 0, bytes(3))
    lengths = pack(">HHI", len(head), len(hop), len(body))
    messages = lengths + head + hop + body
    value = (pack(">HH", 1, 0) + lengths + head + whole_hop + body).hex()
    given = {"sender": id_text(SOURCE), "receiver": id_text(DESTINATION)}

    def packed(content: bytes) -> bytes:
        return pack(">HH", 1, 1) + content

    of_ids = dictionary(SOURCE, DESTINATION)
    at = messages.index(SOURCE)
    distance = at + len(of_ids) - of_ids.index(SOURCE, len(of_ids) - 400)
    with_copy = (
        Deflate().literals(messages[:at]).copy_ten(distance).literals(messages[at + 10 :]).end()
    )
    faults = (
        ("cut", "without its last byte", packed(stored(messages)[:-1])),
        ("trailing", "a byte after its end", packed(stored(messages) + b"\0")),
        ("nothing", "no deflate", packed(b"")),
        ("hash", "a hash that is not left out", packed(stored(lengths + head + whole_hop + body))),
        ("long", "65537 bytes", packed(b"\0" + stored(bytes(65535))[1:] + stored(bytes(2)))),
        ("count", "two messages, count 1", packed(stored(messages * 2))),
        ("distance", "a copy from before the dictionary", packed(Deflate().copy_ten(512).end())),
    )
    return [
        valid("packed", "stored", "one message, stored", packed(stored(messages)), value, **given),
        valid("packed", "copy", "ten bytes of the dictionary", packed(with_copy), value, **given),
        *(invalid("packed", slug, about, data, **given) for slug, about, data in faults),
    ]
