"""Sealed segments: open under the same key, salt, header and segment number only."""

import mmap
from pathlib import Path

import pytest
from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.header import SUITE_AES_256_GCM, SUITE_CHACHA20_POLY1305
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.seal.seal_errors import SealBroken
from netrelay.seal.segment_seal import SegmentSeal, derive_content_key, fastest_suite

SUITES = (SUITE_AES_256_GCM, SUITE_CHACHA20_POLY1305)
SEALED_SEGMENT_BYTES = SEGMENT_BYTES + SEAL_BYTES
KEY = bytes(range(32))
SALT = bytes(range(16))
HEADER = b"the end-to-end header"
PLAIN = bytes(i * 7 % 251 for i in range(3 * SEGMENT_BYTES + 1000))


def seal(
    plain: bytes = PLAIN,
    first_index: int = 5,
    *,
    suite: int = SUITE_AES_256_GCM,
    key: bytes = KEY,
    salt: bytes = SALT,
    header: bytes = HEADER,
) -> bytes:
    out = bytearray(sealed_bytes(len(plain)))
    written = SegmentSeal(suite, key, salt, header).seal_into(
        memoryview(plain), first_index, memoryview(out)
    )
    assert written == len(out)
    return bytes(out)


def unseal(
    sealed: bytes,
    length_bytes: int = len(PLAIN),
    first_index: int = 5,
    *,
    suite: int = SUITE_AES_256_GCM,
    key: bytes = KEY,
    salt: bytes = SALT,
    header: bytes = HEADER,
) -> bytes:
    out = bytearray(length_bytes)
    written = SegmentSeal(suite, key, salt, header).open_into(
        memoryview(sealed), first_index, memoryview(out)
    )
    assert written == length_bytes
    return bytes(out)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "length_bytes", [1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES]
)
def test_sealing_round_trip(suite: int, length_bytes: int) -> None:
    plain = PLAIN[:length_bytes]
    assert unseal(seal(plain, suite=suite), length_bytes, suite=suite) == plain


@pytest.mark.parametrize(
    ("suite", "cipher"), [(SUITE_AES_256_GCM, AESGCM), (SUITE_CHACHA20_POLY1305, ChaCha20Poly1305)]
)
def test_the_format_is_the_documented_one(
    suite: int, cipher: type[AESGCM] | type[ChaCha20Poly1305]
) -> None:
    key = blake3(KEY + SALT, derive_key_context="netrelay 2026 segment key v1").digest()
    second = cipher(key).encrypt(
        (6).to_bytes(12, "big"), PLAIN[SEGMENT_BYTES : 2 * SEGMENT_BYTES], HEADER
    )
    sealed = seal(suite=suite)
    assert sealed[SEALED_SEGMENT_BYTES : 2 * SEALED_SEGMENT_BYTES] == second


@pytest.mark.parametrize("suite", SUITES)
def test_a_fragment_opens_by_its_segment_number_in_the_job(suite: int) -> None:
    sealed = seal(suite=suite)
    piece = sealed[SEALED_SEGMENT_BYTES : 3 * SEALED_SEGMENT_BYTES]
    opened = unseal(piece, 2 * SEGMENT_BYTES, 6, suite=suite)
    assert opened == PLAIN[SEGMENT_BYTES : 3 * SEGMENT_BYTES]
    last = sealed[3 * SEALED_SEGMENT_BYTES :]
    assert unseal(last, 1000, 8, suite=suite) == PLAIN[3 * SEGMENT_BYTES :]


