"""exporter: inbox folders on another disk; copied once, whole, whatever is unplugged meanwhile."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.core.words import FileKind
from netrelay.disk.kept_free import KEPT_FREE_BYTES
from netrelay.processes import exporter
from netrelay.transfer import inbox_copies
from netrelay.transfer.copying import UNFINISHED
from tests.processes.test_exporter import SOURCE, STREAM, Place
from tests.small_disk import SmallDisk, small_disk

MIB = 1 << 20
CONTENT = bytes(range(256)) * 4096 * 3  # 3 MiB


class PowerCutError(BaseException):
    """The power goes at this point."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path, monkeypatch)
    yield made
    made.exporter.close()
    made.node.database.close()


@pytest.fixture
def disk(place: Place) -> Iterator[SmallDisk]:
    """Another disk at the inbox folder of the source; half of it is kept free."""
    with small_disk(place.home.inbox / SOURCE, 64 * MIB) as found:
        if found is None:
            pytest.skip("only root may mount a tmpfs")
        yield found


def visible(place: Place) -> dict[str, bytes]:
    """Return what people see in the inbox folder, by path."""
    folder = place.home.inbox / SOURCE
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and UNFINISHED not in path.parts
    }


def unmount(disk: SmallDisk) -> None:
    subprocess.run(["umount", "-l", disk.path], check=True)


def test_a_file_gets_to_another_disk_with_its_time_and_mode(
    place: Place, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_copies, "BYTES_A_STEP", MIB)
    place.arrive("photo.jpg", CONTENT)
    place.arrive("empty", b"")
    while "photo.jpg" not in visible(place):
        assert place.step() == 0
        assert visible(place).get("photo.jpg", CONTENT) == CONTENT
    place.finish()
    assert visible(place) == {"photo.jpg": CONTENT, "empty": b""}
    status = (disk.path / "photo.jpg").stat()
    assert (status.st_mode & 0o7777, status.st_mtime_ns) == (0o640, 0)
    assert place.states() == [("F", None), ("F", None)]
    assert list((disk.path / UNFINISHED).iterdir()) == []
    assert list(place.home.staging.iterdir()) == []


def test_nothing_there_is_overwritten(place: Place, disk: SmallDisk) -> None:
    (disk.path / "name").write_bytes(b"mine")
    place.arrive("name")
    place.arrive("name", b"second")
    place.finish()
    assert visible(place) == {"name": b"mine", "name (2)": b"content", "name (3)": b"second"}


def test_a_directory_is_unpacked_on_that_disk(place: Place, disk: SmallDisk) -> None:
    place.arrive("album", STREAM, FileKind.DIRECTORY)
    place.finish()
    assert visible(place) == {"album/deep/file": b"content"}
    assert place.states() == [("F", None)]
    assert list((disk.path / UNFINISHED).iterdir()) == []


def test_a_directory_that_was_unpacked_before_the_disk_came_is_unpacked_there_again(
    place: Place,
) -> None:
    place.arrive("album", STREAM, FileKind.DIRECTORY)
    place.step()
    assert len(list(place.home.unpacking.iterdir())) == 1
    with small_disk(place.home.inbox / SOURCE, 64 * MIB) as found:
        if found is None:
            pytest.skip("only root may mount a tmpfs")
        place.finish()
        place.now_s += 60
        place.finish()
        assert visible(place) == {"album/deep/file": b"content"}
    assert list(place.home.unpacking.iterdir()) == []


def test_others_are_delivered_while_hundreds_wait_for_a_slow_disk(
    place: Place, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "_BATCH", 4)
    monkeypatch.setattr(inbox_copies, "BYTES_A_STEP", MIB)
    for number in range(6):
        place.arrive(f"{number}.jpg", CONTENT)
    place.arrive("note", source="b" * 32)
    place.step()
    assert visible(place) == {}
    assert [path.name for path in (place.home.inbox / ("b" * 32)).iterdir()] == ["note"]
    place.finish()
    assert list(visible(place)) == [f"{number}.jpg" for number in range(6)]


def cut(monkeypatch: pytest.MonkeyPatch, where: str, *, after: bool) -> None:
    """Let the power go right before or after a function is called."""
    module, _, name = where.rpartition(".")
    target = __import__(module, fromlist=[name])
    call: Callable[..., object] = getattr(target, name)

    def called(*arguments: object, **named: object) -> object:
        if after:
            call(*arguments, **named)
        raise PowerCutError

    monkeypatch.setattr(target, name, called)


