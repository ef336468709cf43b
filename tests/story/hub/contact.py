"""A contact of a light node with the hub: it dials, delivers a file, hears the receipt, leaves."""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from netrelay.core.frames import (
    FRAME_HEADER_BYTES,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    encode_frame_header,
)
from netrelay.core.header import decode_end_to_end
from netrelay.core.message_frames import (
    MessagesWriter,
    messages_frame_limit_bytes,
    read_messages,
)
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.core.words import MessageType
from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context, server_context
from netrelay.link.dial import dial
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.seal.identity import Identity
from netrelay.store.outgoing import Ready
from netrelay.transfer.claimed_file import ClaimedFiles
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.spool import SpoolReader
from tests.story.hub.fleet import AGREEMENT, DATAPORT, LightNode

_CAPACITY_BYTES = 65_536
_LIFETIME_S = 86_400
_KEY_ID = b"key-0001"


class Hub(NamedTuple):
    """Where the hub is, and who it is."""

    address: str
    identity: Identity


class Stage(StrEnum):
    """How far a contact is."""

    DIALLING = "dialling"
    SENDING = "sending"
    CALLING = "calling"
    DONE = "done"
    BUSY = "busy"
    FAILED = "failed"


def laid_frame(node: LightNode, hub: Hub, number: int, content: bytes) -> bytes:
    """Return the payload of a frame with the key and one small file, sealed by the product."""
    sealer = Sealer(node.identity, ClaimedFiles(Path("/")), SpoolReader(Path("/")), _CAPACITY_BYTES)
    epoch = node.identity.storage_secret[:8]
    key = sealer.single_key(hub.identity.node_id, _KEY_ID)
    view = memoryview(bytearray(_CAPACITY_BYTES))
    writer = MessagesWriter(view, AGREEMENT.message_size_bytes)
    sequence = 2 * number - 1

    def ready(type_: MessageType, sequence: int, text: bytes | None) -> Ready:
        size_bytes = 0 if text is None else len(text)
        return Ready(
            id=sequence,
            type=int(type_),
            source=node.identity.node_id,
            destination=hub.identity.node_id,
            epoch=epoch,
            sequence=sequence,
            attempt=1,
            offset=0,
            size_bytes=size_bytes,
            total_bytes=size_bytes,
            parent=0,
            file=None,
            priority=4,
            lifetime_s=_LIFETIME_S,
            age_s=0.0,
            hops=0,
            name=None,
            path=None,
            fingerprint=None,
            mtime_ns=None,
            text=text,
        )

    manifest = ready(MessageType.MANIFEST, sequence, None)
    sealing_key = hub.identity.sealing_key.public_bytes
    sealer.lay_signed(writer, manifest, sealer.make_key(manifest, sealing_key, key, sequence))
    name = f"reading-{number}".encode()
    header = encode_single_header(SingleHeader(SingleKind.FILE, name, time.time_ns()))
    sealer.lay_single(writer, ready(MessageType.SINGLE, sequence + 1, header + content), key)
    length = writer.finish()
    return bytes(view[FRAME_HEADER_BYTES:length])


