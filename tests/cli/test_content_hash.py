"""The hash of a directory that a person names: each name of it counts, times do not."""

import os
from pathlib import Path

import pytest

from netrelay.cli.content_hash import tree_hash
from netrelay.core.directory_stream import DEPTH_MAX
from netrelay.core.directory_stream import EntryKind as Kind
from netrelay.core.tree_hash import TreeHash


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with files whose order as bytes and as paths differ."""
    for path in ("a/one", "a-b", "a.txt"):
        target = tmp_path / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path)
    return tmp_path / "tree"


def test_it_is_that_of_the_stream_in_its_order(tree: Path) -> None:
    expected = TreeHash()
    for kind, path in (
        (Kind.DIRECTORY, b"a"),
        (Kind.FILE, b"a/one"),
        (Kind.FILE, b"a-b"),
        (Kind.FILE, b"a.txt"),
    ):
        content = path if kind is Kind.FILE else b""
        expected.add(kind, path, len(content))
        expected.add_content(content)
    before = tree_hash(tree)
    assert before == expected.digest()
    os.utime(tree / "a-b", (1, 1))
    assert tree_hash(tree) == before
    (tree / "a-b").rename(tree / "a-c")
    assert tree_hash(tree) != before


def test_what_is_never_sent_is_refused(tree: Path) -> None:
    (tree / "link").symlink_to("a-b")
    with pytest.raises(OSError, match="link is neither a file nor a directory"):
        tree_hash(tree)
    (tree / "link").unlink()
    deep = tree.joinpath(*["d"] * (DEPTH_MAX + 1))
    deep.mkdir(parents=True)
    with pytest.raises(OSError, match="deeper than what is ever sent"):
        tree_hash(tree)
