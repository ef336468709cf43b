"""exporter: whole directories, and that nothing waits behind what cannot be delivered."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from netrelay.cli.main import main
from netrelay.core.directory_stream import Entry, EntryKind, encode_end, encode_entry
from netrelay.core.words import FileKind
from netrelay.processes import exporter
from netrelay.processes.exporter import Exporter
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.store.arrivals import Arrival, store_arrivals
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Row

SOURCE = "a" * 32
EPOCH = bytes(range(8))
STREAM = (
    encode_entry(Entry(EntryKind.DIRECTORY, b"deep", 5, 0))
    + encode_entry(Entry(EntryKind.FILE, b"deep/file", 5, 7))
    + b"content"
    + encode_end(2)
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
        (self.home.staging / staged_name(SOURCE, EPOCH, self.sequence, 1)).write_bytes(content)
        database = open_database(self.home, "processor_r")
        size = len(content) + 1
        arrival = Arrival(
            "processor_r",
            1,
            SOURCE,
            str(database.value("SELECT node FROM selfinfo")),
            EPOCH,
            self.sequence,
            attempt=1,
            previous_hop=SOURCE,
            size_bytes=size,
            total_bytes=size,
            hash=bytes(32),
            found=bytes(32),
            lifetime_s=1_000,
            has_body=True,
            file_name=name,
            file_kind=int(kind),
            file_bytes=len(content),
            mtime_ns=0,
            unix_s=0,
        )
        with database.transaction():
            assert store_arrivals(database, [arrival]) == {}
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


def write_hook(place: Place, *lines: str) -> None:
    """Have a program run for all that comes."""
    hook = place.home.path / "hook"
    hook.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    hook.chmod(0o755)
    config = place.home.config
    config.write_text(config.read_text().replace('post_receive = ""', f'post_receive = "{hook}"'))
    place.node.database.close()
    place.start()


def run_hooks(place: Place) -> list[Row]:
    """Step until no run is owed; gives them all."""
    deadline_s = time.monotonic() + 30
    while True:
        delay_s = place.step()
        hooks = place.node.database.rows("SELECT exit_status, output FROM hooks ORDER BY file")
        if delay_s is None or delay_s > 0:
            if all(status is not None for status, _ in hooks):
                return hooks
            place.node.poller.wait(1)
        assert time.monotonic() < deadline_s


def test_the_program_is_told_of_each_file_once(place: Place) -> None:
    write_hook(
        place, 'echo "$NETRELAY_KIND $NETRELAY_NAME $NETRELAY_SIZE_BYTES"; test -e "$NETRELAY_PATH"'
    )
    place.arrive("a b.txt")
    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    assert run_hooks(place) == [
        (0, "file a b.txt 7"),
        (0, f"directory photos {len(STREAM)}"),
    ]
    assert len(run_hooks(place)) == 2


def test_a_run_that_was_cut_short_is_made_again(place: Place) -> None:
    once = place.home.path / "once"
    write_hook(place, f"test -e {once} && exit 0; touch {once}; sleep 1000")
    place.arrive("a.txt")
    deadline_s = time.monotonic() + 30
    while not once.exists():
        place.step()
        assert time.monotonic() < deadline_s
    # It does not keep anything from being delivered.
    place.arrive("b.txt")
    place.step()
    assert place.inbox() == ["a.txt", "b.txt"]
    place.exporter.close()
    place.node.database.close()
    place.start()
    assert run_hooks(place) == [(0, ""), (0, "")]


def test_a_program_that_fails_is_noted_and_not_run_again(place: Place) -> None:
    write_hook(place, "echo no room on the printer; exit 7")
    place.arrive("a.txt")
    assert run_hooks(place) == [(7, "no room on the printer")]
    ((text,),) = place.node.database.rows("SELECT text FROM logs WHERE event = 'hook-failed'")
    assert "hook ended with status 7 for 'a.txt'; it said: no room on the printer" in str(text)
    (place.home.path / "hook").unlink()
    place.arrive("b.txt")
    assert run_hooks(place)[1] == (127, "it cannot be started: No such file or directory")
    assert place.inbox() == ["a.txt", "b.txt"]


def test_without_a_program_nothing_is_owed(place: Place) -> None:
    place.arrive("a.txt")
    place.step()
    assert place.node.database.rows("SELECT * FROM hooks") == []
