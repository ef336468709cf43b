"""A peer with forged messages: validly signed and sealed, with contents that must be refused."""

import os
from typing import Any, NamedTuple, Protocol

from netrelay.core.header import (
    NO_SALT,
    SUITE_NONE,
    EndToEnd,
    Hop,
    encode_end_to_end,
    encode_hop,
)
from netrelay.core.manifest import (
    FileSecrets,
    Manifest,
    ManifestKind,
    encode_file_secrets,
    encode_key_secret,
    encode_manifest,
    manifest_info,
)
from netrelay.core.plain_content import PlainContent
from netrelay.core.receipt import ReceiptEntry, encode_receipt
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.signed_body import (
    MANIFEST_DOMAIN,
    RECEIPT_DOMAIN,
    join_body,
    signed_data,
)
from netrelay.core.words import MessageType
from netrelay.seal.identity import Identity
from netrelay.seal.sealing import seal_for
from netrelay.seal.segment_seal import SegmentSeal, fastest_suite
from tests.transfer.linked_pair import (
    SIZE,
    Message,
    rehashed,
)

KEY = bytes(range(32))
EPOCH = b"an epoch"


class Party(Protocol):
    """Interface of a node for `Hostile`: its id and its keys."""

    @property
    def id(self) -> str:
        """The node's id."""

    @property
    def identity(self) -> Identity:
        """Its keys; of the target only the public sealing key is used."""


class Hostile(NamedTuple):
    """A peer that forges messages; their signatures and seals are valid."""

    node: Party
    target: Party

    def header(self, kind: MessageType, total: int, **fields: Any) -> EndToEnd:
        """Return an end-to-end header with these fields replaced."""
        sealed = kind in (MessageType.SINGLE, MessageType.CHUNK)
        header = EndToEnd(
            fastest_suite() if sealed else SUITE_NONE,
            kind,
            self.node.id,
            self.target.id,
            EPOCH,
            sequence=1,
            attempt=1,
            total_size_bytes=total,
            lifetime_s=1_000,
            priority=4,
            key_id=b"",
        )
        return header._replace(**fields)

    def signed(self, header: EndToEnd, domain: bytes, payload: bytes) -> Message:
        """Return a signed message."""
        end_to_end = encode_end_to_end(header)
        signature = self.node.identity.sign(domain, signed_data(end_to_end, payload))
        body = join_body(payload, signature)
        hop = Hop(0, len(body), NO_SALT, bytes(32), 0, 0)
        return rehashed(Message(end_to_end, encode_hop(hop), body))

    def manifest(
        self, total: int, name: bytes = b"name", plain: PlainContent | None = None, **fields: Any
    ) -> Message:
        """Return the manifest of a file whose content key is KEY; plain: what it unpacks to."""
        header = self.header(MessageType.MANIFEST, total, **fields)
        secrets = encode_file_secrets(FileSecrets(KEY, name, 0, plain=plain))
        info = manifest_info(encode_end_to_end(header))
        sealed = seal_for(self.target.identity.sealing_key.public_bytes, secrets, info)
        chunks = -(-total // SIZE)
        payload = encode_manifest(Manifest(ManifestKind.FILE, SIZE, chunks, 0, b"", sealed))
        return self.signed(header, MANIFEST_DOMAIN, payload)

    def key(self, key_id: bytes = b"key id 8", **fields: Any) -> Message:
        """Return a manifest with KEY as a key for singles, under an id."""
        header = self.header(MessageType.MANIFEST, 0, **fields)
        info = manifest_info(encode_end_to_end(header))
        sealed = seal_for(
            self.target.identity.sealing_key.public_bytes, encode_key_secret(KEY), info
        )
        payload = encode_manifest(Manifest(ManifestKind.KEY, 0, 0, 0, key_id, sealed))
        return self.signed(header, MANIFEST_DOMAIN, payload)

    def sealed(self, header: EndToEnd, offset: int, plaintext: bytes) -> Message:
        """Return a body that is sealed with KEY."""
        end_to_end, salt = encode_end_to_end(header), os.urandom(16)
        body = bytearray(sealed_bytes(len(plaintext)))
        SegmentSeal(header.suite, KEY, salt, end_to_end).seal_into(
            memoryview(plaintext), offset // SEGMENT_BYTES, memoryview(body)
        )
        hop = Hop(offset, len(plaintext), salt, bytes(32), 0, 0)
        return rehashed(Message(end_to_end, encode_hop(hop), bytes(body)))

    def chunk(self, offset: int, plaintext: bytes, total: int, **fields: Any) -> Message:
        """Return a chunk."""
        return self.sealed(self.header(MessageType.CHUNK, total, **fields), offset, plaintext)

    def single(self, plaintext: bytes, **fields: Any) -> Message:
        """Return a single with this plaintext."""
        fields.setdefault("sequence", 2)
        header = self.header(MessageType.SINGLE, len(plaintext), key_id=b"key id 8", **fields)
        return self.sealed(header, 0, plaintext)

    def receipt(self, *entries: ReceiptEntry, **fields: Any) -> Message:
        """Return a receipt."""
        fields.setdefault("sequence", 3)
        header = self.header(MessageType.RECEIPT, 0, **fields)
        return self.signed(header, RECEIPT_DOMAIN, encode_receipt(entries))
