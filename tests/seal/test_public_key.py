"""Extraction of keys from their fixed encodings and from certificates they signed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from netrelay.seal.certificate import build_certificate, check_certificate
from netrelay.seal.public_key import key_in, node_id_of, read_private_key
from netrelay.seal.seal_errors import CertificateError

KEY = Ed25519PrivateKey.generate()
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
CERTIFICATE = build_certificate(KEY)


def test_the_key_is_the_one_of_the_complete_check() -> None:
    checked = check_certificate(CERTIFICATE)
    assert key_in(CERTIFICATE) == checked.public_key == KEY.public_key()
    assert node_id_of(key_in(CERTIFICATE)) == checked.node_id


def test_every_changed_byte_is_refused() -> None:
    for place in range(len(CERTIFICATE)):
        changed = bytearray(CERTIFICATE)
        changed[place] ^= 1
        with pytest.raises(CertificateError):
            key_in(bytes(changed))


@pytest.mark.parametrize(
    "der",
    [b"", CERTIFICATE[:-1], CERTIFICATE[1:], CERTIFICATE + b"\0", CERTIFICATE[:4], bytes(70_000)],
    ids=len,
)
def test_an_invalid_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(CertificateError):
        key_in(der)


def test_private_key_round_trip() -> None:
    assert read_private_key(DER).private_bytes_raw() == KEY.private_bytes_raw()


@pytest.mark.parametrize("der", [b"", DER[:-1], DER + b"\0", b"\x31" + DER[1:]], ids=len)
def test_an_invalid_private_key_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        read_private_key(der)
