"""Certificates of nodes, and those that an attacker would make."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True)
class TlsNode:
    """Key and certificate of a node, as files and as its peers know them."""

    name: str
    key: Ed25519PrivateKey
    certificate_der: bytes
    certificate_path: Path
    key_path: Path

    @property
    def pin(self) -> bytes:
        return hashlib.sha256(self.certificate_der).digest()

    @classmethod
    def make(
        cls,
        directory: Path,
        name: str,
        *,
        authority: bool = False,
        first: datetime = FIRST,
        last: datetime = LAST,
        issued_by: "TlsNode | None" = None,
    ) -> Self:
        """Return a self-signed, valid certificate, apart from what is given."""
        key = Ed25519PrivateKey.generate()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(issued_by.name if issued_by else name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(issued_by.key if issued_by else key, None)
        )
        directory.mkdir(parents=True, exist_ok=True)
        certificate_path, key_path = directory / f"{name}.crt", directory / f"{name}.key"
        certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return cls(name, key, certificate.public_bytes(Encoding.DER), certificate_path, key_path)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
