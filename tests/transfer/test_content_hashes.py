"""Hashes of complete files: right, in bounded steps, and large ones do not delay small ones."""

from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.core.words import FileKind
from netrelay.store.coming_files import Complete
from netrelay.transfer import content_hashes
from netrelay.transfer.content_hashes import ContentHashes, is_large

MIB = 1024 * 1024
STEP = 32 * MIB


def waiting(staging: Path, name: str, content: bytes, source: str = "shelf") -> Complete:
    """Lay a complete file into the staging folder."""
    (staging / name).write_bytes(content)
    return Complete(1, 1, name, None, 0, source, name, delivered=False, size_bytes=len(content))


@pytest.fixture
def hashes(tmp_path: Path) -> ContentHashes:
    return ContentHashes(tmp_path)


@pytest.mark.parametrize("size_bytes", [0, 1, MIB - 1, MIB])
def test_a_small_file_is_hashed_at_once(
    tmp_path: Path, hashes: ContentHashes, size_bytes: int
) -> None:
    content = bytes(size_bytes)
    item = waiting(tmp_path, "a", content)
    assert not is_large(item)
    assert hashes.advance([item]) == [item._replace(content_hash=blake3(content).digest())]


def test_a_large_file_takes_steps_and_small_ones_pass_it(
    tmp_path: Path, hashes: ContentHashes
) -> None:
    content = bytes(STEP) + b"more"
    large, small = waiting(tmp_path, "large", content), waiting(tmp_path, "small", b"x")
    assert is_large(large)
    assert [item.name for item in hashes.advance([large, small])] == ["small"]
    (done,) = hashes.advance([large])
    assert done.content_hash == blake3(content).digest()
    # It could not be put into the inbox, and is not read again.
    assert hashes.advance([large]) == [done]


@pytest.mark.parametrize("is_read", [False, True])
def test_other_bytes_under_the_same_name_have_their_own_hash(
    tmp_path: Path, hashes: ContentHashes, is_read: bool
) -> None:
    """Their source sent them under the identity of what has died here."""
    first, second = bytes(STEP + 1), b"\1" * (STEP + 1)
    item = waiting(tmp_path, "a", first)
    assert hashes.advance([item]) == []
    if is_read:
        assert hashes.advance([item]) == [item._replace(content_hash=blake3(first).digest())]
    (tmp_path / "new").write_bytes(second)
    (tmp_path / "new").rename(tmp_path / "a")
    found = []
    for _ in range(4):
        found += [each.content_hash for each in hashes.advance([item])]
    assert blake3(first).digest() not in found
    assert found[-1] == blake3(second).digest()


def test_large_files_take_turns_by_source(tmp_path: Path, hashes: ContentHashes) -> None:
    content = bytes(MIB + 1)
    first, second = (waiting(tmp_path, name, content, "shelf") for name in ("a", "b"))
    other = waiting(tmp_path, "c", content, "boat")
    order = []
    left = [first, second, other]
    while left:
        (done,) = hashes.advance(left)
        order.append(done.name)
        left = [item for item in left if item.name != done.name]
    assert order == ["a", "c", "b"]


def test_many_small_files_are_bounded_in_a_step(tmp_path: Path, hashes: ContentHashes) -> None:
    content = bytes(MIB)
    items = [waiting(tmp_path, str(number), content) for number in range(40)]
    assert len(hashes.advance(items)) == 32


def test_what_needs_no_hash_is_not_read(tmp_path: Path, hashes: ContentHashes) -> None:
    item = waiting(tmp_path, "a", b"x")
    (tmp_path / "a").unlink()
    others = [
        item._replace(kind=FileKind.DIRECTORY),
        item._replace(delivered=True),
        item._replace(inbox_name="a"),
        item._replace(content_hash=bytes(32)),
    ]
    assert hashes.advance(others) == others


@pytest.mark.parametrize("size_bytes", [1, MIB + 1])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_file_that_cannot_be_read_is_left_to_its_delivery(
    tmp_path: Path,
    hashes: ContentHashes,
    monkeypatch: pytest.MonkeyPatch,
    size_bytes: int,
    is_there: bool,
) -> None:
    item = waiting(tmp_path, "a", bytes(size_bytes))
    if is_there:
        (tmp_path / "a").write_bytes(b"")
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "a").symlink_to("b")
    else:
        (tmp_path / "a").unlink()
    assert hashes.advance([item]) == [item]


def test_a_file_that_is_cut_short_meanwhile_has_no_hash(
    tmp_path: Path, hashes: ContentHashes
) -> None:
    item = waiting(tmp_path, "a", bytes(STEP + MIB))
    assert hashes.advance([item]) == []
    (tmp_path / "a").write_bytes(b"")
    assert hashes.advance([item]) == [item]


def test_the_kept_hashes_are_bounded(
    tmp_path: Path, hashes: ContentHashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_hashes, "_MOST_KEPT", 2)
    for number in range(4):
        hashes.advance([waiting(tmp_path, str(number), bytes(MIB + 1))])
    assert list(hashes._kept) == ["2", "3"]


def test_what_is_half_read_is_left(tmp_path: Path, hashes: ContentHashes) -> None:
    item = waiting(tmp_path, "a", bytes(STEP + 1))
    hashes.advance([item])
    hashes.advance([])
    assert hashes._begun is None
    hashes.advance([item])
    hashes.close()
    assert hashes._begun is None
