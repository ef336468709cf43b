"""Outgoing bodies: read, sealed for their destination, written into frames.

single    inner header + file, or a text, sealed with the key of the pair
chunk     a range of the file, sealed with the job's content key under a fresh salt
manifest  the job's content key, sealed for the destination, signed
receipt   made before, signed
"""

import math
import os

from blake3 import blake3

from netrelay.core.custody_word import (
    CUSTODY_DOMAIN,
    CustodySubject,
    CustodyWord,
    encode_custody,
    signed_custody,
)
from netrelay.core.header import (
    NO_SALT,
    SALT_BYTES,
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
from netrelay.core.message_frames import MessagesWriter
from netrelay.core.plain_content import PlainContent
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.signed_body import (
    MANIFEST_DOMAIN,
    RECEIPT_DOMAIN,
    join_body,
    signed_data,
)
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.core.words import FileKind, MessageType
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.seal.sealing import seal_for
from netrelay.seal.segment_seal import SegmentSeal, derive_content_key, fastest_suite
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.carried import CarriedWhole, spool_name
from netrelay.store.outgoing import Ready
from netrelay.transfer.claimed_file import ClaimedFiles, CopyChanged, FileChanged
from netrelay.transfer.dropped_tree import ClaimedTrees, is_tree
from netrelay.transfer.single_keys import SingleKey
from netrelay.transfer.spool import SpoolReader

# The folder of compressed copies, relative to the home (Home.compressed).
COPIES = "drop/.compressed"
_U32_MAX = 0xFFFF_FFFF


class Sealer:
    """Seals messages of this node into frames, and copies carried ones into them."""

    def __init__(
        self,
        identity: Identity,
        files: ClaimedFiles,
        spool: SpoolReader,
        capacity_bytes: int,
        groups: GroupKeys | None = None,
    ) -> None:
        """Seal and sign as this node; receipts of its groups with their keys, if it has them."""
        self._identity = identity
        self._groups = groups
        self._files = files
        self._trees = ClaimedTrees(files)
        self._spool = spool
        self._suite = fastest_suite()
        # One plaintext buffer for all: sealing is the only copy a body makes here.
        self._plaintext = memoryview(bytearray(capacity_bytes))

    def end_to_end(self, message: Ready, key_id: bytes = b"") -> bytes:
        """Return the end-to-end header of a message: the same bytes whenever it is sent."""
        if message.envelope is not None:
            return message.envelope
        kind = MessageType(message.type)
        sealed = kind in (MessageType.SINGLE, MessageType.CHUNK)
        return encode_end_to_end(
            EndToEnd(
                self._suite if sealed else SUITE_NONE,
                kind,
                message.source,
                message.destination,
                message.epoch,
                message.sequence,
                message.attempt,
                message.total_bytes,
                message.lifetime_s,
                message.priority,
                key_id,
            )
        )

    def lay_chunk(self, writer: MessagesWriter, message: Ready) -> None:
        """Seal a chunk of a claimed file into a frame; FileChanged when the file has changed."""
        assert message.path is not None
        assert message.fingerprint is not None
        plaintext = self._plaintext[: message.size_bytes]
        self._read(message, message.offset, plaintext)
        self._lay_sealed(
            writer, message, self.end_to_end(message), self._content_key(message), plaintext
        )

    def lay_single(self, writer: MessagesWriter, message: Ready, key: SingleKey) -> None:
        """Seal a text, or a small file with its inner header, into a frame.

        FileChanged as for a chunk.
        """
        end_to_end = self.end_to_end(message, key.key_id)
        if message.text is not None:
            self._lay_sealed(writer, message, end_to_end, key.content_key, memoryview(message.text))
            return
        assert message.path is not None
        assert message.fingerprint is not None
        assert message.mtime_ns is not None
        name = message.path.rsplit(b"/", 1)[1]
        kind = SingleKind(_kind(message.fingerprint))
        header = SingleHeader(kind, name, message.mtime_ns, _plain(message))
        inner = encode_single_header(header)
        plaintext = self._plaintext[: message.size_bytes]
        plaintext[: len(inner)] = inner
        self._read(message, 0, plaintext[len(inner) :])
        self._lay_sealed(writer, message, end_to_end, key.content_key, plaintext)

    def _read(self, message: Ready, offset: int, view: memoryview) -> None:
        """Read what is sent of a claim: its compressed copy, if it has one."""
        assert message.path is not None
        assert message.fingerprint is not None
        if message.compressed is None:
            reader = self._trees if is_tree(message.fingerprint) else self._files
            reader.read_into(message.path, message.fingerprint, offset, view)
            return
        assert message.compressed_fingerprint is not None
        copy = f"{COPIES}/{message.compressed}".encode()
        try:
            self._files.read_into(copy, message.compressed_fingerprint, offset, view)
        except FileChanged as change:
            raise CopyChanged(f"its compressed copy: {change}") from change

    def lay_carried(self, writer: MessagesWriter, message: Ready) -> None:
        """Copy sealed segments of the spool into a frame; FileChanged when their hash differs."""
        assert message.envelope is not None
        assert message.salt is not None
        assert message.previous_hop is not None
        whole = CarriedWhole(_identity_of(message), message.previous_hop)
        body = writer.reserve(message.envelope, sealed_bytes(message.size_bytes))
        try:
            self._spool.read_into(spool_name(whole), message.offset, body)
            body_hash = blake3(body).digest()
            if message.found is not None and body_hash != message.found:
                raise FileChanged("what lies in the spool is not what came")
        except FileChanged:
            writer.drop_message()
            raise
        hop = Hop(
            message.offset,
            message.size_bytes,
            message.salt,
            body_hash,
            _age_s(message),
            message.hops + 1,
        )
        writer.finish_message(encode_hop(hop))

    def lay_signed(self, writer: MessagesWriter, message: Ready, body: bytes) -> None:
        """Copy a body that was made before, a manifest or a receipt, into a frame."""
        writer.reserve(self.end_to_end(message), len(body))[:] = body
        hops = message.hops + (message.envelope is not None)
        hop = Hop(0, len(body), NO_SALT, blake3(body).digest(), _age_s(message), hops)
        writer.finish_message(encode_hop(hop))

    def make_manifest(
        self, message: Ready, sealing_key: bytes, message_size_bytes: int, low_water: int
    ) -> bytes:
        """Return the body of a file's manifest for the owner of `sealing_key`; once an attempt."""
        assert message.path is not None
        assert message.fingerprint is not None
        assert message.mtime_ns is not None
        name = message.path.rsplit(b"/", 1)[1]
        kind = _kind(message.fingerprint)
        secrets = FileSecrets(
            self._content_key(message), name, message.mtime_ns, kind, _plain(message)
        )
        end_to_end = self.end_to_end(message)
        manifest = Manifest(
            ManifestKind.FILE,
            message_size_bytes,
            -(-message.total_bytes // message_size_bytes),
            min(low_water, message.sequence),
            b"",
            seal_for(sealing_key, encode_file_secrets(secrets), manifest_info(end_to_end)),
        )
        return self._sign(MANIFEST_DOMAIN, end_to_end, encode_manifest(manifest))

    def make_key(self, message: Ready, sealing_key: bytes, key: SingleKey, low_water: int) -> bytes:
        """Return the body of a manifest that carries a key for singles."""
        end_to_end = self.end_to_end(message)
        secret = encode_key_secret(key.content_key)
        sealed = seal_for(sealing_key, secret, manifest_info(end_to_end))
        manifest = Manifest(ManifestKind.KEY, 0, 0, low_water, key.key_id, sealed)
        return self._sign(MANIFEST_DOMAIN, end_to_end, encode_manifest(manifest))

    def single_key(self, destination: str, key_id: bytes) -> SingleKey:
        """Return the key for singles with this id, derived of it: no database holds it.

        Its context is shorter than that of a job's content key (`_content_key`).
        """
        context = b"".join((b"single key", destination.encode(), key_id))
        return SingleKey(key_id, derive_content_key(self._identity.storage_secret, context))

    def sign_receipt(self, message: Ready, payload: bytes) -> bytes:
        """Return the body of a receipt: its payload and the signature of its source."""
        return self._sign(RECEIPT_DOMAIN, self.end_to_end(message), payload, message.source)

    def can_sign_as(self, group: str) -> bool:
        """Return whether the keys of a group are here."""
        return self._groups is not None and self._groups.find(group) is not None

    def sign_custody(self, subject: CustodySubject, word: CustodyWord) -> bytes:
        """Return a custody word with the signature of this node."""
        packed = encode_custody(word)
        return packed + self._identity.sign(CUSTODY_DOMAIN, signed_custody(subject, packed))

    def _sign(
        self, domain: bytes, end_to_end: bytes, payload: bytes, source: str | None = None
    ) -> bytes:
        signer: Identity | None = self._identity
        if source is not None and source != self._identity.node_id:
            signer = None if self._groups is None else self._groups.find(source)
        assert signer is not None, source
        return join_body(payload, signer.sign(domain, signed_data(end_to_end, payload)))

    def _content_key(self, message: Ready) -> bytes:
        """Return a job's content key, derived from its identity: no database holds it.

        Every field has a fixed length but the destination, which is 32 characters (node_id.py).
        """
        context = b"".join(
            (
                message.destination.encode(),
                message.epoch,
                message.sequence.to_bytes(8, "big"),
                message.attempt.to_bytes(4, "big"),
            )
        )
        return derive_content_key(self._identity.storage_secret, context)

    def _lay_sealed(
        self,
        writer: MessagesWriter,
        message: Ready,
        end_to_end: bytes,
        content_key: bytes,
        plaintext: memoryview,
    ) -> None:
        salt = os.urandom(SALT_BYTES)
        body = writer.reserve(end_to_end, sealed_bytes(len(plaintext)))
        SegmentSeal(self._suite, content_key, salt, end_to_end).seal_into(
            plaintext, message.offset // SEGMENT_BYTES, body
        )
        hop = Hop(
            message.offset,
            len(plaintext),
            salt,
            blake3(body).digest(),
            _age_s(message),
            message.hops,
        )
        writer.finish_message(encode_hop(hop))


def _plain(message: Ready) -> PlainContent | None:
    """Return what the content of a message unpacks to; None if it is sent as it is."""
    if message.plain_hash is None:
        return None
    assert message.file_bytes is not None
    return PlainContent(message.file_bytes, message.plain_hash)


def _kind(claimed: str) -> FileKind:
    return FileKind.DIRECTORY if is_tree(claimed) else FileKind.FILE


def _identity_of(message: Ready) -> MessageIdentity:
    return MessageIdentity(
        message.source, message.destination, message.epoch, message.sequence, message.attempt
    )


def _age_s(message: Ready) -> int:
    return min(math.ceil(max(message.age_s, 0.0)), _U32_MAX)
