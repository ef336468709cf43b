"""Folders for cards, logs and sockets."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@cache
def cards_folder() -> Path:
    """Return the folder of cards and logs, several GiB: build/hw-tests, or NETRELAY_HW_FOLDER."""
    folder = Path(os.environ.get("NETRELAY_HW_FOLDER", CHECKOUT / "build" / "hw-tests")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def sockets_folder() -> Path:
    """Return a private folder for sockets, removed at exit.

    Its path is short, since that of a unix socket has at most 107 bytes. Access is denied to other
    users: write access to a monitor's socket is full control of the machine.
    """
    folder = Path(tempfile.mkdtemp(prefix="netrelay-hw-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
