"""Sealing of short secrets for one node: HPKE base mode (RFC 9180) with a hybrid key exchange.

    KEM     ML-KEM-768 + X25519 (draft-ietf-hpke-pq): safe while either of the two is unbroken
    KDF     HKDF-SHA256
    AEAD    ChaCha20-Poly1305: constant time also on CPUs without AES instructions

    public key      ML-KEM-768 encapsulation key 1184 || X25519 public key 32
    private key     ML-KEM-768 seed 64 (d || z, FIPS 203) || X25519 private key 32
    sealed          encapsulation 1120 (ML-KEM ciphertext 1088 || X25519 32) || ciphertext || tag 16

HPKE base mode does not authenticate the sender: callers sign the sealed bytes where that matters.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from netrelay.seal.seal_errors import SealBroken

MLKEM_PUBLIC_KEY_BYTES: Final = 1184
MLKEM_SEED_BYTES: Final = 64
X25519_KEY_BYTES: Final = 32
SEALING_PUBLIC_KEY_BYTES: Final = MLKEM_PUBLIC_KEY_BYTES + X25519_KEY_BYTES
SEALING_PRIVATE_KEY_BYTES: Final = MLKEM_SEED_BYTES + X25519_KEY_BYTES

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SealingPrivateKey:
    """The private key that opens what peers sealed for this node."""

    def __init__(self, raw: bytes) -> None:
        """Load the 96 bytes of `to_bytes`; raise ValueError for any other length."""
        if len(raw) != SEALING_PRIVATE_KEY_BYTES:
            raise ValueError(
                f"sealing key has {len(raw)} bytes, must have {SEALING_PRIVATE_KEY_BYTES}"
            )
        self._raw = bytes(raw)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(self._raw[:MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(self._raw[MLKEM_SEED_BYTES:])
        self._hybrid = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public_bytes: Final = (
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> "SealingPrivateKey":
        """Return a new key from the operating system's random source."""
        mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        return cls(mlkem.private_bytes_raw() + x25519.private_bytes_raw())

    def to_bytes(self) -> bytes:
        """Return the 96 secret bytes that `SealingPrivateKey` loads."""
        return self._raw

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return the plaintext: see `open_sealed`."""
        try:
            return _SUITE.decrypt(sealed, self._hybrid, info)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                f"{len(sealed)} sealed bytes do not open: damaged, sealed for another key, "
                "or under another header"
            ) from error


def seal_for(public_key: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Return the plaintext sealed for the owner of this key, who opens it with the same info.

    The result is 1,136 bytes longer. Raise ValueError for an invalid sealing key. Takes about 110
    us on a desktop CPU.
    """
    try:
        return _SUITE.encrypt(plaintext, _read_public_key(public_key), info)
    except ValueError as error:
        raise ValueError(f"sealing key cannot be used: {error}") from error


def open_sealed(private_key: SealingPrivateKey, sealed: bytes, info: bytes) -> bytes:
    """Return the plaintext given to `seal_for`; raise SealBroken for another key or info.

    The sender is not authenticated: anyone with the public key can seal.
    """
    return private_key.open(sealed, info)


def check_sealing_public_key(public_key: bytes) -> None:
    """Raise ValueError for a key that cannot be used, such as a low-order point."""
    seal_for(public_key, b"", b"")


def _read_public_key(public_key: bytes) -> MLKEM768X25519PublicKey:
    if len(public_key) != SEALING_PUBLIC_KEY_BYTES:
        raise ValueError(f"it has {len(public_key)} bytes, must have {SEALING_PUBLIC_KEY_BYTES}")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public_key[:MLKEM_PUBLIC_KEY_BYTES]),
        X25519PublicKey.from_public_bytes(public_key[MLKEM_PUBLIC_KEY_BYTES:]),
    )