class Contact:
    """One contact; `step` goes on, `interests` says what it waits for."""

    def __init__(self, node: LightNode, hub: Hub, number: int, *, stays: bool = False) -> None:
        self.node = node
        self.stage = Stage.DIALLING
        self.retry_after_s = 0
        self.was_closed_in_order = False
        self.reason = ""
        self._hub = hub
        self._stays = stays
        self._number = number
        self._keys = (node.identity.certificate_path, node.identity.key_path)
        self._trusted = [hub.identity.certificate_der]
        self._link: OutgoingLink | None = None
        self._call: IncomingLink | None = None
        self._slot = memoryview(bytearray())
        self._is_answered = False
        self._connection: Connection | None = None
        try:
            self._connection = self._dialled(client_context(*self._keys, self._trusted), call=False)
        except LinkClosed as closed:
            self._end(Stage.FAILED, str(closed))

    def _dialled(self, context: object, *, call: bool) -> Connection:
        return Connection.dial(
            dial(self._hub.address, DATAPORT, self.node.address),
            context,  # type: ignore[arg-type]
            pins=lambda _: self._hub.identity.node_id,
            expected_peer=self._hub.identity.node_id,
            deadline_s=time.monotonic() + 60,
            is_call=call,
        )

    @property
    def is_over(self) -> bool:
        """True once it has ended, well or not; one that stays ends with the hub."""
        return self.stage in (Stage.DONE, Stage.BUSY, Stage.FAILED)

    def interests(self) -> list[tuple[int, bool, bool]]:
        """Return the descriptors to poll."""
        waits: list[tuple[int, bool, bool]] = []
        if self._link is not None:
            waits.append((self._link.fileno(), True, self._link.wants_write))
        elif self._connection is not None:
            waits.append(
                (
                    self._connection.fileno(),
                    self._connection.wants_read,
                    self._connection.wants_write,
                )
            )
        if self._call is not None:
            waits.append((self._call.fileno(), self._call.wants_read, self._call.wants_write))
        return [wait for wait in waits if wait[0] >= 0]

    def step(self) -> None:
        """Read and write without blocking; nothing once it is over."""
        if self.is_over:
            return
        now_s = time.monotonic()
        try:
            self._advance(now_s)
        except LinkClosed as closed:
            stays = self._stays and self.stage is Stage.SENDING and self._is_answered
            self.was_closed_in_order = stays and closed.cause == "close_notify"
            self._end(Stage.DONE if stays else Stage.FAILED, str(closed))

    def _advance(self, now_s: float) -> None:
        if self._link is None:
            assert self._connection is not None
            if not self._connection.advance(now_s):
                return
            self._link = OutgoingLink(self._connection, AGREEMENT, now_s)
        _, acknowledged = self._link.service(now_s)
        verdict = self._link.verdict
        if self.stage is Stage.DIALLING and verdict is not None:
            if verdict.code is VerdictCode.BUSY:
                self.retry_after_s = verdict.retry_after_s
                self._end(Stage.BUSY, "busy")
                return
            if verdict.code is not VerdictCode.OK:
                self._end(Stage.FAILED, verdict.code.name)
                return
            self.stage = Stage.SENDING
            if self._number:
                payload = laid_frame(self.node, self._hub, self._number, os.urandom(512))
                frame = encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload
                self._link.send(0, memoryview(frame))
                self._link.service(now_s)
            else:
                self._is_answered = True
        if any(each.decided for each in acknowledged):
            assert not any(each.refused for each in acknowledged), acknowledged
            self._is_answered = True
            if not self._stays:
                self._place_call()
        if self._call is not None:
            self._hear(now_s)

    def _place_call(self) -> None:
        self.stage = Stage.CALLING
        self._slot = memoryview(bytearray(messages_frame_limit_bytes(_CAPACITY_BYTES)))
        self._call = IncomingLink(
            self._dialled(server_context(*self._keys, self._trusted), call=True),
            lambda _peer, _stated: Verdict(VerdictCode.OK),
            lambda _peer: (0, self._slot),
        )

    def _hear(self, now_s: float) -> None:
        assert self._call is not None
        for arrived in self._call.service(now_s):
            views = read_messages(self._slot[: arrived.length_bytes])
            kinds = [decode_end_to_end(bytes(header)).type for header, _, _ in views]
            self._call.acknowledge(arrived.frame, list[RefusedMessage]())
            self._call.service(now_s)
            if MessageType.RECEIPT in kinds:
                self._end(Stage.DONE, "")
                return

    def _end(self, stage: Stage, reason: str) -> None:
        self.stage, self.reason = stage, reason
        self.close()

    def close(self) -> None:
        """Close everything."""
        for each in (self._call, self._link, self._connection):
            if each is not None:
                each.close()
        self._call = self._link = self._connection = None
