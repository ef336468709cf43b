"""Opening what was sealed for us: manifests by our own key, bodies by the keys in them."""

from collections import OrderedDict
from typing import NamedTuple, TypeVar

from netrelay.core.header import EndToEnd, Hop, decode_end_to_end
from netrelay.core.manifest import (
    MANIFEST_BODY_MAX_BYTES,
    FileSecrets,
    Manifest,
    ManifestKind,
    check_manifest_header,
    decode_file_secrets,
    decode_key_secret,
    decode_manifest,
    manifest_info,
)
from netrelay.core.msgpack_array import malformed
from netrelay.core.segments import SEGMENT_BYTES
from netrelay.core.signed_body import (
    MANIFEST_DOMAIN,
    RECEIPT_DOMAIN,
    signed_data,
    split_body,
)
from netrelay.core.words import Refusal, WireError
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.seal.seal_errors import SealBroken
from netrelay.seal.sealing import SealingPrivateKey, open_sealed
from netrelay.seal.segment_seal import SegmentSeal
from netrelay.seal.signature import verify
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Database
from netrelay.store.manifests import find_key, open_manifest
from netrelay.store.peers import Peer

_MOST_KEPT = 64
_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


class ComingFile:
    """A file of which the manifest is here, or was opened in this batch."""

    def __init__(self, staged: str, secrets: FileSecrets, total_bytes: int, low_water: int) -> None:
        self.staged = staged
        self.content_key = secrets.content_key
        self.name = secrets.name
        self.mtime_ns = secrets.mtime_ns
        self.kind = secrets.kind
        self.plain = secrets.plain
        self.total_bytes = total_bytes
        self.low_water = low_water


class OpenedKey(NamedTuple):
    """A key for singles, opened."""

    key_id: bytes
    content_key: bytes
    low_water: int


