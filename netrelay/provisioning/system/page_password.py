"""The passwords of the page, for looking and for acting: salted hashes in files of the home.

scrypt (RFC 7914) with N = 2^15, r = 8, p = 3: of the choices of the OWASP Password Storage Cheat
Sheet the one that takes 32 MiB while a password is checked.
"""

import hmac
import json
import os
import secrets
from hashlib import scrypt
from pathlib import Path
from typing import Any, Final, NamedTuple

from netrelay.disk.replacement import replace_file
from netrelay.runtime.home import Home

FILE_NAME: Final = "page.password"
"""Of the password for looking: the group, and so the page, may read it."""
CONTROL_FILE_NAME: Final = "page.control-password"
"""Of the password for acting: only the owner of the home may read it, not the page."""
PAGE_CARD: Final = "page.card"
"""The card that the page shows: it has no key, and cannot make one."""
LEAST_CHARACTERS: Final = 8  # NIST SP 800-63B section 5.1.1.2
MOST_BYTES: Final = 1024
ALLOWED: Final = f"{LEAST_CHARACTERS} characters to {MOST_BYTES} bytes"
_MODES: Final = {FILE_NAME: 0o640, CONTROL_FILE_NAME: 0o600}
_COST, _BLOCKS, _LANES = 1 << 15, 8, 3
_SALT_BYTES, _HASH_BYTES, _KEY_BYTES = 16, 32, 32
# 128 * N * r bytes, and room for the rest.
_MEMORY_BYTES: Final = 128 * _COST * _BLOCKS + (1 << 20)
_LONGEST_FILE_BYTES: Final = 1024


class PasswordError(Exception):
    """The password, or the file of its hash, cannot be used; the text says why."""


class StoredPassword(NamedTuple):
    """Salt and hash of a password. session_key: signs sessions; a new password has a new one."""

    salt: bytes
    hash: bytes
    session_key: bytes


def hashed(password: str) -> StoredPassword:
    """Return what is kept of a new password; PasswordError names what is allowed."""
    if not is_allowed(password):
        raise PasswordError(f"the password has {len(password)} characters; allowed: {ALLOWED}")
    typed = password.encode(errors="surrogateescape")
    salt = secrets.token_bytes(_SALT_BYTES)
    return StoredPassword(salt, _hash(typed, salt), secrets.token_bytes(_KEY_BYTES))


def is_allowed(password: Any) -> bool:
    """Return True for a text that may be a password."""
    return (
        isinstance(password, str)
        and len(password) >= LEAST_CHARACTERS
        and len(password.encode(errors="surrogateescape")) <= MOST_BYTES
    )


def is_right(stored: StoredPassword, password: str) -> bool:
    """Compare a password with the stored one: takes 32 MiB, and the same time for every mistake."""
    typed = password.encode(errors="surrogateescape")
    return len(typed) <= MOST_BYTES and hmac.compare_digest(_hash(typed, stored.salt), stored.hash)


def write_password(home: Home, stored: StoredPassword, file_name: str = FILE_NAME) -> None:
    """Replace the file of the home; durable on return."""
    path = home.path / file_name
    fields = {"version": 1, **{name: value.hex() for name, value in stored._asdict().items()}}
    replace_file(path, f"{json.dumps(fields)}\n".encode(), _MODES[file_name])


def with_new_key(stored: StoredPassword) -> StoredPassword:
    """Return the same password with another key, under which no session is good."""
    return stored._replace(session_key=secrets.token_bytes(_KEY_BYTES))


def read_password(home: Home, file_name: str = FILE_NAME) -> StoredPassword | None:
    """Return what is kept of the password; None if none is set.

    PasswordError for a damaged file.
    """
    path = home.path / file_name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PasswordError(f"{path}: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(_LONGEST_FILE_BYTES + 1)
    try:
        fields = json.loads(text)
        version = fields.pop("version")
        stored = StoredPassword(**{name: bytes.fromhex(value) for name, value in fields.items()})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PasswordError(_damaged(path)) from error
    lengths = tuple(map(len, stored))
    if version != 1 or lengths != (_SALT_BYTES, _HASH_BYTES, _KEY_BYTES):
        raise PasswordError(_damaged(path))
    return stored


def _damaged(path: Path) -> str:
    return f"{path} is damaged: set this password of the page anew"


def _hash(typed: bytes, salt: bytes) -> bytes:
    return scrypt(
        typed,
        salt=salt,
        n=_COST,
        r=_BLOCKS,
        p=_LANES,
        maxmem=_MEMORY_BYTES,
        dklen=_HASH_BYTES,
    )
