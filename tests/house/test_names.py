"""No file or folder is named after having no subject."""

import re
from pathlib import PurePosixPath

import pytest

from tests.house.source_tree import CHECKOUT, tracked_files

EMPTY_NAMES = frozenset({"common", "helper", "helpers", "misc", "util", "utils"})


def empty_names(path: str) -> list[str]:
    """The parts of a path that say nothing: `utils`, `ring_helpers.py`, `common/`.

    The last word of a name is its subject; before it, "common" is an honest adjective.
    """
    stems = [PurePosixPath(part).stem for part in PurePosixPath(path).parts]
    return [stem for stem in stems if re.split(r"[-_]", stem.lower())[-1] in EMPTY_NAMES]


def test_every_name_says_what_is_inside() -> None:
    paths = [path.relative_to(CHECKOUT).as_posix() for path in tracked_files()]
    assert "pyproject.toml" in paths
    assert [path for path in paths if empty_names(path)] == []


@pytest.mark.parametrize(
    "path",
    [
        "netrelay/utils.py",
        "netrelay/common/frames.py",
        "tests/helpers.py",
        "tests/ring/ring_helpers.py",
        "image/misc.sh",
        "hw-tests/serial-util.py",
    ],
)
def test_an_empty_name_is_caught(path: str) -> None:
    assert len(empty_names(path)) == 1


@pytest.mark.parametrize(
    "path", ["netrelay/ring/slots.py", "docs/utility.md", "vectors/no-common-version.bin"]
)
def test_a_name_that_only_looks_alike_passes(path: str) -> None:
    assert empty_names(path) == []
