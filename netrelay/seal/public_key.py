"""Ed25519 keys in their fixed encodings (RFC 8410), for processes that stay in memory.

    private key    PKCS #8: 16 constant bytes || 32 secret bytes
    public key     SubjectPublicKeyInfo: 12 constant bytes || 32 bytes
    certificate    30 82 length || signed part, the public key in it || head || signature 64

The X.509 and key parsers of cryptography cost 4.5 MiB of memory in each process that loads them
(measured). Enrolment checks every field of a peer's certificate (certificate.py); this module only
extracts the key, and verifies that it signed the certificate.
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from netrelay.core.node_id import NODE_ID_BYTES, node_id_text
from netrelay.seal.seal_errors import CertificateError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
# AlgorithmIdentifier Ed25519 and the header of a 64-byte BIT STRING (RFC 8410 sections 3 and 6).
SIGNATURE_HEAD: Final = bytes.fromhex("300506032b6570034100")
_PUBLIC_HEAD: Final = bytes.fromhex("302a300506032b6570032100")
_PRIVATE_HEAD: Final = bytes.fromhex("302e020100300506032b657004220420")
# Header of a DER SEQUENCE of 256 to 65,535 bytes (X.690 section 8.1.3.5).
_SEQUENCE: Final = b"\x30\x82"


def node_id_bytes_of(public_key: Ed25519PublicKey) -> bytes:
    """Return the 20 bytes of the node id of this key."""
    digest = Hash(SHA256())
    digest.update(_PUBLIC_HEAD + public_key.public_bytes_raw())
    return digest.finalize()[:NODE_ID_BYTES]


def node_id_of(public_key: Ed25519PublicKey) -> str:
    """Return the node id of this key, as text (node_id.py)."""
    return node_id_text(node_id_bytes_of(public_key))


def read_private_key(der: bytes) -> Ed25519PrivateKey:
    """Return the key in this PKCS #8 DER; raise ValueError unless it is an Ed25519 key."""
    if len(der) != len(_PRIVATE_HEAD) + KEY_BYTES or not der.startswith(_PRIVATE_HEAD):
        raise ValueError("not an Ed25519 key")
    return Ed25519PrivateKey.from_private_bytes(der[len(_PRIVATE_HEAD) :])


@lru_cache(maxsize=64)
def key_in(certificate_der: bytes) -> Ed25519PublicKey:
    """Return the key in a certificate, which that key signed; raise CertificateError otherwise.

    No other field of the certificate is checked.
    """
    head = _SEQUENCE + (len(certificate_der) - 4 & 0xFFFF).to_bytes(2, "big")
    signed, framing = certificate_der[4 : -SIGNATURE_BYTES - len(SIGNATURE_HEAD)], SIGNATURE_HEAD
    found = signed.find(_PUBLIC_HEAD) + len(_PUBLIC_HEAD)
    signature = certificate_der[-SIGNATURE_BYTES:]
    is_framed = head + signed + framing + signature == certificate_der
    if not is_framed or found < len(_PUBLIC_HEAD) or found + KEY_BYTES > len(signed):
        raise CertificateError("certificate is not one of an Ed25519 key")
    public_key = Ed25519PublicKey.from_public_bytes(signed[found : found + KEY_BYTES])
    try:
        public_key.verify(signature, signed)
    except InvalidSignature as error:
        raise CertificateError("certificate is not signed by its own key") from error
    return public_key
