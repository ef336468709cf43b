"""A claimed file whose inode is touched while it waits: sent anew, from one state of the file."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.transfer.linked_pair import SIZE, Pair


def change_modes(path: Path) -> None:
    """Do what `chmod -R` over the home does."""
    for each in _all_of(path):
        each.chmod(0o750 if each.is_dir() else 0o640)


def link_and_unlink(path: Path) -> None:
    """Do what a snapshot by `cp -al` does that is removed again."""
    for each in _all_of(path):
        if each.is_file():
            other = path.parent / "other"
            other.hardlink_to(each)
            other.unlink()


def move_to_a_larger_disk(path: Path) -> None:
    """Do what a copy of the home with all its times does: every inode is another one."""
    old = path.with_name("old")
    path.rename(old)
    if old.is_dir():
        shutil.copytree(old, path)
        shutil.rmtree(old)
    else:
        shutil.copy2(old, path)
        old.unlink()


def _all_of(path: Path) -> Iterator[Path]:
    yield path
    yield from path.rglob("*")


TOUCHES = (change_modes, link_and_unlink, move_to_a_larger_disk)
Touch = Callable[[Path], None]


def drop(pair: Pair, length_bytes: int) -> tuple[Path, bytes]:
    """Drop a file; return where it is claimed, and its content."""
    content = os.urandom(length_bytes)
    claimed = pair.source.drop_file(pair.destination, b"name", content)
    return pair.source.home.path / os.fsdecode(claimed.path), content


def send_once(pair: Pair, slots: int = 4) -> None:
    """Send some frames of what is ready: first the manifest, then chunks."""
    for sent in pair.source.fill_once(pair.destination, slots=slots):
        (judged,) = pair.destination.take(pair.source, [sent.payload])
        pair.source.conclude(sent, judged)


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize("length_bytes", [10, 3 * SIZE])
def test_a_file_that_was_touched_while_it_waited_is_delivered(
    pair: Pair, touch: Touch, length_bytes: int
) -> None:
    path, content = drop(pair, length_bytes)
    touch(path)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.states(6) == ["F"]


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_file_that_was_touched_half_way_is_sent_anew_as_a_whole(pair: Pair, touch: Touch) -> None:
    path, content = drop(pair, 12 * SIZE)
    send_once(pair)
    send_once(pair)
    assert pair.source.states(2).count("F") in range(1, 12)
    # Its size and time are what they were, its content is not: nothing of it is mixed.
    if touch is change_modes:
        content = content[::-1]
        status = path.stat()
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    touch(path)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.rows("SELECT state, attempt FROM messages WHERE type = 6") == [("F", 2)]


@pytest.mark.parametrize("touch", [change_modes, move_to_a_larger_disk])
def test_a_directory_that_was_touched_is_delivered(
    pair: Pair, touch: Touch, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    pair.destination.home.unpacking.mkdir(parents=True)
    (tree / "inner").mkdir(parents=True)
    (tree / "inner" / "large").write_bytes(os.urandom(5 * SIZE))
    (tree / "small").write_bytes(b"content")
    folder = pair.source.home.drop / pair.destination.name
    folder.mkdir(exist_ok=True)
    tree.rename(folder / "tree")
    (claimed,) = pair.source.claims.claim(folder, pair.destination.name, [b"tree"])
    pair.source.add_jobs(pair.destination, [claimed])
    send_once(pair)
    send_once(pair)
    touch(pair.source.home.path / os.fsdecode(claimed.path))
    pair.finish()
    assert pair.source.rows("SELECT state, attempt FROM messages WHERE type = 6") == [("F", 2)]


def test_the_lifetime_of_a_touched_file_goes_on(pair: Pair) -> None:
    path, _ = drop(pair, 3 * SIZE)
    expires = pair.source.rows("SELECT expires_s FROM messages WHERE type = 6")
    pair.source.time_s += 5
    change_modes(path)
    send_once(pair)
    send_once(pair)
    assert pair.source.rows("SELECT expires_s, attempt FROM messages WHERE type = 6") == [
        (*expires[0], 2)
    ]


def test_a_program_that_never_stops_touching_ends_the_job(pair: Pair) -> None:
    path, _ = drop(pair, 3 * SIZE)
    modes = (0o600, 0o640)
    for number in range(200):
        path.chmod(modes[number % 2])
        send_once(pair)
        if pair.source.states(6) == ["D"]:
            break
    assert pair.source.rows("SELECT state, attempt FROM messages WHERE type = 6") == [("D", 64)]
