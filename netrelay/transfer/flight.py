"""What is in flight on one connection: frames handed to sender, not yet decided by the peer."""

from collections.abc import Iterator
from typing import NamedTuple

from netrelay.ring.records import Refused
from netrelay.store.outgoing import Ready

# Twice what a peer of the default capacity takes in before it flushes: the wire never runs dry.
WINDOW_BYTES = 32 * 1024 * 1024


class Outcome(NamedTuple):
    """A decided message; refused is None when it is durable at the peer."""

    message: Ready
    peer: str
    refused: Refused | None


class Flight:
    """One connection's frames by number; handle: what sender calls the connection."""

    def __init__(self, peer: str, handle: int, message_size_bytes: int, number: int) -> None:
        self.peer = peer
        self.handle = handle
        self.message_size_bytes = message_size_bytes
        self.agreement_number = number
        self._frames: dict[int, tuple[int, list[Ready]]] = {}
        self._refused: dict[tuple[int, int], Refused] = {}
        self._last_frame = 0
        self._bytes = 0

    @property
    def room_bytes(self) -> int:
        """How much more may be sent before the peer has to decide."""
        return WINDOW_BYTES - self._bytes

    @property
    def is_idle(self) -> bool:
        """True when nothing waits for the peer's word."""
        return not self._frames

    def add(self, messages: list[Ready], length_bytes: int) -> int:
        """Note a frame; gives its number on the connection, from 1."""
        self._last_frame += 1
        self._frames[self._last_frame] = (length_bytes, messages)
        self._bytes += length_bytes
        return self._last_frame

    def refuse(self, refused: Refused) -> None:
        """Note the refusal of a message in flight; it counts when its frame is decided."""
        _, messages = self._frames.get(refused.frame, (0, []))
        if refused.message_index < len(messages):
            self._refused[refused.frame, refused.message_index] = refused

    def decide(self, frame: int) -> Iterator[Outcome]:
        """Give what became of every message up to this frame."""
        for number in [each for each in self._frames if each <= frame]:
            length_bytes, messages = self._frames.pop(number)
            self._bytes -= length_bytes
            for index, message in enumerate(messages):
                yield Outcome(message, self.peer, self._refused.pop((number, index), None))

    def lost(self) -> list[Ready]:
        """Give every message that was not decided; for after the end."""
        return [message for _, messages in self._frames.values() for message in messages]
