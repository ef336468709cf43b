"""The manifest (type 3): the payload that lets a destination open what the source seals for it.

    payload       [1, kind, message size, chunk count, low water, key id, sealed]
    sealed        HPKE ciphertext (RFC 9180) of the inner part, for the destination alone
    inner, file   [content key (32), name, modification time in nanoseconds, 1 file or 3 directory]
                  what travels compressed has more than a number at the end (plain_content.py)
    inner, key    [content key (32)]

A manifest of kind FILE precedes the chunks of one file and shares their identity. One of kind KEY
carries a key that many singles refer to by its id; it has no size and no chunks.
"""

from enum import IntEnum
from typing import Final, NamedTuple

import msgpack

from netrelay.core.header import KEY_ID_BYTES, EndToEnd
from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    Octets,
    check_bytes,
    check_integer,
    check_secret,
    malformed,
    quoted,
    unpack_array,
)
from netrelay.core.plain_content import PlainContent, decode_kind, encode_kind
from netrelay.core.segments import check_capacity
from netrelay.core.signed_body import MANIFEST_DOMAIN
from netrelay.core.words import FileKind

MANIFEST_VERSION: Final = 1
CONTENT_KEY_BYTES: Final = 32
NAME_MAX_BYTES: Final = 1024
# The ciphertext is 1,136 bytes longer (sealing.py) than its plaintext of at most 1,120 bytes.
SEALED_MAX_BYTES: Final = 4096
# Five integers of at most 9 bytes, a key id, lengths and signature take less than 200 bytes.
MANIFEST_BODY_MAX_BYTES: Final = SEALED_MAX_BYTES + 256
_FILE_KINDS: Final = frozenset(int(kind) for kind in FileKind)


class ManifestKind(IntEnum):
    """Purpose of a manifest, as encoded."""

    FILE = 1
    KEY = 2


class Manifest(NamedTuple):
    """The payload of a manifest.

    `low_water` is the smallest sequence of this source, destination and epoch that is not final at
    the source: no message below it will be sent again.
    """

    kind: ManifestKind
    message_size_bytes: int
    chunk_count: int
    low_water: int
    key_id: bytes
    sealed: bytes


class FileSecrets(NamedTuple):
    """The sealed part of a manifest of kind FILE; `name` is untrusted.

    For kind DIRECTORY the content is a directory stream (directory_stream.py). plain: what the
    content unpacks to; None: it travels as it is.
    """

    content_key: bytes
    name: bytes
    mtime_ns: int
    kind: FileKind = FileKind.FILE
    plain: PlainContent | None = None


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the payload of a manifest, to be signed; raise ValueError for an invalid field."""
    _check_manifest(manifest)
    packed: bytes = msgpack.packb((MANIFEST_VERSION, int(manifest.kind), *manifest[1:]))
    return packed


def decode_manifest(payload: Octets) -> Manifest:
    """Return the manifest in a payload; raise WireError MALFORMED for anything else.

    Verify the signature first.
    """
    version, kind, *rest = unpack_array("manifest", payload, 7, longest_bytes=SEALED_MAX_BYTES)
    check_integer("manifest version", version, MANIFEST_VERSION, MANIFEST_VERSION)
    check_integer("manifest kind", kind, ManifestKind.FILE, ManifestKind.KEY)
    manifest = Manifest(ManifestKind(kind), *rest)
    _check_manifest(manifest)
    return manifest


def _check_manifest(manifest: Manifest) -> None:
    kind, message_size, chunk_count, low_water, key_id, sealed = manifest
    if kind == ManifestKind.FILE:
        check_integer("message size", message_size, 1, INTEGER_MAX)
        try:
            check_capacity("message size", message_size)
        except ValueError as error:
            raise malformed(f"manifest: {error}") from None
        check_integer("chunk count", chunk_count, 1, INTEGER_MAX)
        check_bytes("key id of a file", key_id, 0, 0)
    else:
        check_integer("message size of a key", message_size, 0, 0)
        check_integer("chunk count of a key", chunk_count, 0, 0)
        check_bytes("key id", key_id, KEY_ID_BYTES, KEY_ID_BYTES)
    check_integer("low water", low_water, 0, INTEGER_MAX)
    check_bytes("sealed part", sealed, 1, SEALED_MAX_BYTES)


def check_manifest_header(end_to_end: EndToEnd, manifest: Manifest) -> None:
    """Raise WireError MALFORMED unless a manifest is consistent with its end-to-end header."""
    total = end_to_end.total_size_bytes
    if manifest.kind == ManifestKind.KEY:
        check_integer("total size of a key", total, 0, 0)
        return
    check_integer("total size of a file", total, 1, INTEGER_MAX)
    needed = -(-total // manifest.message_size_bytes)
    if manifest.chunk_count != needed:
        raise malformed(
            f"{total} bytes in messages of {manifest.message_size_bytes} are {needed} chunks, "
            f"the manifest says {manifest.chunk_count}"
        )
    if manifest.low_water > end_to_end.sequence:
        raise malformed(
            f"low water {manifest.low_water} is above its own sequence {end_to_end.sequence}"
        )


def manifest_info(end_to_end: Octets) -> bytes:
    """Return the HPKE info of a manifest, which binds the ciphertext to this header."""
    return b"".join((MANIFEST_DOMAIN, end_to_end))


def encode_file_secrets(secrets: FileSecrets) -> bytes:
    """Return the inner part of a manifest of kind FILE, ready to be sealed."""
    _check_file_secrets(secrets)
    packer = msgpack.Packer()
    parts = [packer.pack_array_header(4), *map(packer.pack, secrets[:3])]
    return b"".join((*parts, encode_kind(int(secrets.kind), secrets.plain)))


def decode_file_secrets(inner: Octets) -> FileSecrets:
    """Return the opened inner part of a manifest of kind FILE; raise WireError MALFORMED."""
    elements = unpack_array("sealed part of a file", inner, 4, longest_bytes=NAME_MAX_BYTES)
    key, name, mtime_ns, element = elements
    kind, plain = decode_kind("kind of file", element)
    secrets = FileSecrets(key, name, mtime_ns, kind, plain)
    _check_file_secrets(secrets)
    return secrets._replace(kind=FileKind(secrets.kind))


def _check_file_secrets(secrets: FileSecrets) -> None:
    check_secret("content key", secrets.content_key, CONTENT_KEY_BYTES)
    check_bytes("name", secrets.name, 1, NAME_MAX_BYTES)
    check_integer("modification time", secrets.mtime_ns, -INTEGER_MAX, INTEGER_MAX)
    if type(secrets.kind) not in (int, FileKind) or secrets.kind not in _FILE_KINDS:
        raise malformed(f"kind of file {quoted(secrets.kind)} must be 1 or 3")


def encode_key_secret(content_key: bytes) -> bytes:
    """Return the inner part of a manifest of kind KEY, ready to be sealed."""
    check_secret("content key", content_key, CONTENT_KEY_BYTES)
    packed: bytes = msgpack.packb((content_key,))
    return packed


def decode_key_secret(inner: Octets) -> bytes:
    """Return the content key in the opened inner part of a manifest of kind KEY.

    Raise WireError MALFORMED, whose text never contains the key.
    """
    (content_key,) = unpack_array("sealed part of a key", inner, 1, longest_bytes=CONTENT_KEY_BYTES)
    check_secret("content key", content_key, CONTENT_KEY_BYTES)
    assert isinstance(content_key, bytes)
    return content_key
