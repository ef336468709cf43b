"""Files of dead jobs: moved once, with a reason file, also when a crash interrupts the steps."""

import errno
import os
from pathlib import Path

import pytest

from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.words import FileKind
from netrelay.store.jobs import EndedJob
from netrelay.transfer.claims import describe
from netrelay.transfer.failed_files import FailedFiles, is_unchanged, reclaim
from tests.transfer.test_claims import NAMES

JOB = EndedJob(
    1, 17, b"drop/.claimed/brno/1/a.txt", None, "a.txt", "brno", "brno", "brno", "no\nroom"
)


class Place:
    """A home with one claimed file."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.failed = FailedFiles(home, home / "failed")
        (home / "failed").mkdir()
        self.claim(JOB.path)

    def claim(self, path: bytes, content: bytes = b"content") -> None:
        """Write a claimed file."""
        full = self.home / os.fsdecode(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content)

    def names(self) -> dict[str, bytes]:
        """Return the content of each file in failed/brno, by name."""
        folder = self.home / "failed" / "brno"
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def placed(place: Place, *jobs: EndedJob) -> list[EndedJob]:
    chosen = place.failed.choose(jobs)
    return [job._replace(kept=chosen.get(job.file, job.kept)) for job in jobs]


def test_a_file_is_moved_with_its_reason(place: Place) -> None:
    (job,) = placed(place, JOB)
    assert job.kept == b"failed/brno/a.txt"
    assert place.failed.put([job]) == ([job], [], [])
    assert place.names() == {
        "a.txt": b"content",
        "a.txt.reason.txt": b"a.txt did not get to brno: no\nroom\n"
        b"netrelay retry 17 tries again.\n",
    }
    assert not (place.home / "drop" / ".claimed" / "brno" / "1").exists()
    # Repeated, as after a power cut before the commit.
    assert place.failed.put([job]) == ([job], [], [])
    assert len(place.names()) == 2


def test_a_file_that_a_user_removed_from_the_claims_leaves_its_reason(place: Place) -> None:
    (job,) = placed(place, JOB)
    (place.home / os.fsdecode(JOB.path)).unlink()
    assert place.failed.put([job]) == ([job], [], [])
    assert list(place.names()) == ["a.txt.reason.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_gets_a_reason_file(place: Place, name: bytes) -> None:
    path = b"drop/.claimed/brno/2/" + name
    place.claim(path)
    jobs = placed(place, JOB._replace(file=2, path=path), JOB._replace(file=3, path=path))
    assert jobs[0].kept != jobs[1].kept
    assert place.failed.put(jobs) == (jobs, [], [])
    assert len([each for each in place.names() if each.endswith(".reason.txt")]) == 2


def test_a_path_that_exists_by_now_is_a_conflict(place: Place) -> None:
    (job,) = placed(place, JOB)
    folder = place.home / "failed" / "brno"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"a person's")
    assert place.failed.put([job]) == ([], [job], [])
    assert place.names() == {"a.txt": b"a person's"}
    (job,) = placed(place, JOB)
    assert job.kept == b"failed/brno/a (2).txt"


def test_a_chosen_path_is_neither_a_file_nor_a_reason_file_of_another(place: Place) -> None:
    folder = place.home / "failed" / "brno"
    folder.mkdir()
    (folder / "a.txt.reason.txt").write_bytes(b"another's")
    (job,) = placed(place, JOB)
    assert job.kept == b"failed/brno/a (2).txt"


def test_a_directory_is_moved_and_reclaimed_as_a_whole(place: Place) -> None:
    path = b"drop/.claimed/brno/3/album"
    place.claim(path + b"/one")
    (job,) = placed(place, JOB._replace(file=4, path=path, name="album"))
    assert place.failed.put([job]) == ([job], [], [])
    assert job.kept is not None
    found = describe(place.home, os.fsencode(place.home) + b"/" + job.kept)
    assert found.kind is FileKind.DIRECTORY
    assert is_unchanged(place.home, job.kept, found.size_bytes, found.mtime_ns)
    (place.home / os.fsdecode(job.kept) / "two").write_bytes(b"more")
    assert not is_unchanged(place.home, job.kept, found.size_bytes, found.mtime_ns)
    again = reclaim(place.home, job.kept, b"drop/.claimed/brno/retry-17-2/album")
    assert again.kind is FileKind.DIRECTORY
    assert (place.home / os.fsdecode(again.path) / "one").read_bytes() == b"content"


def test_a_directory_is_reclaimed_without_what_was_left_out(place: Place) -> None:
    path = b"drop/.claimed/brno/3/album"
    place.claim(path + b"/one")
    place.claim(path + b"/Thumbs.db")
    ignored = IgnoredNames(["Thumbs.db"])
    found = describe(place.home, os.fsencode(place.home) + b"/" + path, ignored)
    (job,) = placed(place, JOB._replace(file=4, path=path, name="album"))
    place.failed.put([job])
    assert job.kept is not None
    known = found.size_bytes, found.mtime_ns
    assert is_unchanged(place.home, job.kept, *known, found.fingerprint)
    assert not is_unchanged(place.home, job.kept, *known)
    again = reclaim(place.home, job.kept, path + b"-2", found.fingerprint)
    assert (again.size_bytes, again.mtime_ns) == known
    assert again.fingerprint.endswith(':["Thumbs.db"]')


def test_reclaiming_overwrites_nothing(place: Place) -> None:
    (job,) = placed(place, JOB)
    place.failed.put([job])
    assert job.kept is not None
    target = b"drop/.claimed/brno/retry-17-2/a.txt"
    place.claim(target, b"never overwritten")
    with pytest.raises(FileExistsError):
        reclaim(place.home, job.kept, target)
    assert len(place.names()) == 2
    again = reclaim(place.home, job.kept, target + b".new")
    status = (place.home / os.fsdecode(target + b".new")).stat()
    assert again.fingerprint.split(":")[:2] == [str(status.st_ino), "7"]
    assert place.names() == {}


def test_a_file_that_cannot_be_moved_holds_back_no_other(place: Place) -> None:
    place.claim(b"drop/.claimed/brno/2/b.txt")
    place.claim(b"drop/.claimed/brno/3/c.txt")
    bad, *good = placed(
        place,
        JOB._replace(destination_name="cork", failed_folder="cork"),
        JOB._replace(file=2, path=b"drop/.claimed/brno/2/b.txt"),
        JOB._replace(file=3, path=b"drop/.claimed/brno/3/c.txt"),
    )
    (place.home / "failed" / "cork").write_text("a file where the folder should be")
    moved, conflicting, failed = place.failed.put([bad, *good])
    assert (moved, conflicting) == (good, [])
    ((job, error),) = failed
    assert job == bad
    assert error.errno == errno.EEXIST
    (place.home / "failed" / "cork").unlink()
    assert place.failed.put([bad]) == ([bad], [], [])


def test_what_cannot_be_made_durable_is_moved_and_not_reported(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (job,) = placed(place, JOB)
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.failed_files.flush_folder", refuse)
        moved, _, failed = place.failed.put([job])
    assert moved == []
    assert [each for each, _ in failed] == [job]
    assert place.failed.put([job]) == ([job], [], [])
    assert place.names()["a.txt"] == b"content"
