"""A disk whose power can be cut, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.powered_disk import PoweredDisk, powered_disk

MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[PoweredDisk]:
    """Yield a small disk with an empty file system."""
    with powered_disk(tmp_path / "power", 64 * MIB) as made:
        yield made
