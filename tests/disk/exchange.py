"""An attacker who may write a folder, and is always in time: exchanges a directory for a link."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest

RENAME_EXCHANGE = 2  # renameat2(2), linux/fs.h
AT_FDCWD = -100
LIBRARY = ctypes.CDLL(None, use_errno=True)


class Exchanger:
    """Exchanges a directory and a link, in turns, before each call that names the directory."""

    def __init__(self, directory: Path, link: Path) -> None:
        self._names = os.fsencode(directory), os.fsencode(link)
        self.count = 0

    def exchange(self) -> None:
        """Let each have the name of the other."""
        self.count += 1
        one, other = self._names
        LIBRARY.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE)

    def attack(self, patched: pytest.MonkeyPatch, *calls: str) -> None:
        """Act from now on before these calls of `os`."""
        for name in calls:
            patched.setattr(os, name, self._before(getattr(os, name)))

    def _before(self, call: Callable[..., object]) -> Callable[..., object]:
        last = self._names[0].rpartition(b"/")[2]

        def exchanged(path: object, *arguments: object, **options: object) -> object:
            if isinstance(path, str | bytes | Path) and os.fsencode(path).endswith(last):
                self.exchange()
            return call(path, *arguments, **options)

        return exchanged
