"""Node ids: 20 bytes on the wire, 32 characters of text everywhere else.

A node id is the first 20 bytes of the SHA-256 over the DER SubjectPublicKeyInfo of the node's
Ed25519 identity key. Its text is the base32 of those bytes (RFC 4648 section 6) in lower case:
160 bits are exactly 32 characters, so there is no padding and each node id has one spelling.
"""

import re
from base64 import b32decode, b32encode
from functools import lru_cache
from typing import Final

NODE_ID_BYTES: Final = 20

_NODE_ID: Final = re.compile(r"[a-z2-7]{32}")


# Both are cached: base32 dominates the cost of a header, and few node ids are in use.
@lru_cache(maxsize=4096)
def node_id_text(raw: bytes) -> str:
    """Return the text of a node id; raise ValueError unless `raw` has 20 bytes."""
    if len(raw) != NODE_ID_BYTES:
        raise ValueError(f"node id {raw[:64].hex()!r} has {len(raw)} bytes, must have 20")
    return b32encode(raw).decode("ascii").lower()


@lru_cache(maxsize=4096)
def node_id_bytes(text: str) -> bytes:
    """Return the 20 bytes of a node id; raise ValueError unless `text` is its one spelling."""
    if _NODE_ID.fullmatch(text) is None:
        raise ValueError(
            f"node id {text[:64]!r} must be 32 characters of lower-case base32 (a-z, 2-7)"
        )
    return b32decode(text.upper())
