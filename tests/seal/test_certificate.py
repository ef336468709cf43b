"""Certificates: only the exact form that a node creates is accepted."""

import hashlib
from base64 import b32encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from netrelay.seal.certificate import (
    NOT_VALID_AFTER,
    NOT_VALID_BEFORE,
    build_certificate,
    certificate_pin,
    check_certificate,
)
from netrelay.seal.public_key import node_id_of
from netrelay.seal.seal_errors import CertificateError

KEY = Ed25519PrivateKey.generate()
NODE_ID = node_id_of(KEY.public_key())
OTHER = Ed25519PrivateKey.generate()

NO_CA = x509.BasicConstraints(ca=False, path_length=None)


def key_usage(*, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


OURS: list[tuple[x509.ExtensionType, bool]] = [(NO_CA, True), (key_usage(), True)]


def named(*names: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])


def certificate(
    *,
    key: Any = KEY,
    signer: Any = KEY,
    subject: x509.Name = named(NODE_ID),  # noqa: B008
    issuer: x509.Name = named(NODE_ID),  # noqa: B008
    first: datetime = NOT_VALID_BEFORE,
    last: datetime = NOT_VALID_AFTER,
    extensions: list[tuple[x509.ExtensionType, bool]] = OURS,
    algorithm: SHA256 | None = None,
) -> bytes:
    """Return a valid certificate, except for what the arguments change."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(first)
        .not_valid_after(last)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, algorithm).public_bytes(Encoding.DER)


def test_a_built_certificate_passes_the_check() -> None:
    checked = check_certificate(build_certificate(KEY))
    assert checked.node_id == NODE_ID
    assert checked.public_key == KEY.public_key()


def test_the_node_id_is_a_prefix_of_the_key_hash() -> None:
    key_der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert b32encode(hashlib.sha256(key_der).digest()[:20]).decode().lower() == NODE_ID


def test_one_key_has_one_certificate() -> None:
    assert build_certificate(KEY) == build_certificate(KEY)
    assert certificate_pin(build_certificate(KEY)) != certificate_pin(build_certificate(OTHER))


def test_the_validity_covers_all_times() -> None:
    made = x509.load_der_x509_certificate(build_certificate(KEY))
    assert made.not_valid_before_utc == datetime(1970, 1, 1, tzinfo=UTC)
    assert made.not_valid_after_utc == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_the_serial_is_not_checked() -> None:
    assert check_certificate(certificate()).node_id == NODE_ID


EC_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("forged", "what"),
    [
        (certificate(subject=named("pi")), "subject is 'CN=pi'"),
        (certificate(issuer=named("pi")), "issuer is 'CN=pi'"),
        (certificate(subject=named(NODE_ID, "pi")), "subject"),
        (certificate(subject=x509.Name([])), "subject"),
        (certificate(key=OTHER, signer=OTHER), "subject"),
        (certificate(signer=OTHER), "not signed by its own key"),
        (certificate(first=datetime(1970, 1, 2, tzinfo=UTC)), "valid from 1970-01-02"),
        (certificate(last=datetime(2030, 1, 1, tzinfo=UTC)), "to 2030-01-01"),
        (
            certificate(extensions=[(x509.BasicConstraints(True, None), True), OURS[1]]),
            "extensions",
        ),
        (certificate(extensions=[(NO_CA, False), OURS[1]]), "extensions"),
        (certificate(extensions=[OURS[0], (key_usage(key_cert_sign=True), True)]), "extensions"),
        (certificate(extensions=[OURS[0]]), "extensions"),
        (certificate(extensions=[]), "extensions"),
        (
            certificate(
                extensions=[*OURS, (x509.SubjectAlternativeName([x509.DNSName("a")]), False)]
            ),
            "extensions",
        ),
        (certificate(key=EC_KEY, signer=EC_KEY, algorithm=SHA256()), "not Ed25519"),
        (certificate(signer=EC_KEY, algorithm=SHA256()), "not signed with Ed25519"),
        (b"", "not X.509 DER"),
        (certificate()[:-1], "not X.509 DER"),
        (certificate() + b"\0", "not X.509 DER"),
        (bytes(5000), "at most 2048"),
    ],
)
def test_every_deviation_is_refused_by_name(forged: bytes, what: str) -> None:
    with pytest.raises(CertificateError, match=what):
        check_certificate(forged)


@pytest.mark.parametrize("seed", range(4))
def test_every_changed_byte_is_refused(seed: int) -> None:
    good = build_certificate(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))
    for position in range(len(good)):
        changed = bytearray(good)
        changed[position] ^= 1
        with pytest.raises(CertificateError):
            check_certificate(bytes(changed))


def test_only_one_encoding_is_accepted() -> None:
    """Otherwise the unused bits of a BIT STRING could change the pin but not the meaning."""
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in range(32)]
    even = [der for der in map(build_certificate, keys) if not der[-1] & 1]
    assert even
    for der in even:
        assert der[-66:-64] == b"\x41\x00"
        changed = der[:-65] + b"\x01" + der[-64:]
        with pytest.raises(CertificateError, match="encoding"):
            check_certificate(changed)