def test_sealing_and_opening_work_in_shared_memory() -> None:
    with mmap.mmap(-1, 1 << 20) as slots, memoryview(slots) as memory:
        size = sealed_bytes(len(PLAIN))
        slot = memory[4096 : 4096 + size]
        SegmentSeal(1, KEY, SALT, HEADER).seal_into(memoryview(PLAIN), 5, slot)
        assert bytes(slot) == seal()
        assert not any(memory[:4096]), "it wrote in front of its place"
        assert not any(memory[4096 + size :]), "it wrote behind its place"
        out = memory[512 * 1024 : 512 * 1024 + len(PLAIN)]
        SegmentSeal(1, KEY, SALT, HEADER).open_into(slot, 5, out)
        assert bytes(out) == PLAIN
        slot.release()
        out.release()


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"key": bytes(32)},
        {"salt": bytes(16)},
        {"header": HEADER + b"\0"},
        {"header": b""},
        {"first_index": 4},
        {"first_index": 5 + (1 << 32)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_another_key_salt_header_or_place_does_not_open(
    suite: int, wrong: dict[str, bytes | int]
) -> None:
    with pytest.raises(SealBroken, match="does not open"):
        unseal(seal(suite=suite), suite=suite, **wrong)  # type: ignore[arg-type]


def test_one_suite_does_not_open_the_other() -> None:
    with pytest.raises(SealBroken):
        unseal(seal(suite=SUITE_AES_256_GCM), suite=SUITE_CHACHA20_POLY1305)


@given(position=st.integers(0, sealed_bytes(len(PLAIN)) - 1), bit=st.integers(0, 7))
def test_every_changed_bit_is_detected(position: int, bit: int) -> None:
    damaged = bytearray(seal())
    damaged[position] ^= 1 << bit
    index = 5 + position // SEALED_SEGMENT_BYTES
    with pytest.raises(SealBroken, match=f"segment {index} does not open"):
        unseal(bytes(damaged))


def test_reordered_segments_are_detected() -> None:
    sealed = seal()
    first, second = (
        sealed[:SEALED_SEGMENT_BYTES],
        sealed[SEALED_SEGMENT_BYTES:][:SEALED_SEGMENT_BYTES],
    )
    with pytest.raises(SealBroken, match="segment 5"):
        unseal(second + first + sealed[2 * SEALED_SEGMENT_BYTES :])
    with pytest.raises(SealBroken, match="segment 6"):
        unseal(first + first + sealed[2 * SEALED_SEGMENT_BYTES :])


@pytest.mark.parametrize("missing_bytes", [1, SEAL_BYTES, 1000 + SEAL_BYTES, SEALED_SEGMENT_BYTES])
def test_truncation_is_detected(missing_bytes: int) -> None:
    with pytest.raises(SealBroken, match="must have"):
        unseal(seal()[:-missing_bytes])


def test_a_shortened_segment_with_matching_lengths_is_detected() -> None:
    sealed = seal()
    with pytest.raises(SealBroken, match="segment 8 does not open"):
        unseal(sealed[:-1], len(PLAIN) - 1)


def test_an_empty_body_is_refused() -> None:
    with pytest.raises(SealBroken, match="empty"):
        unseal(b"", 0)
    with pytest.raises(ValueError, match="nothing to seal"):
        seal(b"")


def test_invalid_arguments_are_refused_by_name() -> None:
    sealer = SegmentSeal(1, KEY, SALT, HEADER)
    with pytest.raises(ValueError, match=r"has 10 bytes, must have 19 for 3"):
        sealer.seal_into(memoryview(b"abc"), 0, memoryview(bytearray(10)))
    with pytest.raises(ValueError, match="first segment -1"):
        sealer.seal_into(memoryview(b"abc"), -1, memoryview(bytearray(19)))
    with pytest.raises(ValueError, match="suite 0 is unknown"):
        SegmentSeal(0, KEY, SALT, HEADER)
    with pytest.raises(ValueError, match="content key has 31 bytes"):
        SegmentSeal(1, KEY[:31], SALT, HEADER)
    with pytest.raises(ValueError, match="salt has 17 bytes"):
        SegmentSeal(1, KEY, SALT + b"x", HEADER)


def test_a_content_key_is_derived_from_secret_and_context() -> None:
    key = derive_content_key(bytes(32), b"job 1")
    assert (
        key
        == blake3(bytes(32) + b"job 1", derive_key_context="netrelay 2026 content key v1").digest()
    )
    assert (
        len({key, derive_content_key(bytes(32), b"job 2"), derive_content_key(KEY, b"job 1")}) == 3
    )
    with pytest.raises(ValueError, match="storage secret has 0 bytes"):
        derive_content_key(b"", b"job 1")


@pytest.mark.parametrize(
    ("text", "suite"),
    [
        ("processor\t: 0\nflags\t\t: fpu aes pclmulqdq\n", SUITE_AES_256_GCM),
        ("flags : fpu sse2\n", SUITE_CHACHA20_POLY1305),
        ("Features\t: fp asimd evtstrm aes pmull sha1 crc32\n", SUITE_AES_256_GCM),
        ("Features\t: fp asimd evtstrm crc32 cpuid\n", SUITE_CHACHA20_POLY1305),  # a Pi 4
        ("flags : aes pclmulqdq\nflags : fpu\n", SUITE_CHACHA20_POLY1305),
        ("model name : aes pclmulqdq\n", SUITE_CHACHA20_POLY1305),
        ("", SUITE_CHACHA20_POLY1305),
    ],
)
def test_the_suite_is_fast_on_every_cpu(tmp_path: Path, text: str, suite: int) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert fastest_suite(tmp_path / "cpuinfo") == suite


def test_an_unknown_cpu_is_treated_as_slow(tmp_path: Path) -> None:
    assert fastest_suite(tmp_path / "absent") == SUITE_CHACHA20_POLY1305
