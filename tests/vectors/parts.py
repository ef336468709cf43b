"""Building blocks of the vectors, implemented a second time without netrelay."""

import hashlib
from base64 import b32encode
from struct import pack
from typing import Any

import msgpack
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SEGMENT = 65536


SOURCE_KEY = Ed25519PrivateKey.from_private_bytes(bytes([0x11] * 32))
DESTINATION_KEY = Ed25519PrivateKey.from_private_bytes(bytes([0x22] * 32))
EPOCH = bytes.fromhex("a1b2c3d4e5f60718")
OTHER_EPOCH = bytes.fromhex("0102030405060708")
KEY_ID = bytes.fromhex("c0ffee0000000001")
CONTENT_KEY = bytes(range(100, 132))
SALT = bytes(range(200, 216))


def spki(key: Ed25519PrivateKey) -> bytes:
    """Return the DER SubjectPublicKeyInfo of a key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def raw_id(key: Ed25519PrivateKey) -> bytes:
    """Return the 20 bytes of a node id."""
    return hashlib.sha256(spki(key)).digest()[:20]


def id_text(raw: bytes) -> str:
    """Return the text of a node id."""
    return b32encode(raw).decode().lower()


SOURCE, DESTINATION = raw_id(SOURCE_KEY), raw_id(DESTINATION_KEY)


def header_fields(**change: Any) -> dict[str, Any]:
    """Return the fields of an end-to-end header, in order."""
    f = {
        "version": 1,
        "suite": 1,
        "type": 2,
        "source": SOURCE,
        "destination": DESTINATION,
        "epoch": EPOCH,
        "sequence": 42,
        "attempt": 1,
        "total_size_bytes": 3 * SEGMENT + 100,
        "lifetime_s": 604800,
        "priority": 4,
        "key_id": b"",
    }
    assert not set(change) - set(f)
    return f | change


def header(**change: Any) -> bytes:
    """Return an end-to-end header, by default of a chunk of 196,708 bytes."""
    return bytes(msgpack.packb(list(header_fields(**change).values())))


def header_value(**change: Any) -> dict[str, Any]:
    """Return the decoded value of that header."""
    f = header_fields(**change)
    del f["version"]
    f["source"], f["destination"] = id_text(f["source"]), id_text(f["destination"])
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in f.items()}


SINGLE: dict[str, Any] = {"type": 1, "key_id": KEY_ID, "total_size_bytes": 300}
MANIFEST: dict[str, Any] = {"type": 3, "suite": 0}
KEY_MANIFEST: dict[str, Any] = {"type": 3, "suite": 0, "sequence": 43, "total_size_bytes": 0}
RECEIPT: dict[str, Any] = {
    "type": 7,
    "suite": 0,
    "source": DESTINATION,
    "destination": SOURCE,
    "epoch": OTHER_EPOCH,
    "total_size_bytes": 0,
}
LARGEST: dict[str, Any] = {
    **SINGLE,
    "suite": 2,
    "sequence": (1 << 63) - 1,
    "attempt": (1 << 32) - 1,
    "total_size_bytes": (1 << 63) - 1,
    "lifetime_s": (1 << 32) - 1,
    "priority": 9,
}


def hop(
    offset: int, length: int, body: bytes = b"", *, age: int = 0, hops: int = 0, salt: bytes = SALT
) -> bytes:
    """Return the hop header of this body."""
    return pack(">QI16s32sIB3x", offset, length, salt, blake3(body).digest(), age, hops)


def plaintext(length: int) -> bytes:
    """Return the plaintext of every sealing vector: byte i is i mod 251."""
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def seal(
    suite: int, plain: bytes, first_index: int, associated: bytes, salt: bytes = SALT
) -> bytes:
    """Return sealed segments, each followed by its tag."""
    key = blake3(CONTENT_KEY + salt, derive_key_context="netrelay 2026 segment key v1").digest()
    cipher = AESGCM(key) if suite == 1 else ChaCha20Poly1305(key)
    return b"".join(
        cipher.encrypt(
            (first_index + at // SEGMENT).to_bytes(12, "big"), plain[at : at + SEGMENT], associated
        )
        for at in range(0, len(plain), SEGMENT)
    )


def frame(kind: int, payload: bytes, length: int | None = None) -> bytes:
    """Return a frame whose header states `length`, by default the length of the payload."""
    return pack(">IB3x", len(payload) if length is None else length, kind) + payload


def sign(key: Ed25519PrivateKey, domain: bytes, end_to_end: bytes, payload: bytes) -> bytes:
    """Return a payload followed by its signature."""
    signed = domain + pack(">H", len(end_to_end)) + end_to_end + payload
    return payload + key.sign(signed)


MANIFEST_DOMAIN = b"netrelay manifest v1\0"
RECEIPT_DOMAIN = b"netrelay receipt v1\0"
