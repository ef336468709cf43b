"""The self-signed certificate of a node: its creation, and the check of a peer's.

    version        3
    serial         the node id shifted right by one bit (positive and at most 20 octets: RFC 5280
                   section 4.1.2.2)
    issuer         CN=<node id>
    validity       1970-01-01 00:00:00 to 9999-12-31 23:59:59 (RFC 5280 section 4.1.2.5 names the
                   latter for "no expiration")
    subject        CN=<node id>
    public key     Ed25519
    extensions     basicConstraints critical CA:FALSE, keyUsage critical digitalSignature
    signature      Ed25519, its own

The validity covers all times, since a node without a clock (a Pi before its first NTP answer)
starts in 1970. Each certificate has a CN of its own, because OpenSSL looks up trust anchors by name
and finds only one of several with the same name. CA:FALSE and the key usage prevent an enrolled
peer from issuing certificates that OpenSSL would chain to its own. Ed25519 is deterministic, so a
key has exactly one certificate, and a lost identity.crt can be recreated.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from netrelay.seal.public_key import SIGNATURE_HEAD, node_id_bytes_of, node_id_of
from netrelay.seal.seal_errors import CertificateError

CERTIFICATE_LIMIT_BYTES: Final = 2048  # a valid one has about 370
NOT_VALID_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOT_VALID_AFTER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_BASIC_CONSTRAINTS: Final = x509.BasicConstraints(ca=False, path_length=None)
_KEY_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class CheckedCertificate(NamedTuple):
    """Contents of a certificate that has passed `check_certificate`."""

    node_id: str
    public_key: Ed25519PublicKey


def certificate_pin(certificate_der: bytes) -> bytes:
    """Return the pin that identifies a peer after the TLS handshake: SHA-256 of the DER."""
    return hashlib.sha256(certificate_der).digest()


def build_certificate(key: Ed25519PrivateKey) -> bytes:
    """Return the DER of the one certificate that belongs to this key."""
    public_key = key.public_key()
    name = _name_of(node_id_of(public_key))
    serial = int.from_bytes(node_id_bytes_of(public_key), "big") >> 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(NOT_VALID_BEFORE)
        .not_valid_after(NOT_VALID_AFTER)
        .add_extension(_BASIC_CONSTRAINTS, critical=True)
        .add_extension(_KEY_USAGE, critical=True)
    )
    return builder.sign(key, algorithm=None).public_bytes(Encoding.DER)


def check_certificate(certificate_der: bytes) -> CheckedCertificate:
    """Return the node id and key of a certificate that is exactly as a node creates it.

    Raise CertificateError that names the deviation. A valid certificate proves possession of the
    key, not that the node is trusted: compare its pin.
    """
    certificate = _parse(certificate_der)
    public_key = _ed25519_key_of(certificate)
    node_id = node_id_of(public_key)
    _check_names(certificate, node_id)
    _check_validity(certificate)
    _check_extensions(certificate)
    _check_signature(certificate_der, certificate, public_key)
    return CheckedCertificate(node_id, public_key)


def _name_of(node_id: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_id)])


def _parse(certificate_der: bytes) -> x509.Certificate:
    if len(certificate_der) > CERTIFICATE_LIMIT_BYTES:
        raise CertificateError(
            f"certificate has {len(certificate_der)} bytes, at most {CERTIFICATE_LIMIT_BYTES}"
        )
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        version = certificate.version
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateError(f"certificate is not X.509 DER: {error}") from error
    if version is not x509.Version.v3:
        raise CertificateError(f"certificate has version {version.name}, must be v3")
    return certificate


def _ed25519_key_of(certificate: x509.Certificate) -> Ed25519PublicKey:
    try:
        public_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"certificate's key cannot be read: {error}") from error
    if not isinstance(public_key, Ed25519PublicKey):
        raise CertificateError("certificate's key is not Ed25519")
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ED25519:
        raise CertificateError("certificate is not signed with Ed25519")
    return public_key


def _check_names(certificate: x509.Certificate, node_id: str) -> None:
    try:
        names = {"subject": certificate.subject, "issuer": certificate.issuer}
    except ValueError as error:
        raise CertificateError(f"certificate's names cannot be read: {error}") from error
    for part, name in names.items():
        if name != _name_of(node_id):
            raise CertificateError(
                f"certificate's {part} is {name.rfc4514_string()[:80]!r}, must be CN={node_id}, "
                "the node id of its key"
            )


def _check_validity(certificate: x509.Certificate) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if (first, last) != (NOT_VALID_BEFORE, NOT_VALID_AFTER):
        raise CertificateError(
            f"certificate is valid from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S}, "
            f"must be 1970-01-01 00:00:00 to 9999-12-31 23:59:59"
        )


def _check_extensions(certificate: x509.Certificate) -> None:
    try:
        extensions = {(e.oid, e.critical): e.value for e in certificate.extensions}
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateError(f"certificate's extensions cannot be read: {error}") from error
    expected = {
        (_BASIC_CONSTRAINTS.oid, True): _BASIC_CONSTRAINTS,
        (_KEY_USAGE.oid, True): _KEY_USAGE,
    }
    if extensions != expected:
        raise CertificateError(
            "certificate's extensions must be exactly basicConstraints CA:FALSE and "
            "keyUsage digitalSignature, both critical"
        )


def _check_signature(
    certificate_der: bytes, certificate: x509.Certificate, public_key: Ed25519PublicKey
) -> None:
    signed, signature = certificate.tbs_certificate_bytes, certificate.signature
    try:
        public_key.verify(signature, signed)
    except InvalidSignature as error:
        raise CertificateError("certificate is not signed by its own key") from error
    # The outer DER is not signed: another encoding of it would verify and have another pin.
    if not certificate_der.endswith(signed + SIGNATURE_HEAD + signature):
        raise CertificateError("certificate's signature is not in its only DER encoding")
