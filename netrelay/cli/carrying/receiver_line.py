"""The dialler's side of a data connection to this node's own receiver, for frames of a medium."""

import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from netrelay.core.frames import (
    EXPECT_ACKNOWLEDGEMENT,
    EXPECT_VERDICT,
    FRAME_HEADER_BYTES,
    Agreement,
    FrameKind,
    RefusedMessage,
    VerdictCode,
    decode_acknowledgement,
    decode_brief_acknowledgement,
    decode_frame_header,
    decode_verdict,
    encode_agreement,
)
from netrelay.core.medium_file import MEDIUM_AGREEMENT
from netrelay.core.words import WireError
from netrelay.ring.handed_ends import EndKind, hand_end

# As many frames as receiver has slots for one peer at most: more would wait in the socket.
_MOST_UNDECIDED: Final = 8
# A commit may wait for a slow card, and for the frames of every other peer.
_PATIENCE_S: Final = 120.0
# receiver takes nobody for five seconds after a start, until it knows the agreements.
_START_S: Final = 10.0
_AGAIN_S: Final = 0.1


class ReceiverAwayError(Exception):
    """receiver or processor_r does not answer: what is not acknowledged is sent again later."""


class ReceiverLine:
    """Sends frames that a peer has signed, and collects what is refused; each call may block.

    Frames count from 1. What is decided and not refused is durable here.
    """

    def __init__(self, runtime: Path, peer: str, capacity_bytes: int) -> None:
        """Open a connection; ReceiverAwayError if none is to be had."""
        self._decided = 0
        self._sent = 0
        self._refused: list[RefusedMessage] = []
        end_s = time.monotonic() + _START_S
        while True:
            try:
                self._wire = self._opened(runtime, peer, capacity_bytes)
            except ReceiverAwayError:
                if time.monotonic() >= end_s:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return

    def _opened(self, runtime: Path, peer: str, capacity_bytes: int) -> socket.socket:
        wire = hand_end(runtime, "receiver", EndKind.MEDIUM, peer, "")
        if wire is None:
            raise ReceiverAwayError("receiver is not there")
        wire.settimeout(_PATIENCE_S)
        self._wire = wire
        try:
            wire.sendall(encode_agreement(Agreement(capacity_bytes, MEDIUM_AGREEMENT)))
            _, payload = self._read(EXPECT_VERDICT)
            verdict = decode_verdict(payload)
        except (OSError, WireError) as error:
            wire.close()
            raise ReceiverAwayError(f"receiver does not answer: {error}") from error
        except ReceiverAwayError:
            wire.close()
            raise
        if verdict.code is not VerdictCode.OK:
            wire.close()
            raise ReceiverAwayError(f"receiver does not take it now: {verdict.code.name}")
        return wire

    def send(self, frame: bytes) -> None:
        """Send a complete frame; wait while many are not decided."""
        while self._sent - self._decided >= _MOST_UNDECIDED:
            self._hear()
        try:
            self._wire.sendall(frame)
        except OSError as error:
            raise ReceiverAwayError(f"receiver has ended: {error}") from error
        self._sent += 1

    @property
    def sent(self) -> int:
        """Number of the frame that was sent last."""
        return self._sent

    def settle(self) -> Sequence[RefusedMessage]:
        """Wait until all that was sent is decided; return what was refused since the last call."""
        while self._decided < self._sent:
            self._hear()
        refused, self._refused = self._refused, []
        return refused

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _hear(self) -> None:
        kind, payload = self._read(EXPECT_ACKNOWLEDGEMENT)
        try:
            if kind is FrameKind.BRIEF_ACKNOWLEDGEMENT:
                heard = decode_brief_acknowledgement(payload, self._decided)
            else:
                heard = decode_acknowledgement(payload)
        except WireError as error:
            raise ReceiverAwayError(f"what receiver says is no answer: {error}") from error
        self._refused += heard.refused
        self._decided = heard.decided

    def _read(self, expected: Mapping[int, int]) -> tuple[FrameKind, bytes]:
        header = self._exactly(FRAME_HEADER_BYTES)
        try:
            kind, length = decode_frame_header(header, expected)
        except WireError as error:
            raise ReceiverAwayError(f"what receiver says is no frame: {error}") from error
        return kind, self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            try:
                more = self._wire.recv(length - len(found))
            except OSError as error:
                raise ReceiverAwayError(f"receiver does not answer: {error}") from error
            if not more:
                raise ReceiverAwayError("receiver has closed the connection")
            found += more
        return bytes(found)