class Opener:
    """Keeps opened keys in memory, and opens those in the database again after a start."""

    def __init__(
        self,
        identity: Identity,
        database: Database,
        capacity_bytes: int,
        groups: GroupKeys | None = None,
    ) -> None:
        """Open what is for this node; what is for its groups with their keys, if it has them."""
        self._identity = identity
        self._groups = groups
        self._database = database
        self._files: OrderedDict[MessageIdentity, ComingFile] = OrderedDict()
        self._keys: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        # One plaintext buffer for all: opening is the only copy a body makes here.
        self._plaintext = memoryview(bytearray(capacity_bytes))

    def open_manifest(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, source: Peer
    ) -> ComingFile | OpenedKey:
        """Check the signature of a manifest and open what it brings; keep it for its pieces."""
        opened = self._read_manifest(header, end_to_end, body, source)
        if isinstance(opened, OpenedKey):
            _remember(self._keys, (header.source, opened.key_id), opened.content_key)
        else:
            _remember(self._files, identity_of(header), opened)
        return opened

    def contradicts(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, source: Peer, *, is_new: bool
    ) -> bool:
        """Return whether a manifest opens to something else than the one of its identity here.

        A source may make it anew: it is sealed otherwise then, and opens to the same. is_new: the
        one here was opened in this batch and has no row yet.
        """
        identity = identity_of(header)
        if not is_new:
            kept = open_manifest(self._database, identity)
            if kept is None or kept == (end_to_end, bytes(body)):
                return False
        opened = self._read_manifest(header, end_to_end, body, source)
        return _secrets(opened) != _secrets(self.coming_file(identity, source))

    def _read_manifest(
        self, header: EndToEnd, end_to_end: bytes, body: memoryview, source: Peer
    ) -> ComingFile | OpenedKey:
        manifest = decode_manifest(manifest_payload(end_to_end, body, source))
        check_manifest_header(header, manifest)
        inner = self._unseal(manifest, end_to_end, header.destination)
        if manifest.kind is ManifestKind.KEY:
            return OpenedKey(manifest.key_id, decode_key_secret(inner), manifest.low_water)
        staged = self.staged_name(identity_of(header))
        secrets = decode_file_secrets(inner)
        return ComingFile(staged, secrets, header.total_size_bytes, manifest.low_water)

    def coming_file(self, identity: MessageIdentity, source: Peer) -> ComingFile | None:
        """Return the file a chunk belongs to; None when no manifest of it waits here."""
        coming = self._files.get(identity)
        if coming is not None:
            return coming
        kept = open_manifest(self._database, identity)
        if kept is None:
            return None
        envelope, body = kept
        opened = self.open_manifest(decode_end_to_end(envelope), envelope, memoryview(body), source)
        assert isinstance(opened, ComingFile)
        return opened

    def forget_file(self, identity: MessageIdentity) -> None:
        """Forget a file whose manifest does not wait any more."""
        self._files.pop(identity, None)

    def open_chunk(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, coming: ComingFile
    ) -> memoryview:
        """Return a chunk's plaintext, valid until the next opening."""
        return self._open(header, hop, end_to_end, body, coming.content_key)

    def open_single(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, source: Peer
    ) -> memoryview:
        """Return a single's plaintext, valid until the next opening."""
        content_key = self._single_key(header, source)
        return self._open(header, hop, end_to_end, body, content_key)

    def _single_key(self, header: EndToEnd, source: Peer) -> bytes:
        known = self._keys.get((header.source, header.key_id))
        if known is not None:
            return known
        kept = find_key(self._database, header.source, header.key_id)
        if kept is None:
            # Without the keys of a group another key would not open either: HELD costs no attempt.
            self._sealing_key(header.destination)
            raise WireError(Refusal.CANNOT_OPEN, f"key {header.key_id.hex()} never came")
        envelope, body = kept
        payload, signature = split_body(memoryview(body))
        if not verify(
            source.certificate, MANIFEST_DOMAIN, signed_data(envelope, payload), signature
        ):
            raise WireError(Refusal.CANNOT_OPEN, f"key {header.key_id.hex()} was made by another")
        destination = decode_end_to_end(envelope).destination
        secret = self._unseal(decode_manifest(payload), envelope, destination)
        content_key = decode_key_secret(secret)
        _remember(self._keys, (header.source, header.key_id), content_key)
        return content_key

    def staged_name(self, identity: MessageIdentity) -> str:
        """Return the name of an incoming file in the staging folder."""
        source, destination, epoch, sequence, attempt = identity
        group = None if destination == self._identity.node_id else destination
        return staged_name(source, epoch, sequence, attempt, group)

    def _unseal(self, manifest: Manifest, end_to_end: bytes, destination: str) -> bytes:
        key = self._sealing_key(destination)
        try:
            return open_sealed(key, manifest.sealed, manifest_info(end_to_end))
        except SealBroken as error:
            raise WireError(Refusal.CANNOT_OPEN, f"the manifest does not open: {error}") from error

    def _sealing_key(self, destination: str) -> SealingPrivateKey:
        if destination == self._identity.node_id:
            return self._identity.sealing_key
        found = None if self._groups is None else self._groups.find(destination)
        if found is None:
            # Its source offers it to another member.
            raise WireError(Refusal.HELD, f"the keys of the group {destination} are not here")
        return found.sealing_key

    def _open(
        self, header: EndToEnd, hop: Hop, end_to_end: bytes, body: memoryview, content_key: bytes
    ) -> memoryview:
        plaintext = self._plaintext[: hop.length_bytes]
        seal = SegmentSeal(header.suite, content_key, hop.salt, end_to_end)
        try:
            seal.open_into(body, hop.offset // SEGMENT_BYTES, plaintext)
        except SealBroken as error:
            raise WireError(Refusal.CANNOT_OPEN, f"the body does not open: {error}") from error
        return plaintext


def manifest_payload(end_to_end: bytes, body: memoryview, source: Peer) -> bytes:
    """Return the payload of a manifest; WireError unless its source signed it."""
    if len(body) > MANIFEST_BODY_MAX_BYTES:
        raise malformed(f"a manifest of {len(body)} bytes, at most {MANIFEST_BODY_MAX_BYTES}")
    return _verified(MANIFEST_DOMAIN, "manifest", end_to_end, body, source)


def receipt_payload(end_to_end: bytes, body: memoryview, source: Peer) -> bytes:
    """Return the payload of a receipt; WireError unless its source signed it."""
    return _verified(RECEIPT_DOMAIN, "receipt", end_to_end, body, source)


def _verified(domain: bytes, what: str, end_to_end: bytes, body: memoryview, source: Peer) -> bytes:
    payload, signature = split_body(body)
    if not verify(source.certificate, domain, signed_data(end_to_end, payload), signature):
        raise WireError(Refusal.MALFORMED, f"the {what} is not signed by its source")
    return payload


def _secrets(opened: ComingFile | OpenedKey | None) -> tuple[object, ...]:
    if isinstance(opened, ComingFile):
        content = opened.total_bytes, opened.plain
        return opened.content_key, opened.name, opened.mtime_ns, content
    return (opened,)


def _remember(kept: OrderedDict[_Key, _Kept], key: _Key, value: _Kept) -> None:
    kept[key] = value
    if len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def identity_of(header: EndToEnd) -> MessageIdentity:
    """Return the identity in an end-to-end header."""
    return MessageIdentity(
        header.source, header.destination, header.epoch, header.sequence, header.attempt
    )