@pytest.mark.parametrize("kind", [FileKind.FILE, FileKind.DIRECTORY])
@pytest.mark.parametrize("is_moved", [False, True], ids=["left", "moved"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "where",
    [
        "netrelay.transfer.copying.make_folder",
        "netrelay.processes.exporter.note_copied",
        "netrelay.transfer.delivery.place_copy",
        "netrelay.transfer.delivery.flush_folders",
        "netrelay.processes.exporter.close_files",
    ],
)
def test_a_power_cut_at_any_step_is_healed_by_the_next_start(
    place: Place,
    disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    after: bool,
    is_moved: bool,
    kind: FileKind,
) -> None:
    is_file = kind is FileKind.FILE
    place.arrive("name", b"content" if is_file else STREAM, kind)
    with monkeypatch.context() as context:
        cut(context, where, after=after)
        with pytest.raises(PowerCutError):
            place.finish()
    moved = False
    if is_moved and (disk.path / "name").exists():  # a person moves it before exporter is back
        (disk.path / "name").rename(disk.path / "taken away")
        moved = True
    place.start_again()
    place.finish()
    place.now_s += 60
    place.finish()
    # Moved, or lost with the power? As long as its original is here it is delivered once more.
    is_original_here = where.endswith(("place_copy", "flush_folders"))
    names = ["taken away"] if moved else ["name"]
    names += ["name"] if moved and is_original_here else []
    assert visible(place) == {
        name if is_file else f"{name}/deep/file": b"content" for name in names
    }
    assert place.states() == [("F", None)]
    assert list(place.home.staging.iterdir()) == []
    assert list((disk.path / UNFINISHED).iterdir()) == []


def test_what_was_copied_waits_for_its_disk_and_is_not_called_delivered(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is away when exporter is back: the folder under the mount says nothing."""
    inbox = place.home.inbox / SOURCE
    with small_disk(inbox, 64 * MIB) as disk:
        if disk is None:
            pytest.skip("only root may mount a tmpfs")
        kept = place.home.path / "kept"
        kept.mkdir()
        subprocess.run(["mount", "--bind", inbox, kept], check=True)
        try:
            place.arrive("name")
            with monkeypatch.context() as context:
                cut(context, "netrelay.transfer.delivery.place_copy", after=False)
                with pytest.raises(PowerCutError):
                    place.finish()
            unmount(disk)
            place.start_again()
            place.finish()
            assert place.states() == [("N-4", None)]
            ((trouble, reason, *_),) = place.troubles()
            assert trouble == "folder-unusable"
            assert reason == "the disk that its copy was made on is not mounted"
            subprocess.run(["mount", "--bind", kept, inbox], check=True)
            place.now_s += 60
            place.finish()
            assert visible(place) == {"name": b"content"}
            assert place.states() == [("F", None)]
        finally:
            subprocess.run(["umount", "-l", kept], check=True)


def test_a_full_disk_there_is_said_and_leaves_nothing(place: Place, disk: SmallDisk) -> None:
    disk.fill(MIB)
    place.arrive("large", CONTENT)
    place.arrive("note", source="b" * 32)
    place.finish()
    trouble, reason, *_ = place.troubles()[0]
    assert trouble == "disk-full"
    assert reason == (
        f"its copy needs {len(CONTENT)} bytes, 0 are free on that disk"
        f" beside the {KEPT_FREE_BYTES} that stay free"
    )
    assert list((disk.path / UNFINISHED).iterdir()) == []
    assert place.states() == [("N-4", None), ("F", None)]
    disk.make_room()
    place.now_s += 60
    place.finish()
    assert visible(place) == {"large": CONTENT}


@pytest.mark.parametrize("kind", [FileKind.FILE, FileKind.DIRECTORY])
def test_a_copy_that_is_taken_away_before_it_is_in_its_place_is_made_again(
    place: Place, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, kind: FileKind
) -> None:
    is_file = kind is FileKind.FILE
    place.arrive("name", b"content" if is_file else STREAM, kind)
    with monkeypatch.context() as context:
        cut(context, "netrelay.transfer.delivery.place_copy", after=False)
        with pytest.raises(PowerCutError):
            place.finish()
    # A person who looks at the disk elsewhere removes what seems to be rubbish.
    shutil.rmtree(disk.path / UNFINISHED)
    (disk.path / UNFINISHED).mkdir()
    place.start_again()
    place.finish()
    assert visible(place) == {}
    assert place.states() == [("N-4", None)]
    place.now_s += 60
    place.finish()
    assert visible(place) == {"name" if is_file else "name/deep/file": b"content"}
    assert place.states() == [("F", None)]
    assert list(place.home.staging.iterdir()) == []


def test_a_copy_that_was_begun_is_made_anew_and_its_rest_removed(
    place: Place, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_copies, "BYTES_A_STEP", MIB)
    place.arrive("name", CONTENT)
    place.step()
    hidden = disk.path / UNFINISHED
    (begun,) = hidden.iterdir()
    assert 0 < begun.stat().st_size < len(CONTENT)
    (hidden / "of an older run").mkdir()
    place.start_again()
    place.finish()
    assert visible(place) == {"name": CONTENT}
    assert list(hidden.iterdir()) == []


@pytest.mark.parametrize("how", ["rm", "mv"])
@pytest.mark.parametrize("folder", ["inbox", "inbox/.staging", "inbox/.unpacking", "inbox/NODE"])
def test_a_folder_that_is_removed_is_made_again_and_used(
    place: Place, folder: str, how: str
) -> None:
    place.arrive("before")
    place.finish()
    removed = place.home.path / folder.replace("NODE", SOURCE)
    if how == "rm":
        shutil.rmtree(removed)
    else:
        removed.rename(place.home.path / "away")
    place.step()
    place.arrive("name")
    place.arrive("album", STREAM, FileKind.DIRECTORY)
    place.finish()
    found = {"name": b"content", "album/deep/file": b"content"}
    assert visible(place).items() >= found.items()
    assert place.states() == [("F", None)] * 3
    logged = [str(text) for (text,) in place.node.database.rows("SELECT text FROM logs")]
    told = [f"{folder}/ was not there any more, and was made again"]
    assert [text for text in logged if text in told] == ([] if "NODE" in folder else told)


def test_an_unpacked_directory_whose_disk_went_is_not_called_gone(
    place: Place, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stream is in the staging folder: it is unpacked again, under the mount."""
    place.arrive("album", STREAM, FileKind.DIRECTORY)

    def pulled(*_: object) -> None:
        unmount(disk)
        (disk.path / UNFINISHED).stat()

    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.unpacking.make_directory", pulled)
        place.step()
    assert place.states() == [("N-4", None)]
    place.now_s += 60
    place.finish()
    assert visible(place) == {"album/deep/file": b"content"}
    subprocess.run(["mount", "-t", "tmpfs", "netrelay-test", disk.path], check=True)
