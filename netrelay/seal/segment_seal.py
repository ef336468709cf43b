"""Authenticated encryption of content, segment by segment, between two views without a copy.

    plaintext   | segment i      65536 | segment i+1    65536 | last segment 1..65536 |
    sealed      | ciphertext | tag 16  | ciphertext | tag 16  | ciphertext   | tag 16 |

    content key     32 bytes, one for each job or shared by small messages; sent in the manifest
    salt            16 bytes, random at each sealing of a message; sent in its hop header
    segment key     BLAKE3 derive_key("netrelay 2026 segment key v1") over content key || salt
    nonce           number of the segment in the whole job, 12 bytes big-endian
    associated data the end-to-end header, byte for byte

The nonce counts in the job rather than in the message, so that a relay can fragment a message
between segments and forward both parts under the same salt. The random salt gives each sealing a
key of its own: a source may seal the same range again (after a restart, for a retry) without ever
reusing a nonce under one key. Truncation is detected by the lengths in the headers, of which the
total is part of the associated data.
"""

from pathlib import Path
from typing import Final

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from netrelay.core.header import SUITE_AES_256_GCM, SUITE_CHACHA20_POLY1305
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.seal.seal_errors import SealBroken

CONTENT_KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12

_SEGMENT_KEY_CONTEXT: Final = "netrelay 2026 segment key v1"
_CONTENT_KEY_CONTEXT: Final = "netrelay 2026 content key v1"
_SEALED_SEGMENT_BYTES: Final = SEGMENT_BYTES + SEAL_BYTES
_CIPHERS: Final[dict[int, type[AESGCM] | type[ChaCha20Poly1305]]] = {
    SUITE_AES_256_GCM: AESGCM,
    SUITE_CHACHA20_POLY1305: ChaCha20Poly1305,
}


def fastest_suite(cpu_information: Path = Path("/proc/cpuinfo")) -> int:
    """Return the faster suite on this machine: AES-256-GCM if every CPU has the instructions.

    Otherwise ChaCha20-Poly1305, which is several times faster there (Raspberry Pis before the 5)
    and runs in constant time; also when the CPU information cannot be read.
    """
    try:
        text = cpu_information.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return SUITE_CHACHA20_POLY1305
    capabilities = [
        set(line.partition(":")[2].split())
        for line in text.splitlines()
        if line.partition(":")[0].strip() in ("flags", "Features")  # x86, ARM
    ]
    # AES for the cipher, carry-less multiplication for GHASH (x86 and ARM names).
    fast = capabilities and all(
        "aes" in names and names & {"pclmulqdq", "pmull"} for names in capabilities
    )
    return SUITE_AES_256_GCM if fast else SUITE_CHACHA20_POLY1305


def derive_content_key(storage_secret: bytes, context: bytes) -> bytes:
    """Return the 32-byte content key of one job, derived from the node's storage secret.

    The same context gives the same key after a restart, so no content key is stored. The context
    must be unique to the job and its attempt, and its encoding unambiguous.
    """
    _check_length("storage secret", storage_secret, 32)
    secret = blake3(storage_secret, derive_key_context=_CONTENT_KEY_CONTEXT)
    return secret.update(context).digest()


class SegmentSeal:
    """Seals or opens the segments of one message under one salt.

    Never seal the same segment number twice with one object, which would reuse a nonce: draw a new
    salt for each sealing of a message. Creation costs about 3 us; it holds no buffers.
    """

    def __init__(self, suite: int, content_key: bytes, salt: bytes, associated_data: bytes) -> None:
        """Derive the segment key; raise ValueError for an unknown suite or a wrong length."""
        if suite not in _CIPHERS:
            raise ValueError(f"seal suite {suite} is unknown, must be one of {sorted(_CIPHERS)}")
        _check_length("content key", content_key, CONTENT_KEY_BYTES)
        _check_length("salt", salt, SALT_BYTES)
        key = blake3(content_key + salt, derive_key_context=_SEGMENT_KEY_CONTEXT).digest()
        self._cipher = _CIPHERS[suite](key)
        self._associated_data = associated_data

    def seal_into(self, plain: memoryview, first_index: int, out: memoryview) -> int:
        """Seal whole segments, the last possibly short, into `out`; return the bytes written.

        `first_index` is the number in the whole job of the segment at the start of `plain`. `out`
        must have exactly sealed_bytes(len(plain)) bytes and not overlap `plain`. Raise ValueError
        for other sizes and for empty `plain`, since an empty body carries no tag.
        """
        self._check(plain, first_index)
        total = sealed_bytes(len(plain))
        if len(out) != total:
            raise ValueError(
                f"room for sealed segments has {len(out)} bytes, must have {total} "
                f"for {len(plain)} bytes of plaintext"
            )
        encrypt_into, associated_data = self._cipher.encrypt_into, self._associated_data
        position, index = 0, first_index
        for start in range(0, len(plain), SEGMENT_BYTES):
            segment = plain[start : start + SEGMENT_BYTES]
            end = position + len(segment) + SEAL_BYTES
            nonce = index.to_bytes(NONCE_BYTES, "big")
            encrypt_into(nonce, segment, associated_data, out[position:end])
            position, index = end, index + 1
        return total

    def open_into(self, sealed: memoryview, first_index: int, out: memoryview) -> int:
        """Open whole sealed segments into `out`; return the bytes of plaintext written.

        `out` has the expected length of the plaintext and must not overlap `sealed`. Raise
        SealBroken when the lengths do not match, when `out` is empty, and when a segment is
        damaged, moved or under another header; then discard the content of `out`.
        """
        if len(sealed) != sealed_bytes(len(out)):
            raise SealBroken(
                f"sealed segments have {len(sealed)} bytes, must have {sealed_bytes(len(out))} "
                f"for {len(out)} bytes of plaintext"
            )
        if not len(out):
            raise SealBroken("an empty body has no seal")
        self._check(out, first_index)
        decrypt_into, associated_data = self._cipher.decrypt_into, self._associated_data
        position, index = 0, first_index
        for start in range(0, len(sealed), _SEALED_SEGMENT_BYTES):
            segment = sealed[start : start + _SEALED_SEGMENT_BYTES]
            end = position + len(segment) - SEAL_BYTES
            nonce = index.to_bytes(NONCE_BYTES, "big")
            try:
                decrypt_into(nonce, segment, associated_data, out[position:end])
            except InvalidTag as error:
                raise SealBroken(f"segment {index} does not open") from error
            position, index = end, index + 1
        return position

    @staticmethod
    def _check(plain: memoryview, first_index: int) -> None:
        if not len(plain):
            raise ValueError("nothing to seal: an empty body would carry no tag")
        if not 0 <= first_index < 1 << 64:
            raise ValueError(f"first segment {first_index} must be 0 to 2^64-1")


def _check_length(name: str, value: bytes, length_bytes: int) -> None:
    if len(value) != length_bytes:
        raise ValueError(f"{name} has {len(value)} bytes, must have {length_bytes}")
