"""Where there can be no disk whose power is cut, its tests say why they were left out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.powered_disk import PoweredDisk, powered_disk

MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[PoweredDisk]:
    """Give a small disk with an empty file system."""
    with powered_disk(tmp_path / "power", 64 * MIB) as made:
        yield made
