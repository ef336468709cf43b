"""Validation of public ssh keys, one line each as in a .pub file of ssh-keygen."""

import re
from base64 import b64decode
from typing import Any

ALLOWED = "the line of a .pub file: ssh-ed25519 AAAA... name"
_LINE = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r" +([A-Za-z0-9+/]+={0,2})(?: +[^\x00-\x1f\x7f]*)?"
)
_LIMIT_CHARACTERS = 8192


def what_is_wrong(value: Any) -> str:
    """Return what is wrong with a public key, "" for a valid one; never quotes a private key."""
    if not isinstance(value, str):
        return f"holds {value!r}, which is no text"
    if "PRIVATE KEY" in value:
        return "holds a private key: it stays on your computer; the public one ends in .pub"
    match = _LINE.fullmatch(value.strip()) if len(value) <= _LIMIT_CHARACTERS else None
    if match is None:
        return f"holds {value[:40]!r}, which is no public key"
    try:
        content = b64decode(match[2], validate=True)
    except ValueError:
        content = b""
    # RFC 4253 section 6.6: a key begins with the length and the name of its format.
    name = match[1].encode()
    if content[:4] != len(name).to_bytes(4, "big") or content[4 : 4 + len(name)] != name:
        return f"holds {value[:40]!r}, which was cut short or changed"
    return ""
