"""What a peer that lies can sign: checksums are right, so that deeper parsers are reached."""

import random
from typing import Any

import msgpack

from netrelay.core.header import EndToEnd, decode_end_to_end
from netrelay.core.medium_file import MEDIUM_SIGNED_BYTES, MediumKind
from netrelay.core.message_names import MessageName, encode_names
from netrelay.core.node_id import node_id_bytes
from netrelay.core.words import WireError
from tests.story.sticks.damage import cut, flipped, with_odd_number
from tests.story.sticks.forger import Forger, RawMessage, RealFile, frame_of, messages_of

_ODD_VALUES: tuple[Any, ...] = (
    *(0, 1, 2, 7, 255, 256, -1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, (1 << 64) - 1),
    *(None, True, b"", bytes(8), bytes(20), bytes(21), "x", [], {}, 1.5),
)
_SIZES = (0, 1, 65536, 65537, 1 << 20, 16 << 20, (16 << 20) + 65536, 1 << 31)


class Lies:
    """Signed files that differ from real ones in one place or several.

    nodes: whom a lie may name.
    """

    def __init__(self, forger: Forger, nodes: tuple[str, ...]) -> None:
        self._forger = forger
        self._nodes = nodes

    def any(self, chance: random.Random, real: RealFile) -> bytes:
        """Return one of them."""
        lie = chance.choice(
            (self._header, self._parts, self._frame, self._message, self._message, self._names)
        )
        return lie(chance, real)

    def _header(self, chance: random.Random, real: RealFile) -> bytes:
        """A header of any bytes, with a right signature."""
        header = self._forger.file(real.header, real.parts)[:MEDIUM_SIGNED_BYTES]
        change = chance.choice((flipped, with_odd_number))
        return self._forger.signed(change(chance, header)) + b"".join(real.parts)

    def _parts(self, chance: random.Random, real: RealFile) -> bytes:
        """Parts in another order, too many of them, or of another kind."""
        parts = [chance.choice(real.parts) for _ in range(chance.choice((1, 2, 5)))]
        size_bytes = chance.choice(_SIZES[2:6])
        header = real.header._replace(
            addressee=chance.choice(self._nodes),
            kind=chance.choice(list(MediumKind)),
            message_size_bytes=size_bytes - size_bytes % 65536,
        )
        try:
            return self._forger.file(header, parts)
        except ValueError:
            return self._forger.file(header, parts[:1])

    def _frame(self, chance: random.Random, real: RealFile) -> bytes:
        """A frame with wrong lengths or counts, or none."""
        part = chance.choice(real.parts)
        messages = messages_of(part)
        changed = chance.choice(
            (
                flipped(chance, part[:200]) + part[200:],
                cut(chance, part) or b"\0",
                part + bytes(chance.randrange(1, 100)),
                frame_of(messages, chance.choice((0, 1, 1024, 1025, 65535))),
                frame_of(messages * chance.choice((1, 2, 3))),
                chance.randbytes(chance.randrange(1, 300)),
            )
        )
        return self._forger.file(real.header, [changed])

    def _message(self, chance: random.Random, real: RealFile) -> bytes:
        """A message whose headers or body say something else."""
        messages = messages_of(chance.choice(real.parts))
        at = chance.randrange(len(messages))
        messages[at] = self._changed(chance, messages[at])
        if chance.random() < 0.8:
            messages[at] = messages[at].rehashed()
        return self._forger.file(real.header, [frame_of(messages)])

    def _changed(self, chance: random.Random, message: RawMessage) -> RawMessage:
        match chance.randrange(6):
            case 0:
                return message._replace(end_to_end=flipped(chance, message.end_to_end, 3))
            case 1 | 2:
                fields = msgpack.unpackb(message.end_to_end)
                field = chance.randrange(len(fields))
                ids = [node_id_bytes(node) for node in self._nodes]
                fields[field] = chance.choice(_ODD_VALUES if field not in (3, 4) else ids)
                return message._replace(end_to_end=msgpack.packb(fields))
            case 3:
                return message._replace(hop=flipped(chance, message.hop, 3))
            case 4:
                return message._replace(body=flipped(chance, message.body))
            case _:
                return message._replace(body=cut(chance, message.body) or b"\0")

    def _names(self, chance: random.Random, real: RealFile) -> bytes:
        """Acknowledgements of what was never sent, or of nothing that can be read."""
        header = real.header._replace(kind=MediumKind.ACKNOWLEDGEMENTS)
        names = [self._name(chance, real) for _ in range(chance.choice((1, 2, 50)))]
        packed = encode_names(names)
        part = chance.choice(
            (
                packed,
                flipped(chance, packed, 3),
                cut(chance, packed) or b"\0",
                b"\x91" * chance.randrange(1, 60_000),
                b"\xdd\xff\xff\xff\xff",
                b"\x92\x01\xdc\xff\xff" + packed,
                msgpack.packb([1, [chance.choice(_ODD_VALUES)] * 3]),
            )
        )
        return self._forger.file(header, [part])

    def _name(self, chance: random.Random, real: RealFile) -> MessageName:
        message = chance.choice(messages_of(chance.choice(real.parts)))
        try:
            header: EndToEnd = decode_end_to_end(message.end_to_end)
        except WireError:
            raise AssertionError("it is of a real file") from None
        name = MessageName(
            *(int(header.type), header.source, header.destination, header.epoch),
            *(header.sequence, header.attempt, 0, 0),
        )
        return name._replace(
            source=chance.choice(self._nodes), sequence=chance.choice((0, 1, 5, 1 << 40))
        )
