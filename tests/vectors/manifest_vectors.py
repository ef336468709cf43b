"""Vectors of manifests and of their sealed part.

HPKE is randomised, so the stored ciphertext is kept as long as it opens.
"""

from pathlib import Path
from typing import Any

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from tests.vectors.pair import Vector, invalid, valid
from tests.vectors.parts import (
    CONTENT_KEY,
    DESTINATION_KEY,
    KEY_ID,
    KEY_MANIFEST,
    MANIFEST,
    MANIFEST_DOMAIN,
    RECEIPT_DOMAIN,
    SEGMENT,
    SOURCE_KEY,
    header,
    sign,
    spki,
)

HERE = Path(__file__).parent
HPKE_FILE = "valid-hpke-file-secrets"
MLKEM_KEY = MLKEM768PrivateKey.from_seed_bytes(bytes(range(64)))
X25519_KEY = X25519PrivateKey.from_private_bytes(bytes(range(64, 96)))


HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
NAME = "Grüße.txt".encode()
MTIME_NS = 1_790_000_000_123_456_789
FILE_SECRETS = [CONTENT_KEY, NAME, MTIME_NS, 1]


def file_ciphertext() -> bytes:
    """Return the stored HPKE ciphertext, or a new one when it is missing or does not open."""
    private = MLKEM768X25519PrivateKey(MLKEM_KEY, X25519_KEY)
    info = MANIFEST_DOMAIN + header(**MANIFEST)
    plain = msgpack.packb(FILE_SECRETS)
    kept = HERE / f"{HPKE_FILE}.bin"
    try:
        if HPKE.decrypt(kept.read_bytes(), private, info) == plain:
            return kept.read_bytes()
    except (OSError, ValueError, InvalidTag):
        pass
    public = MLKEM768X25519PublicKey(MLKEM_KEY.public_key(), X25519_KEY.public_key())
    return HPKE.encrypt(plain, public, info)


def manifests() -> list[Vector]:
    """Return the vectors of manifests and of their sealed part."""
    sealed = file_ciphertext()
    head, key_head = header(**MANIFEST), header(**KEY_MANIFEST)
    given = {"end_to_end": head.hex(), "signer": spki(SOURCE_KEY).hex()}
    fields: list[Any] = [1, 1, SEGMENT, 4, 40, b"", sealed]
    key_fields: list[Any] = [1, 2, 0, 0, 40, KEY_ID, b"sealed for the destination"]

    def body(fields: Any) -> bytes:
        return sign(SOURCE_KEY, MANIFEST_DOMAIN, head, msgpack.packb(fields))

    def value(fields: list[Any]) -> dict[str, Any]:
        names = ("kind", "message_size_bytes", "chunk_count", "low_water", "key_id", "sealed")
        return {
            name: field.hex() if isinstance(field, bytes) else field
            for name, field in zip(names, fields[1:], strict=True)
        }

    def changed(position: int, field: Any) -> bytes:
        return body([*fields[:position], field, *fields[position + 1 :]])

    good = body(fields)
    key_body = sign(SOURCE_KEY, MANIFEST_DOMAIN, key_head, msgpack.packb(key_fields))
    out = [
        valid("manifest", "file", "four chunks of 65536 bytes", good, value(fields), **given),
        valid(
            "manifest",
            "key",
            "a key for singles",
            key_body,
            value(key_fields),
            **given | {"end_to_end": key_head.hex()},
        ),
        invalid(
            "manifest",
            "signature",
            "a bit of the signature",
            good[:-1] + bytes([good[-1] ^ 1]),
            **given,
        ),
        invalid(
            "manifest",
            "header",
            "signed with another header",
            good,
            **given | {"end_to_end": header(**MANIFEST | {"sequence": 41}).hex()},
        ),
        invalid(
            "manifest",
            "domain",
            "signed as a receipt",
            sign(SOURCE_KEY, RECEIPT_DOMAIN, head, msgpack.packb(fields)),
            **given,
        ),
        invalid(
            "manifest",
            "signer",
            "signed by another",
            good,
            **given | {"signer": spki(DESTINATION_KEY).hex()},
        ),
        invalid("manifest", "bare", "a signature of nothing", good[-64:], **given),
    ]
    faults = (
        ("not-msgpack", "no msgpack", sign(SOURCE_KEY, MANIFEST_DOMAIN, head, b"\xc1")),
        ("arity", "six elements", body(fields[:6])),
        ("version", "version 2", changed(0, 2)),
        ("kind", "kind 3", changed(1, 3)),
        ("size", "a message size of 65535", changed(2, SEGMENT - 1)),
        ("chunks", "a chunk too few", changed(3, 3)),
        ("low-water", "low water above the sequence", changed(4, 43)),
        ("key-id", "a file with a key id", changed(5, KEY_ID)),
        ("sealed-empty", "nothing sealed", changed(6, b"")),
        ("sealed-long", "4097 bytes sealed", changed(6, bytes(4097))),
        ("key-size", "a key with the total size of a file", body(key_fields)),
    )
    out += [invalid("manifest", slug, about, data, **given) for slug, about, data in faults]
    out += [
        Vector(
            HPKE_FILE,
            sealed,
            {
                "format": "hpke",
                "about": "the sealed part of valid-manifest-file",
                "mlkem_seed": bytes(range(64)).hex(),
                "x25519_private": bytes(range(64, 96)).hex(),
                "end_to_end": head.hex(),
                "value": {"plaintext": msgpack.packb(FILE_SECRETS).hex()},
            },
        ),
        valid(
            "file-secrets",
            "file",
            "the inner part of valid-manifest-file",
            msgpack.packb(FILE_SECRETS),
            {"content_key": CONTENT_KEY.hex(), "name": NAME.hex(), "mtime_ns": MTIME_NS, "kind": 1},
        ),
        valid(
            "file-secrets",
            "directory",
            "of a directory",
            msgpack.packb([CONTENT_KEY, b"photos", MTIME_NS, 3]),
            {
                "content_key": CONTENT_KEY.hex(),
                "name": b"photos".hex(),
                "mtime_ns": MTIME_NS,
                "kind": 3,
            },
        ),
        *(
            invalid("file-secrets", slug, about, msgpack.packb([bytes(32), b"n", 0, *rest]))
            for slug, about, rest in (
                ("kind", "kind 2", [2]),
                ("kind-bool", "true for the kind", [True]),
                ("short", "no kind", []),
            )
        ),
        invalid("file-secrets", "key", "a key of 31 bytes", msgpack.packb([bytes(31), b"n", 0, 1])),
        invalid("file-secrets", "name", "no name", msgpack.packb([bytes(32), b"", 0, 1])),
        invalid(
            "file-secrets", "long", "1025 bytes", msgpack.packb([bytes(32), bytes(1025), 0, 1])
        ),
        invalid("file-secrets", "text", "text for a name", msgpack.packb([bytes(32), "n", 0, 1])),
        invalid("file-secrets", "time", "time 2^63", msgpack.packb([bytes(32), b"n", 1 << 63, 1])),
        valid(
            "key-secret",
            "key",
            "a content key alone",
            msgpack.packb([CONTENT_KEY]),
            {"content_key": CONTENT_KEY.hex()},
        ),
        invalid("key-secret", "short", "31 bytes", msgpack.packb([bytes(31)])),
        invalid("key-secret", "bare", "not in an array", msgpack.packb(bytes(32))),
    ]
    return out
