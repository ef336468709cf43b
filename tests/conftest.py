"""Settings of every test run: folders in memory, copied databases, Hypothesis's profile.

Examples of Hypothesis have no time limit: a Pi Zero 2 W runs one ten times slower than a desk
machine, and a slow machine is not a failure; the tests assert order and outcome, never seconds.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from netrelay.store import database_file
from tests.prepared_database import copied_database

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 1 << 30


def _has_room_in_memory() -> bool:
    """Return True if tmpfs has room for a test run, and its files can be executed."""
    return (
        os.access(_MEMORY, os.W_OK | os.X_OK)
        and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
        and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    )


# Every commit of a database flushes: on a disk, and most on a card, the tests wait for these.
if "TMPDIR" not in os.environ and _has_room_in_memory():
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None

# Before a test file is imported, so that all of them, and the commands, make nodes by copying.
database_file.create_database = copied_database


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Yield an empty folder whose path leaves room for the names of Unix sockets.

    The path of tmp_path contains the run, the worker and the name of the test, and is longer than
    a runtime directory may be (netrelay/runtime/home.py).
    """
    with tempfile.TemporaryDirectory(prefix="nr-") as name:
        yield Path(name)
