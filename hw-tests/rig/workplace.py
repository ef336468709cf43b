"""Where a run keeps its cards, logs and sockets."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@cache
def cards_folder() -> Path:
    """Cards and console logs: build/hw-tests, or where NETRELAY_HW_FOLDER says (several GiB)."""
    folder = Path(os.environ.get("NETRELAY_HW_FOLDER", CHECKOUT / "build" / "hw-tests")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def sockets_folder() -> Path:
    """A private folder with a short path (a unix socket's has at most 107 bytes), gone at the end.

    Nobody else may enter: who can write to a monitor's socket owns the machine.
    """
    folder = Path(tempfile.mkdtemp(prefix="netrelay-hw-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
