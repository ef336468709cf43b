"""No file or folder has a name without a subject."""

import re
from pathlib import PurePosixPath

import pytest

from tests.house.source_tree import CHECKOUT, tracked_files

WORDS_WITHOUT_SUBJECT = frozenset({"common", "helper", "helpers", "misc", "util", "utils"})


def names_without_subject(path: str) -> list[str]:
    """Return the parts of a path without a subject: `utils`, `ring_helpers.py`, `common/`.

    Only the last word of a name counts: "common" is allowed as an adjective before it.
    """
    stems = [PurePosixPath(part).stem for part in PurePosixPath(path).parts]
    return [stem for stem in stems if re.split(r"[-_]", stem.lower())[-1] in WORDS_WITHOUT_SUBJECT]


def test_every_name_has_a_subject() -> None:
    paths = [path.relative_to(CHECKOUT).as_posix() for path in tracked_files()]
    assert "pyproject.toml" in paths
    assert [path for path in paths if names_without_subject(path)] == []


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
def test_a_name_without_subject_is_caught(path: str) -> None:
    assert len(names_without_subject(path)) == 1


@pytest.mark.parametrize(
    "path", ["netrelay/ring/slots.py", "docs/utility.md", "vectors/no-common-version.bin"]
)
def test_a_similar_name_passes(path: str) -> None:
    assert names_without_subject(path) == []
