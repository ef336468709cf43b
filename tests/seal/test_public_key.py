"""Keys are read from the one form they have, and from certificates that their own key signed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from netrelay.seal.certificate import build_certificate, check_certificate
from netrelay.seal.errors import CertificateError
from netrelay.seal.public_key import key_in, node_id_of, read_private_key

KEY = Ed25519PrivateKey.generate()
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
CERTIFICATE = build_certificate(KEY)


def test_it_finds_what_the_whole_check_finds() -> None:
    checked = check_certificate(CERTIFICATE)
    assert key_in(CERTIFICATE) == checked.public_key == KEY.public_key()
    assert node_id_of(key_in(CERTIFICATE)) == checked.node_id


def test_no_byte_of_a_certificate_can_be_another() -> None:
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
def test_what_is_no_certificate_has_no_key(der: bytes) -> None:
    with pytest.raises(CertificateError):
        key_in(der)


def test_a_private_key_is_read_as_it_was_written() -> None:
    assert read_private_key(DER).private_bytes_raw() == KEY.private_bytes_raw()


@pytest.mark.parametrize("der", [b"", DER[:-1], DER + b"\0", b"\x31" + DER[1:]], ids=len)
def test_what_is_no_private_key_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        read_private_key(der)
