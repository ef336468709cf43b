"""importer and exporter give the folders of a renamed peer its new name, and lose nothing of it."""

import errno
import os
from pathlib import Path
from time import monotonic

import pytest

from netrelay.processes.exporter import Exporter
from netrelay.runtime.node import open_node
from netrelay.store.old_folders import INBOX, folder_names, old_folders
from netrelay.store.peer_settings import rename_peer
from netrelay.store.peers import read_peers
from netrelay.transfer import renamed_folders
from tests.processes.test_importer import DEADLINE_S, Place, Run, begin

PARENTS = ("claims", "drop", "inbox", "sent", "failed")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A node with the peer boat."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run"))
    return Place(tmp_path)


def rename(run: Run, name: str) -> str:
    """Store a new name of the peer; return its node id."""
    (node,) = read_peers(run.node.database)
    with run.node.database.transaction():
        rename_peer(run.node.database, node, name)
    return node


def waiting(run: Run) -> list[str]:
    """Return the parents of the folders that have an old name."""
    return sorted(each.parent for each in old_folders(run.node.database, PARENTS))


def paths_of(run: Run, column: str) -> list[str]:
    """Return a column of paths of the files."""
    rows = run.node.database.rows(f"SELECT {column} FROM files ORDER BY id")
    return [os.fsdecode(path) for (path,) in rows if isinstance(path, bytes)]


def take(run: Run, count: int) -> list[str]:
    """Run steps until so many files have a row; return their names."""
    end_s = monotonic() + DEADLINE_S
    while len(run.names()) < count and monotonic() < end_s:
        delay_s = run.step()
        run.node.poller.wait(0.05 if delay_s is None else min(delay_s, 0.05))
    return run.names()


def test_files_are_taken_from_the_folder_before_and_after(place: Place) -> None:
    run = begin(place)
    place.rename_in("first.txt")
    run.step()
    place.rename_in("second.txt")
    node = rename(run, "ferry")
    assert take(run, 2) == ["first.txt", "second.txt"]
    place.rename_in("third.txt", "ferry")
    run.step()
    assert run.names() == ["first.txt", "second.txt", "third.txt"]
    assert run.node.database.rows("SELECT DISTINCT destination FROM files") == [(node,)]
    paths = paths_of(run, "path")
    assert all((place.home.path / path).exists() for path in paths)
    assert [path.split("/")[2] for path in paths] == ["boat", "ferry", "ferry"]
    assert not (place.home.drop / "boat").exists()
    # exporter has the inbox
    assert waiting(run) == ["inbox"]
    assert run.logged() == []


def test_the_paths_of_kept_files_follow(place: Place) -> None:
    """Names that are no UTF-8 too, and not those of another peer."""
    run = begin(place)
    for name in (b"a.txt", b"\xff\xfe.txt"):
        (place.folder / "made").write_bytes(b"x")
        (place.folder / "made").rename(place.home.drop / "boat" / os.fsdecode(name))
    run.step()
    with run.node.database.transaction():
        run.node.database.execute(
            "INSERT INTO facts (message, event, actor, reason)"
            " SELECT id, 'cancelled', 'person', 'test' FROM messages WHERE type = 6"
        )
    run.step()
    run.step()
    assert len(list((place.home.failed / "boat").iterdir())) == 4
    rename(run, "ferry")
    run.step()
    kept = paths_of(run, "kept")
    assert sorted(kept) == ["failed/ferry/a.txt", os.fsdecode(b"failed/ferry/\xff\xfe.txt")]
    assert all((place.home.path / path).exists() for path in kept)
    assert place.type("retry", "a.txt") == 0
    assert not (place.home.failed / "boat").exists()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_power_cut_at_the_rename_changes_nothing(place: Place, cut: str) -> None:
    """Before: only the row was committed. After: the folder is renamed, which is not committed."""
    run = begin(place)
    place.rename_in("claimed.txt")
    rename(run, "ferry")
    if cut == "after":
        (place.home.drop / "boat").rename(place.home.drop / "ferry")
        (place.home.inbox / "ferry").mkdir()
    again = begin(place)
    again.step()
    assert take(again, 1) == ["claimed.txt"]
    assert not (place.home.drop / "boat").exists()
    assert (place.home.drop / "ferry").is_dir()
    assert waiting(again) == ["inbox"]


def test_a_claim_without_a_row_is_adopted_under_the_old_name(place: Place) -> None:
    """A power cut between the claim and its row, and a rename while the node is down."""
    lost = place.home.claims / "boat" / "1"
    lost.mkdir(parents=True)
    (lost / "lost.txt").write_bytes(b"lost")
    assert place.type("peer", "rename", "boat", "ferry") == 0
    assert (place.home.drop / "ferry").is_dir()
    run = begin(place)
    run.step()
    assert run.names() == ["lost.txt"]
    (node,) = read_peers(run.node.database)
    assert run.node.database.rows("SELECT destination FROM files") == [(node,)]


def test_a_commit_that_fails_leaves_the_old_names(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(place)
    run.step()
    rename(run, "ferry")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(renamed_folders, "settle_folder", fail)
    with monkeypatch.context() as patched:
        patched.setattr(renamed_folders, "_why", fail)
        with pytest.raises(OSError, match="no"):
            run.step()
    assert (place.home.drop / "boat").is_dir()
    assert not (place.home.drop / "ferry").exists()
    assert waiting(run) == sorted(PARENTS)


def test_a_folder_in_the_way_is_logged_once_and_work_goes_on(place: Place) -> None:
    run = begin(place)
    run.step()
    (place.home.drop / "ferry").mkdir()
    (place.home.drop / "ferry" / "theirs").touch()
    rename(run, "ferry")
    place.rename_in("a.txt")
    run.step()
    assert take(run, 1) == ["a.txt"]
    assert waiting(run) == ["claims", "drop", "inbox"]
    (line,) = [text for text in run.logged() if "cannot be renamed" in text]
    assert line.startswith("drop/boat stays, and goes on being used: it cannot be renamed to ferry")


def test_exporter_renames_the_inbox_between_two_steps(place: Place) -> None:
    run = begin(place)
    run.step()
    inbox = place.home.inbox / "boat"
    inbox.mkdir()
    (inbox / "came.txt").touch()
    exporter = Exporter(open_node("exporter", place.home))
    exporter.step()
    rename(run, "ferry")

    def names() -> list[str]:
        return list(folder_names(run.node.database, INBOX).values())

    assert names() == ["boat"]
    exporter.step()
    assert names() == ["ferry"]
    assert [path.name for path in (place.home.inbox / "ferry").iterdir()] == ["came.txt"]
    assert not inbox.exists()
