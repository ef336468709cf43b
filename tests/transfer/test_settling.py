"""Writers that pause or close between pieces, and how long each kind of entry settles."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.runtime import clock
from netrelay.runtime.config import Config, load
from netrelay.transfer.drop_folders import DropFolders
from netrelay.transfer.settle_times import SettleTimes, settle_times

TIMES = SettleTimes(file_s=3.0, directory_s=7.0, placeholder_s=50.0)
MIB = 1024 * 1024


class Place:
    """The drop folder of one peer, and the times after which its scans want the next one."""

    def __init__(self, root: Path) -> None:
        self.now_s = 100.0
        self.peer = root / "drop" / "brno"
        self.peer.mkdir(parents=True)
        self.folders = DropFolders(root / "drop", lambda _: TIMES)
        self.folders.watch({"brno"})

    def ready(self, wait_s: float = 0.0) -> list[bytes]:
        """Scan after a time, and return the ready entries."""
        self.now_s += wait_s
        self.folders.read_events()
        return self.folders.scan("brno").ready

    def waits_s(self) -> float:
        """Return after how many seconds the only entry is ready, and that it is not before."""
        started_s = self.now_s
        while True:
            self.folders.read_events()
            scan = self.folders.scan("brno")
            if scan.ready:
                return self.now_s - started_s
            assert scan.again_s is not None
            self.now_s += scan.again_s


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    place = Place(tmp_path)
    monkeypatch.setattr(clock, "boottime_s", lambda: place.now_s)
    yield place
    place.folders._inotify.close()


def written(path: Path) -> None:
    path.write_bytes(b"content")


def empty(path: Path) -> None:
    path.touch()


def truncated(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MIB)


def allocated(path: Path) -> None:
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, MIB)


def begun(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MIB)
        file.write(b"x" * 65536)


def zeros(path: Path) -> None:
    path.write_bytes(bytes(MIB))


MADE_FIRST = (empty, truncated, allocated, begun)


@pytest.mark.parametrize("make", [written, zeros])
def test_a_written_file_has_to_be_unchanged_for_its_settle_time(
    place: Place, make: Callable[[Path], None]
) -> None:
    make(place.peer / "a")
    assert place.waits_s() == TIMES.file_s


@pytest.mark.parametrize("make", MADE_FIRST)
def test_a_file_that_was_made_before_its_content_waits_longer(
    place: Place, make: Callable[[Path], None]
) -> None:
    make(place.peer / "a")
    assert place.waits_s() == TIMES.placeholder_s


@pytest.mark.parametrize("make", MADE_FIRST)
def test_a_placeholder_that_is_filled_goes_when_it_has_settled(
    place: Place, make: Callable[[Path], None]
) -> None:
    make(place.peer / "a")
    assert place.ready() == []
    assert place.ready(TIMES.placeholder_s - 1) == []
    (place.peer / "a").write_bytes(b"x" * MIB)
    assert place.waits_s() == TIMES.file_s


@pytest.mark.parametrize("make", [*MADE_FIRST, zeros])
def test_what_is_renamed_in_goes_at_once(
    place: Place, make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "a")
    (tmp_path / "a").rename(place.peer / "a")
    assert place.ready() == [b"a"]


def test_an_appended_scan_goes_as_one_file(place: Place) -> None:
    """A page every two seconds; each is appended by a program that closes the file."""
    for page in range(4):
        with (place.peer / "scan.pdf").open("ab") as file:
            file.write(b"page %d" % page)
        assert place.ready(TIMES.file_s - 1) == []
    assert place.ready(TIMES.file_s) == [b"scan.pdf"]


def test_a_directory_goes_when_nothing_in_it_has_changed_for_its_settle_time(place: Place) -> None:
    folder = place.peer / "holiday"
    folder.mkdir()
    for picture in range(3):
        written(folder / f"{picture}.jpg")
        assert place.ready() == []
        assert place.ready(TIMES.directory_s - 1) == []
    assert TIMES.directory_s <= place.waits_s() < 2 * TIMES.directory_s


@pytest.mark.parametrize("make", MADE_FIRST)
def test_a_directory_with_a_placeholder_in_it_waits_longer(
    place: Place, make: Callable[[Path], None]
) -> None:
    (place.peer / "holiday" / "deep").mkdir(parents=True)
    written(place.peer / "holiday" / "1.jpg")
    make(place.peer / "holiday" / "deep" / "2.jpg")
    assert place.waits_s() == TIMES.placeholder_s


@pytest.mark.parametrize("part", ["film.mkv.part", "film.x7Yd_.mkv.part", "film.mkv.crdownload"])
def test_the_empty_file_of_a_download_waits_for_its_part(place: Place, part: str) -> None:
    (place.peer / "film.mkv").touch()
    written(place.peer / part)
    for _ in range(5):
        assert place.ready(TIMES.placeholder_s) == []
    (place.peer / part).rename(place.peer / "film.mkv")
    assert place.ready() == [b"film.mkv"]


def test_an_empty_file_does_not_wait_for_the_part_of_another(place: Place) -> None:
    (place.peer / "film.mkv").touch()
    written(place.peer / "filmed.mkv.part")
    assert place.waits_s() == TIMES.placeholder_s


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Config]:
    def read(lines: str) -> Config:
        path = tmp_path / "netrelay.toml"
        path.write_text(f'[node]\nname = "shelf"\n[files]\n{lines}\n')
        return load(path)

    return read


def test_settle_times_are_those_of_the_folder_else_of_all(
    config: Callable[[str], Config],
) -> None:
    assert settle_times(config(""), "brno") == SettleTimes()
    lines = "settle_s = 3\ndirectory_settle_s = 7\nfolder_settle_s = { scanner = 90 }"
    assert settle_times(config(lines), "brno") == (3, 7, 60)
    assert settle_times(config(lines), "scanner") == (90, 90, 90)
    assert settle_times(config("placeholder_settle_s = 1"), "brno") == (2, 5, 5)
