"""Sidecars: NAME.netrelay.toml in a drop folder sets the options with which NAME is sent.

priority = 2         # 0 first, 9 last
lifetime_s = 86400   # given up after this many seconds
"""

import os
import stat
from pathlib import Path
from typing import Any

from netrelay.core.header import LIFETIME_CHOICE_S, PRIORITY_MAX
from netrelay.core.unfinished_names import SIDECAR_ENDING
from netrelay.disk.inodes import kind_of_file
from netrelay.runtime.edited_text import decode, syntax_mistake
from netrelay.runtime.strict_toml import Document, Key, Mistake, NoTomlError
from netrelay.store.wishes import Wish

_ENDING = SIDECAR_ENDING.encode()
_LONGEST_BYTES = 4096
# The smallest and the largest value of each key.
_KEYS = {"priority": (0, PRIORITY_MAX), "lifetime_s": LIFETIME_CHOICE_S}
_TOML_KEYS = [
    Key("", name, None, f"{least} to {most}", "", lambda value: type(value) is int)
    for name, (least, most) in _KEYS.items()
]


class SidecarError(Exception):
    """An invalid sidecar; the text names the key, its value and the allowed values."""


def subject_of(name: bytes) -> bytes | None:
    """Return the name of the file that a sidecar is for; None for a name that is no sidecar's."""
    return (
        name.removesuffix(_ENDING) if len(name) > len(_ENDING) and name.endswith(_ENDING) else None
    )


def sidecar_of(name: bytes) -> bytes:
    """Return the name of the sidecar for a file with this name."""
    return name + _ENDING


def _values(content: bytes) -> dict[str, Any]:
    text = decode(content)
    if isinstance(text, Mistake):
        raise SidecarError(f"it cannot be read{text.text}")
    try:
        return Document(text.text).sections
    except NoTomlError as error:
        mistake = syntax_mistake(text.text, error, _TOML_KEYS)
        raise SidecarError(f"it cannot be read{mistake.text}") from error


def read_sidecar(path: Path) -> Wish:
    """Return the options in a sidecar; SidecarError when it is unreadable or invalid."""
    try:
        # Since the folder was listed, the file may have been replaced by a link or a FIFO.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SidecarError(f"it is {kind_of_file(mode)}")
            content = file.read(_LONGEST_BYTES + 1)
        if len(content) > _LONGEST_BYTES:
            raise SidecarError(f"it has more than {_LONGEST_BYTES} bytes")
    except OSError as error:
        raise SidecarError(f"it cannot be read: {error}") from error
    values = _values(content)
    for key, value in values.items():
        if key not in _KEYS:
            raise SidecarError(f"{key!r} is no key; allowed: {', '.join(_KEYS)}")
        least, most = _KEYS[key]
        if type(value) is not int or not least <= value <= most:
            raise SidecarError(f"{key} is {value!r}; allowed: {least} to {most}")
    return Wish(values.get("priority"), values.get("lifetime_s"))
