"""exporter: whole directories, and that nothing waits behind what cannot be delivered."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from netrelay.cli.main import main
from netrelay.core.directory_stream import Entry, EntryKind, encode_entry, end_of
from netrelay.core.words import FileKind
from netrelay.processes import exporter
from netrelay.processes.exporter import Exporter
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.store.arrivals import Arrived, Identity, add_arrived, add_coming_file, staged_name
from netrelay.store.database import Row

SOURCE = "a" * 32
EPOCH = bytes(range(8))
STREAM = (
    encode_entry(Entry(EntryKind.DIRECTORY, b"deep", 5, 0))
    + encode_entry(Entry(EntryKind.FILE, b"deep/file", 5, 7))
    + b"content"
    + end_of(2)
)


class Place:
    """A node whose exporter is stepped by the test; what comes is laid there by the test."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "shelf")
        assert main(["init", "shelf", "--home", str(self.home.path)]) == 0
        self.sequence = 0
        self.now_s = 1_000.0
        self.node: Node
        self.start()

    def start(self) -> None:
        """Begin a new run."""
        self.node = open_node("exporter", self.home)
        self.exporter = Exporter(self.node)

    def step(self) -> float | None:
        """Let it take a step."""
        delay_s = self.exporter.step()
        self.node.log.store()
        return delay_s

    def arrive(
        self, name: str, content: bytes = b"content", kind: FileKind = FileKind.FILE
    ) -> None:
        """Lay something complete into staging, with its row."""
        self.sequence += 1
        identity = Identity(
            SOURCE,
            str(self.node.database.value("SELECT node FROM selfinfo")),
            EPOCH,
            self.sequence,
            1,
        )
        (self.home.staging / staged_name(SOURCE, EPOCH, self.sequence, 1)).write_bytes(content)
        database = open_database(self.home, "processor_r")
        with database.transaction():
            file = add_coming_file(database, identity, name, len(content), 0, 0.0, kind)
            size = len(content) + 1
            add_arrived(
                database,
                Arrived(
                    *(1, identity, SOURCE, 0, size, size, bytes(32), bytes(32), 4, 1_000, 0, 0),
                    file=file,
                ),
            )
        database.close()

    def inbox(self) -> list[str]:
        """Give what lies in the inbox."""
        folder = self.home.inbox / SOURCE
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def states(self) -> list[Row]:
        """Give state and reason of all that came, in order."""
        return self.node.database.rows(
            "SELECT state, reason FROM messages WHERE type = 1 ORDER BY id"
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A node, and a clock in the hands of the test."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run"))
    place = Place(tmp_path)
    # Its own only: the database goes on by the real one.
    monkeypatch.setattr(exporter, "clock", SimpleNamespace(boottime_s=lambda: place.now_s))
    return place


def test_a_directory_is_delivered_as_one(place: Place) -> None:
    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    place.arrive("a.txt")
    while place.step() == 0:
        pass
    assert place.inbox() == ["a.txt", "photos"]
    assert (place.home.inbox / SOURCE / "photos" / "deep" / "file").read_bytes() == b"content"
    assert place.states() == [("F", None), ("F", None)]


def test_a_file_does_not_wait_for_a_directory(place: Place) -> None:
    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    place.arrive("a.txt")
    place.step()
    assert place.inbox() == ["a.txt"]


def test_a_stream_that_is_none_is_given_up_with_its_reason(place: Place) -> None:
    place.arrive("photos", STREAM + b"x", FileKind.DIRECTORY)
    while place.step() == 0:
        pass
    ((state, reason),) = place.states()
    assert state == "D"
    assert "the stream of a directory ends at byte" in str(reason)
    assert place.inbox() == []
    ((owed,),) = place.node.database.rows("SELECT reason FROM receipts_due")
    assert owed == reason


@pytest.mark.parametrize("step", ["before its name", "after its name"])
def test_a_run_that_ends_in_the_middle_is_made_good_by_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class CutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise CutError

    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    with monkeypatch.context() as context:
        if step == "before its name":
            context.setattr(exporter, "name_files", cut)
        else:
            context.setattr("netrelay.transfer.delivery.Delivery.put", cut)
        with pytest.raises(CutError):
            while True:
                place.step()
    place.node.database.close()
    left = {path.name for path in place.home.unpacking.iterdir()}
    place.start()
    kept = {path.name for path in place.home.unpacking.iterdir()}
    assert kept == (left if step == "after its name" else set())
    while place.step() == 0:
        pass
    assert place.inbox() == ["photos"]
    assert place.states() == [("F", None)]


def test_what_cannot_be_delivered_starves_nothing_and_is_tried_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "_BATCH", 2)
    for number in range(5):
        place.arrive(f"bad-{number}", STREAM, FileKind.DIRECTORY)
    place.arrive("good-1")
    place.arrive("good-2")
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.unpacking.RESERVE_BYTES", 1 << 62)
        delays = [place.step() for _ in range(12)]
        assert place.inbox() == ["good-1", "good-2"]
        assert delays[-1] == pytest.approx(10.0)
        ((text,),) = place.node.database.rows("SELECT text FROM logs WHERE text LIKE '%bad-3%'")
        assert "unpacking it needs" in str(text)
    place.now_s += 11
    while place.step() == 0:
        pass
    assert len(place.inbox()) == 7
