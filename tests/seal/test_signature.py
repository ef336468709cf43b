"""Signatures: bound to one signer, one purpose and the exact data."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from netrelay.core.signed_body import MANIFEST_DOMAIN, RECEIPT_DOMAIN
from netrelay.seal.certificate import build_certificate
from netrelay.seal.signature import sign, verify

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
DATA = b"what is signed"
SIGNATURE = sign(KEY, MANIFEST_DOMAIN, DATA)


def test_it_is_ed25519_over_domain_and_data() -> None:
    assert KEY.sign(MANIFEST_DOMAIN + DATA) == SIGNATURE


def test_a_key_and_its_certificate_verify_alike() -> None:
    assert verify(KEY.public_key(), MANIFEST_DOMAIN, DATA, SIGNATURE)
    assert verify(build_certificate(KEY), MANIFEST_DOMAIN, DATA, SIGNATURE)


def test_another_signer_data_or_purpose_does_not_verify() -> None:
    assert not verify(OTHER.public_key(), MANIFEST_DOMAIN, DATA, SIGNATURE)
    assert not verify(build_certificate(OTHER), MANIFEST_DOMAIN, DATA, SIGNATURE)
    assert not verify(KEY.public_key(), MANIFEST_DOMAIN, DATA + b"x", SIGNATURE)
    assert not verify(KEY.public_key(), RECEIPT_DOMAIN, DATA, SIGNATURE)


def test_bytes_cannot_move_between_domain_and_data() -> None:
    assert not verify(KEY.public_key(), b"netrelay\0", b"manifest v1\0" + DATA, SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    [b"", SIGNATURE[:-1], SIGNATURE + b"x", bytes(64)],
    ids=["nothing", "short", "long", "zeros"],
)
def test_an_invalid_signature_does_not_verify(signature: bytes) -> None:
    assert not verify(KEY.public_key(), MANIFEST_DOMAIN, DATA, signature)


@pytest.mark.parametrize(
    "certificate",
    [b"", b"nonsense", build_certificate(KEY)[:-1]],
    ids=["nothing", "nonsense", "short"],
)
def test_an_invalid_certificate_verifies_nothing(certificate: bytes) -> None:
    assert not verify(certificate, MANIFEST_DOMAIN, DATA, SIGNATURE)


@pytest.mark.parametrize("domain", [b"", b"\0", b"no end", b"two\0ends\0", b"early\0end"])
def test_a_domain_must_end_with_its_only_zero_byte(domain: bytes) -> None:
    with pytest.raises(ValueError, match="domain"):
        sign(KEY, domain, DATA)
    with pytest.raises(ValueError, match="domain"):
        verify(KEY.public_key(), domain, DATA, SIGNATURE)
