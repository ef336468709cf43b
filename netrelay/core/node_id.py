"""Node ids: 20 bytes on the wire, 32 characters of text everywhere else.

The 20 bytes are the head of the SHA-256 over the DER SubjectPublicKeyInfo of the node's Ed25519
identity key; the text is their base32 (RFC 4648 section 6) in lower case. 160 bits are exactly
32 characters, so there is no padding and every node id has one spelling.
"""

import re
from base64 import b32decode, b32encode
from functools import lru_cache
from typing import Final

NODE_ID_BYTES: Final = 20
NODE_ID_CHARACTERS: Final = 32

_NODE_ID: Final = re.compile(r"[a-z2-7]{32}")


def is_node_id(text: str) -> bool:
    """True for the one spelling of a node id: 32 lower-case base32 characters, nothing around."""
    return _NODE_ID.fullmatch(text) is not None


# A node speaks of few others, and base32 costs more than all the rest of a header: remember them.
@lru_cache(maxsize=4096)
def node_id_text(raw: bytes) -> str:
    """The text of a node id's 20 bytes; ValueError for any other length."""
    if len(raw) != NODE_ID_BYTES:
        raise ValueError(f"node id {raw[:64].hex()!r} has {len(raw)} bytes, must have 20")
    return b32encode(raw).decode("ascii").lower()


@lru_cache(maxsize=4096)
def node_id_bytes(text: str) -> bytes:
    """The 20 bytes of a node id's text; ValueError for any other spelling."""
    if _NODE_ID.fullmatch(text) is None:
        raise ValueError(
            f"node id {text[:64]!r} must be 32 characters of lower-case base32 (a-z, 2-7)"
        )
    return b32decode(text.upper())
