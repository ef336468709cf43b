"""Unpacking: a complete directory with safe names, or nothing; bounded steps, never outside."""

import os
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from netrelay.core.directory_stream import Entry, EntryKind, encode_end, encode_entry
from netrelay.core.words import WireError
from netrelay.transfer import unpacking
from netrelay.transfer.unpacking import NoRoomYetError, Unpacker

MTIME_NS = 1_234_567_890_123_456_789
FILE, DIRECTORY = EntryKind.FILE, EntryKind.DIRECTORY


def stream(*parts: tuple[bytes, bytes | None]) -> bytes:
    """Return the stream of entries: path, and content or None for a directory."""
    packed = b""
    for number, (path, content) in enumerate(parts):
        kind = DIRECTORY if content is None else FILE
        data = content or b""
        packed += encode_entry(Entry(kind, path, MTIME_NS + number, len(data))) + data
    return packed + encode_end(len(parts))


class Place:
    """A staging folder and one to unpack into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / ".staging"
        self.folder = root / ".unpacking"
        for folder in (self.staging, self.folder):
            folder.mkdir()
        self.unpacker = self.start()

    def start(self, *keep: str) -> Unpacker:
        """Return the unpacker of a new run."""
        return Unpacker(self.staging, self.folder, set(keep))

    def unpack(self, data: bytes, name: str = "one") -> Path:
        """Unpack a stream completely; return the directory."""
        (self.staging / name).write_bytes(data)
        for _ in range(1_000):
            if self.unpacker.is_whole(name):
                return self.folder / name
            self.unpacker.advance(name, len(data))
        raise AssertionError("never whole")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Empty folders."""
    return Place(tmp_path)


def found(folder: Path) -> dict[str, bytes | None]:
    """Return all paths in a folder, with content or None for a directory."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


SOME = [
    (b"a.txt", b"hello"),
    (b"deep", None),
    (b"deep/empty", None),
    (b"deep/er", None),
    (b"deep/er/b", b""),
    (b"deep.txt", bytes(70_000)),
]


def test_all_entries_are_unpacked_with_times_and_modes(place: Place) -> None:
    folder = place.unpack(stream(*SOME))
    assert found(folder) == {path.decode(): content for path, content in SOME}
    for number, (path, content) in enumerate(SOME):
        status = (folder / path.decode()).stat()
        assert status.st_mtime_ns == MTIME_NS + number
        assert status.st_mode & 0o7777 == (0o2750 if content is None else 0o640)
    assert folder.stat().st_mode & 0o7777 == 0o2750


def test_an_empty_directory(place: Place) -> None:
    assert found(place.unpack(stream())) == {}


def test_names_are_made_safe_part_by_part_and_numbered(place: Place) -> None:
    folder = place.unpack(
        stream(
            (b"\x01", None),
            (b"\x01/-rf", b"1"),
            (b"\x02", None),
            (b"\x02/\xff", b"2"),
            (b"..a", b"3"),
            (b"_", b"4"),
        )
    )
    assert found(folder) == {
        "_": None,
        "_/_-rf": b"1",
        "_ (2)": None,
        "_ (2)/%FF": b"2",
        "_..a": b"3",
        "_ (3)": b"4",
    }


def test_many_names_with_the_same_safe_name_are_numbered(place: Place) -> None:
    names = sorted(b"%c%c" % (1 + n // 30, 1 + n % 30) for n in range(900))
    folder = place.unpack(stream(*((name, b"") for name in names)))
    assert len(found(folder)) == 900


def test_a_step_is_bounded_in_entries_and_in_bytes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_ENTRIES_A_STEP", 2)
    monkeypatch.setattr(unpacking, "_BYTES_A_STEP", 1_000)
    data = stream((b"a", bytes(2_500)), *((b"b%d" % n, b"") for n in range(5)))
    (place.staging / "one").write_bytes(data)
    sizes, steps = [], 0
    while not place.unpacker.is_whole("one"):
        place.unpacker.advance("one", len(data))
        steps += 1
        sizes.append(sum(path.stat().st_size for path in (place.folder / "one").iterdir()))
    assert sizes[:3] == [1_000, 2_000, 2_500]
    assert steps >= 5
    assert len(found(place.folder / "one")) == 6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        stream(*SOME)[:-1],
        stream(*SOME) + b"x",
        stream((b"../a", b"x")),
        stream((b"/a", b"x")),
        stream((b"a/b", b"x")),
    ],
    ids=["empty", "cut", "longer", "parent", "absolute", "orphan"],
)
def test_a_malformed_stream_creates_nothing(place: Place, data: bytes) -> None:
    with pytest.raises(WireError):
        place.unpack(data)
    assert list(place.folder.iterdir()) == []
    assert sorted(path.name for path in place.root.iterdir()) == [".staging", ".unpacking"]


def test_a_directory_that_does_not_fit_creates_nothing_and_may_fit_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = os.statvfs(place.root)
    free_bytes = status.f_bavail * status.f_frsize
    with monkeypatch.context() as context:
        context.setattr("netrelay.disk.kept_free.KEPT_FREE_BYTES", free_bytes - 20_000)
        with pytest.raises(NoRoomYetError, match=r"needs 9[0-9]{4} bytes, .* are free"):
            place.unpack(stream(*SOME))
    assert list(place.folder.iterdir()) == []
    assert len(found(place.unpack(stream(*SOME)))) == len(SOME)


def test_an_error_in_the_middle_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("os.sendfile", full)
        with pytest.raises(OSError, match="No space"):
            place.unpack(stream(*SOME))
    assert list(place.folder.iterdir()) == []


def test_it_is_flushed_before_it_is_complete(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[dict[str, bytes | None]] = []
    monkeypatch.setattr(
        unpacking, "flush_file_system_of", lambda _, folder: flushed.append(found(folder))
    )
    folder = place.unpack(stream(*SOME))
    assert flushed == [found(folder)]


def test_unflushed_bytes_are_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One flush of gigabytes would exceed the watchdog's limit, at each restart again."""
    monkeypatch.setattr(unpacking, "_BYTES_A_STEP", 1_000)
    monkeypatch.setattr(unpacking, "_UNFLUSHED_BYTES", 2_000)
    monkeypatch.setattr(unpacking, "_ENTRY_BYTES", 0)
    made_bytes = [0]

    def note(_: int, folder: Path) -> None:
        made_bytes.append(sum(len(content or b"") for content in found(folder).values()))

    monkeypatch.setattr(unpacking, "flush_file_system_of", note)
    large, many = [(b"a", b"x" * 9_500)], [(b"b%02d" % n, b"y" * 300) for n in range(20)]
    place.unpack(stream(*large, *many))
    assert made_bytes[-1] == 15_500
    steps = [after - before for before, after in pairwise(made_bytes)]
    assert max(steps) <= 3_000
    assert len(steps) >= 5


