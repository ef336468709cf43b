"""Sealing content segment by segment, straight from one piece of memory into another.

    plaintext   | segment i      65536 | segment i+1    65536 | last segment 1..65536 |
    sealed      | ciphertext | tag 16  | ciphertext | tag 16  | ciphertext   | tag 16 |

    content key     32 bytes, one for each job or shared by small messages; sent in the manifest
    salt            16 bytes, random at each sealing of a message; travels in its hop header
    segment key     BLAKE3 derive_key("netrelay 2026 segment key v1") over content key || salt
    nonce           the segment's number in the whole job, 12 bytes big-endian
    associated data the end-to-end header, byte for byte

The nonce is the number in the job, not in the message: a relay may cut a message between segments
and pass the halves on under the same salt. What one key seals is bounded by the random salt, so a
source may seal the same range again (after a restart, for a retry) and never repeat a nonce under
a key. That segments are missing at the end shows in the lengths that the headers state, one of
which (the total) is associated data.
"""

from pathlib import Path
from typing import Final

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from netrelay.core.header import SUITE_AES_256_GCM, SUITE_CHACHA20_POLY1305
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.seal.errors import SealBroken

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
    """The suite to seal with on this machine: AES-256-GCM where every CPU has the instructions.

    Without them (Raspberry Pis before the 5) ChaCha20-Poly1305 is several times faster, and takes
    the same time whatever the key. When the CPU cannot be read it is ChaCha20-Poly1305 too.
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
    # AES for the cipher, the carry-less multiplication for GCM's hash (x86 and ARM names).
    fast = capabilities and all(
        "aes" in names and names & {"pclmulqdq", "pmull"} for names in capabilities
    )
    return SUITE_AES_256_GCM if fast else SUITE_CHACHA20_POLY1305


def derive_content_key(storage_secret: bytes, context: bytes) -> bytes:
    """The 32-byte content key of one job, from the node's storage secret and the job's identity.

    So a source keeps no content keys: the same context gives the same key after a restart. The
    context must be unique to the job and its attempt, and its encoding unambiguous.
    """
    _check_length("storage secret", storage_secret, 32)
    secret = blake3(storage_secret, derive_key_context=_CONTENT_KEY_CONTEXT)
    return secret.update(context).digest()


class SegmentSeal:
    """Seals or opens the segments of one message under one salt.

    One object seals a segment number only once: draw a new salt for every sealing of a message.
    Making one costs about 3 us; it keeps no buffers.
    """

    def __init__(self, suite: int, content_key: bytes, salt: bytes, associated_data: bytes) -> None:
        """ValueError for an unknown suite or a key or salt of the wrong length."""
        if suite not in _CIPHERS:
            raise ValueError(f"seal suite {suite} is unknown, must be one of {sorted(_CIPHERS)}")
        _check_length("content key", content_key, CONTENT_KEY_BYTES)
        _check_length("salt", salt, SALT_BYTES)
        key = blake3(content_key + salt, derive_key_context=_SEGMENT_KEY_CONTEXT).digest()
        self._cipher = _CIPHERS[suite](key)
        self._associated_data = associated_data

    def seal_into(self, plain: memoryview, first_index: int, out: memoryview) -> int:
        """Seals whole segments (the last may be short) into `out`; gives the bytes written.

        `first_index` is the number in the whole job of the segment that `plain` begins with. `out`
        must hold exactly sealed_bytes(len(plain)) and may not overlap `plain`. ValueError for
        other sizes, and for nothing to seal: no bytes carry no tag, so they would prove nothing.
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
        """Opens whole sealed segments into `out`; gives the bytes of plaintext written.

        `out` says how much plaintext there must be and may not overlap `sealed`. SealBroken when
        the lengths do not belong together, when there is nothing to open, and when any segment is
        damaged, in another place or under another header: `out` then holds nothing to be used.
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
