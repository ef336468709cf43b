"""What every test run shares: a short folder, and Hypothesis without a time limit for each example.

A Pi Zero 2 W runs an example ten times slower than a desk machine, and a slow machine is not a
failure; the tests assert order and outcome, never seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Yield an empty folder whose path leaves room for the names of Unix sockets.

    The path of tmp_path contains the run, the worker and the name of the test, and is longer than
    a runtime directory may be (netrelay/runtime/home.py).
    """
    with TemporaryDirectory(prefix="nr-") as name:
        yield Path(name)