def test_a_start_keeps_only_complete_directories(place: Place) -> None:
    place.unpack(stream(*SOME), "named")
    place.unpack(stream(*SOME), "whole")
    (place.folder / "half").mkdir()
    (place.folder / "half" / "link").symlink_to(place.staging)
    again = place.start("named")
    assert [path.name for path in place.folder.iterdir()] == ["named"]
    assert again.is_whole("named")
    assert not again.is_whole("whole")
    assert (place.staging / "named").exists()


def test_a_start_removes_what_is_no_directory(place: Place) -> None:
    (place.folder / "link").symlink_to(place.staging)
    (place.folder / "file").touch()
    place.start()
    assert list(place.folder.iterdir()) == []
    assert place.staging.is_dir()


def test_a_missing_stream_is_an_error(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.unpacker.advance("missing", 10)


def test_no_descriptor_stays_open(place: Place) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    place.unpack(stream(*SOME))
    with pytest.raises(WireError):
        place.unpack(stream(*SOME)[:-1], "two")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_paths_of_a_stream_are_not_held_in_memory(place: Place) -> None:
    """65,536 of them may have 4,096 bytes each: 290 MiB before, whatever the files hold."""
    folders = [b"/".join([b"d" * 250] * depth) for depth in range(1, 16)]
    files = [folders[-1] + b"/%04d" % number + b"x" * 200 for number in range(2_000)]
    data = stream(*((path, None) for path in folders), *((path, b"") for path in files))
    assert len(data) > 7 * 2**20
    (place.staging / "one").write_bytes(data)
    tracemalloc.start()
    try:
        while not place.unpacker.is_whole("one"):
            place.unpacker.advance("one", len(data))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2**20
    assert sum(path.is_file() for path in (place.folder / "one").rglob("*")) == len(files)


@pytest.mark.parametrize("kind", ["symbolic link", "directory", "fifo"])
def test_what_took_the_place_of_a_stream_is_no_stream(place: Place, kind: str) -> None:
    match kind:
        case "symbolic link":
            (place.staging / "one").symlink_to("/dev/zero")
        case "directory":
            (place.staging / "one").mkdir()
        case "fifo":
            os.mkfifo(place.staging / "one")
    with pytest.raises(FileNotFoundError, match="no file any more"):
        place.unpacker.advance("one", 100)
    assert list(place.folder.iterdir()) == []


def test_a_stream_that_changes_while_it_is_unpacked_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_ENTRIES_A_STEP", 1)
    data = stream(*SOME)
    (place.staging / "one").write_bytes(data)
    place.unpacker.advance("one", len(data))
    (place.staging / "one").write_bytes(bytes(len(data)))
    with pytest.raises(WireError):
        place.unpack(bytes(len(data)))
    assert list(place.folder.iterdir()) == []
