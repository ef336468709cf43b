"""HPKE sealing: opens with the recipient's key and the same info only."""

import pytest

from netrelay.seal.seal_errors import SealBroken
from netrelay.seal.sealing import (
    SEALING_PRIVATE_KEY_BYTES,
    SEALING_PUBLIC_KEY_BYTES,
    SealingPrivateKey,
    check_sealing_public_key,
    open_sealed,
    seal_for,
)

KEY = SealingPrivateKey.generate()


def test_sealing_round_trip() -> None:
    sealed = seal_for(KEY.public_bytes, b"content key", b"header")
    assert len(sealed) == len(b"content key") + 1136
    assert open_sealed(KEY, sealed, b"header") == b"content key"


def test_sealing_is_randomised() -> None:
    assert seal_for(KEY.public_bytes, b"x", b"") != seal_for(KEY.public_bytes, b"x", b"")


def test_private_key_round_trip() -> None:
    raw = KEY.to_bytes()
    assert len(raw) == SEALING_PRIVATE_KEY_BYTES
    again = SealingPrivateKey(raw)
    assert again.public_bytes == KEY.public_bytes
    assert len(again.public_bytes) == SEALING_PUBLIC_KEY_BYTES
    assert open_sealed(again, seal_for(KEY.public_bytes, b"x", b"i"), b"i") == b"x"


def test_another_key_or_info_does_not_open() -> None:
    sealed = seal_for(KEY.public_bytes, b"content key", b"header")
    with pytest.raises(SealBroken):
        open_sealed(SealingPrivateKey.generate(), sealed, b"header")
    with pytest.raises(SealBroken):
        open_sealed(KEY, sealed, b"another header")


@pytest.mark.parametrize("secret_half", [slice(0, 64), slice(64, 96)], ids=["ml-kem", "x25519"])
def test_both_keys_of_the_hybrid_are_required(secret_half: slice) -> None:
    mixed = bytearray(KEY.to_bytes())
    mixed[secret_half] = SealingPrivateKey.generate().to_bytes()[secret_half]
    sealed = seal_for(KEY.public_bytes, b"content key", b"header")
    with pytest.raises(SealBroken):
        open_sealed(SealingPrivateKey(bytes(mixed)), sealed, b"header")


@pytest.mark.parametrize("position", [0, 600, 1087, 1088, 1119, 1120, 1130, 1146])
def test_every_changed_part_is_detected(position: int) -> None:
    sealed = bytearray(seal_for(KEY.public_bytes, b"content key", b"header"))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), b"header")


@pytest.mark.parametrize("length_bytes", [0, 1, 1119, 1120, 1135, 1146])
def test_truncation_is_detected(length_bytes: int) -> None:
    sealed = seal_for(KEY.public_bytes, b"content key", b"header")
    with pytest.raises(SealBroken):
        open_sealed(KEY, sealed[:length_bytes], b"header")


@pytest.mark.parametrize(
    "public_key",
    [
        b"",
        KEY.public_bytes[:-1],
        KEY.public_bytes + b"\0",
        b"\xff" * 1184 + KEY.public_bytes[1184:],  # not reduced modulo q: FIPS 203 section 7.2
        KEY.public_bytes[:1184] + bytes(32),  # a point of low order: RFC 7748 section 6.1
    ],
    ids=["empty", "short", "long", "ml-kem", "x25519"],
)
def test_an_invalid_public_key_is_refused(public_key: bytes) -> None:
    with pytest.raises(ValueError, match="sealing key"):
        check_sealing_public_key(public_key)
    with pytest.raises(ValueError, match="sealing key"):
        seal_for(public_key, b"x", b"")


def test_a_private_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 95 bytes, must have 96"):
        SealingPrivateKey(bytes(95))
