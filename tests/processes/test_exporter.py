"""exporter: whole directories, and that nothing waits behind what cannot be delivered."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from netrelay.cli.content_hash import tree_hash
from netrelay.cli.main import main
from netrelay.core.compressed_stream import Compressor
from netrelay.core.directory_stream import Entry, EntryKind, encode_end, encode_entry
from netrelay.core.words import DeliveryTrouble, FileKind
from netrelay.processes import exporter
from netrelay.processes.exporter import Exporter
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.store.arrivals import Arrival, store_arrivals
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Row
from netrelay.store.facts import Facts
from netrelay.store.node_clock import Clock

SOURCE = "a" * 32
PLAIN = bytes(100_000)
EPOCH = bytes(range(8))
STREAM = (
    encode_entry(Entry(EntryKind.DIRECTORY, b"deep", 5, 0))
    + encode_entry(Entry(EntryKind.FILE, b"deep/file", 5, 7))
    + b"content"
    + encode_end(2)
)


class Place:
    """A node whose exporter is stepped by the test, on a clock that the test moves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(folder / "run"))
        self.boot = "first boot"
        monkeypatch.setattr(
            "netrelay.runtime.node.system_clock",
            lambda: Clock(lambda: self.now_s, self.boot, time.time),
        )
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

    def start_again(self) -> None:
        """End the run, and begin a new one."""
        self.exporter.close()
        self.node.database.close()
        self.start()

    def finish(self) -> float | None:
        """Step until there is nothing to do; return how long exporter would sleep."""
        while (delay_s := self.step()) == 0:
            pass
        return delay_s

    def troubles(self) -> list[Row]:
        """Return the troubles of all that came, in order."""
        return self.node.database.rows(
            "SELECT trouble, trouble_reason, trouble_s, failures, due_s FROM files ORDER BY id"
        )

    def step(self) -> float | None:
        """Let it take a step."""
        delay_s = self.exporter.step()
        self.node.log.store()
        return delay_s

    def arrive(
        self,
        name: str,
        content: bytes = b"content",
        kind: FileKind = FileKind.FILE,
        source: str = SOURCE,
        *,
        packed: bool = False,
        attempt: int = 1,
    ) -> None:
        """Lay something complete into staging, with its row; attempt: of the one before."""
        self.sequence += attempt == 1
        staged = self.home.staging / staged_name(source, EPOCH, self.sequence, attempt)
        staged.write_bytes(content)
        database = open_database(self.home, "processor_r")
        size = len(content) + 1
        arrival = Arrival(
            "processor_r",
            1,
            source,
            str(database.value("SELECT node FROM selfinfo")),
            EPOCH,
            self.sequence,
            attempt=attempt,
            previous_hop=source,
            size_bytes=size,
            total_bytes=size,
            hash=bytes(32),
            found=bytes(32),
            lifetime_s=1_000,
            has_body=True,
            file_name=name,
            file_kind=int(kind),
            file_bytes=len(PLAIN) if packed else len(content),
            mtime_ns=0,
            unix_s=0,
            plain_hash=blake3(PLAIN).digest() if packed else None,
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
    return Place(tmp_path, monkeypatch)


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
        context.setattr("netrelay.disk.kept_free.KEPT_FREE_BYTES", 1 << 62)
        delays = [place.step() for _ in range(12)]
        assert place.inbox() == ["good-1", "good-2"]
        assert delays[-1] == pytest.approx(10.0)
        ((text,),) = place.node.database.rows("SELECT text FROM logs WHERE text LIKE '%bad-3%'")
        assert "unpacking it needs" in str(text)
    place.now_s += 11
    place.finish()
    assert len(place.inbox()) == 7
    assert set(place.troubles()) == {CLEAR}


def test_what_is_due_again_takes_turns_with_what_is_new(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, any number of files of one source that cannot be delivered came first."""
    monkeypatch.setattr(exporter, "_BATCH", 4)
    folder = place.home.inbox / SOURCE
    folder.write_text("a file where the folder should be")
    for number in range(20):
        place.arrive(f"old-{number:02}")
    place.finish()
    folder.unlink()
    place.now_s += 11
    for number in range(6):
        place.arrive(f"new-{number}")
    found = []
    for _ in range(3):
        place.step()
        names = place.inbox()
        found.append((sum("new" in name for name in names), sum("old" in name for name in names)))
    assert found == [(2, 2), (4, 4), (6, 6)]
    place.finish()
    assert len(place.inbox()) == 26


@pytest.mark.parametrize("kind", [FileKind.FILE, FileKind.DIRECTORY])
def test_what_has_to_be_unpacked_does_not_hold_up_other_sources(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: FileKind
) -> None:
    """A batch of it kept all else out, and a few bytes may unpack to many GiB."""
    monkeypatch.setattr(exporter, "_BATCH", 2)
    monkeypatch.setattr("netrelay.transfer.decompression._SMALL_BYTES", 0)
    for number in range(5):
        place.arrive(f"first-{number}", packed_as(kind), kind, packed=kind is FileKind.FILE)
    place.arrive("packed", packed_as(kind), kind, "b" * 32, packed=kind is FileKind.FILE)
    place.arrive("packed-2", packed_as(kind), kind, "b" * 32, packed=kind is FileKind.FILE)
    place.arrive("quick", source="c" * 32)
    place.step()
    assert sorted(path.name for path in (place.home.inbox / ("c" * 32)).iterdir()) == ["quick"]
    found = []
    while place.step() == 0:
        others = place.home.inbox / ("b" * 32)
        found.append((len(place.inbox()), len(list(others.iterdir())) if others.exists() else 0))
    assert (2, 1) in found, "they take turns"
    assert found[-1] == (5, 2)


def packed_as(kind: FileKind) -> bytes:
    """Return a compressed file, or the stream of a directory."""
    if kind is FileKind.DIRECTORY:
        return STREAM
    compressor = Compressor(len(PLAIN))
    return compressor.add(PLAIN) + compressor.finish()[0]


def test_a_directory_that_is_half_made_goes_on_whatever_else_is_due(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.transfer.unpacking._ENTRIES_A_STEP", 1)
    with monkeypatch.context() as context:
        context.setattr("netrelay.disk.kept_free.KEPT_FREE_BYTES", 1 << 62)
        place.arrive("first", STREAM, FileKind.DIRECTORY)
        place.finish()
    place.now_s += 11
    place.step()
    place.arrive("second", STREAM, FileKind.DIRECTORY)
    for _ in range(3):
        place.step()
    assert place.inbox() == ["first"]


def test_a_folder_that_cannot_be_flushed_stops_nothing_and_nothing_is_there_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writable and not readable: link(2) works, fsync(2) has no descriptor."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    place.arrive("a.txt")
    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    with monkeypatch.context() as context:
        context.setattr("netrelay.transfer.delivery.flush_folders", refuse)
        place.finish()
    assert [state for state, _ in place.states()] == ["N-4", "N-4"]
    assert {trouble[0] for trouble in place.troubles()} == {DeliveryTrouble.NOT_PERMITTED}
    place.now_s += 11
    place.finish()
    assert place.inbox() == ["a.txt", "photos"]
    assert [state for state, _ in place.states()] == ["F", "F"]
    assert list(place.home.staging.iterdir()) == []


def test_a_staging_folder_that_cannot_be_written_delays_no_delivery(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    place.arrive("a.txt")
    (staged,) = place.home.staging.iterdir()
    with monkeypatch.context() as context:
        context.setattr(Path, "unlink", refuse)
        place.finish()
    assert place.inbox() == ["a.txt"]
    assert place.states() == [("F", None)]
    rows = place.node.database.rows("SELECT text FROM logs WHERE event = 'staged-not-removed'")
    assert rows == [(f"cannot remove {staged.name!r}: [Errno 13] Permission denied",)]


@pytest.mark.parametrize("kind", [FileKind.FILE, FileKind.DIRECTORY])
def test_what_took_the_place_of_staged_bytes_is_not_delivered(place: Place, kind: FileKind) -> None:
    place.arrive("a", STREAM, kind)
    (staged,) = place.home.staging.iterdir()
    staged.unlink()
    os.mkfifo(staged)
    place.arrive("b")
    place.finish()
    assert place.inbox() == ["b"]
    assert place.states() == [("D", "its bytes are gone from the staging folder"), ("F", None)]


CLEAR = (None, None, None, 0, 0.0)


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no link be made."""

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/a/path")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "hardlink_to", no_space)
        yield


def logged(place: Place) -> list[str]:
    """Return the lines about deliveries that failed."""
    rows = place.node.database.rows("SELECT text FROM logs WHERE event = 'delivery-failed'")
    return [str(text) for (text,) in rows]


def test_why_a_delivery_waits_is_a_row_and_ends_with_it(place: Place) -> None:
    place.arrive("a.txt")
    with full_disk():
        for failures, delay_s in enumerate((10.0, 20.0, 40.0, 60.0, 60.0), 1):
            place.finish()
            ((trouble, reason, since_s, count, due_s),) = place.troubles()
            assert (trouble, reason) == (DeliveryTrouble.DISK_FULL, "No space left on device")
            now_s = place.node.database.now_s()
            assert (since_s, count, due_s) == (0.0, failures, now_s + delay_s)
            place.now_s += delay_s
    assert len(logged(place)) == 1
    place.finish()
    assert place.inbox() == ["a.txt"]
    assert place.troubles() == [CLEAR]


def test_what_is_taken_away_while_it_waits_is_not_reported_as_delivered(place: Place) -> None:
    place.arrive("a.txt")
    with full_disk():
        place.finish()
    for path in place.home.staging.iterdir():
        path.unlink()
    place.now_s += 11
    place.finish()
    assert place.inbox() == []
    ((state, _),) = place.states()
    assert state == "D"


def test_a_wait_goes_on_where_it_was_after_a_restart(place: Place) -> None:
    place.arrive("a.txt")
    with full_disk():
        place.finish()
        place.now_s += 10
        place.finish()
        before = place.troubles()
    place.now_s += 5
    place.start_again()
    assert place.finish() == pytest.approx(15.0)
    assert place.troubles() == before
    assert place.inbox() == []
    place.now_s += 15
    place.finish()
    assert place.inbox() == ["a.txt"]
    assert place.troubles() == [CLEAR]


def test_a_delivery_that_waits_is_due_after_a_boot(place: Place) -> None:
    """The node's clock goes on from the newest event, which is long before the last try."""
    place.arrive("a.txt")
    place.now_s += 500
    with full_disk():
        place.finish()
    place.boot, place.now_s = "second boot", 7.0
    place.start_again()
    place.finish()
    assert place.inbox() == ["a.txt"]


def test_another_reason_is_logged_and_the_wait_goes_on(place: Place) -> None:
    place.arrive("a.txt")
    with full_disk():
        place.finish()
    place.now_s += 10
    (place.home.inbox / SOURCE).rmdir()
    (place.home.inbox / SOURCE).write_bytes(b"a file where a folder should be")
    place.finish()
    ((trouble, reason, since_s, failures, _),) = place.troubles()
    assert (trouble, reason) == (DeliveryTrouble.FOLDER_UNUSABLE, "File exists")
    assert (since_s, failures) == (0.0, 2)
    assert len(logged(place)) == 2


def test_a_source_is_told_why_what_it_sent_has_expired(place: Place) -> None:
    place.arrive("a.txt")
    with full_disk():
        place.finish()
        place.now_s += 1_001
        place.finish()  # tried once more
        place.finish()
    why = "lifetime used up; it could not be put into the inbox: No space left on device"
    assert place.states() == [("D", why)]
    # Verdict 2: the age came from a relay, so it ends nothing (decision 0158).
    assert place.node.database.rows("SELECT verdict, reason FROM receipts_due") == [(2, why)]
    assert place.troubles() == [CLEAR]


def test_one_that_is_taken_back_while_it_is_tried_is_not_postponed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.arrive("a.txt")

    def cancelled_meanwhile(*_: object) -> None:
        database = open_database(place.home, "person")
        with database.transaction():
            assert Facts(database, pytest.fail).report(1, "cancelled")
        database.close()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "hardlink_to", cancelled_meanwhile)
    place.finish()
    assert place.troubles() == [CLEAR]
    ((text,),) = place.node.database.rows("SELECT text FROM logs WHERE event = 'no-move'")
    assert "no such delivery: message 1 in D" in str(text)


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
    place.start_again()
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


def test_the_hash_of_what_was_put_there_is_stored_with_its_name(place: Place) -> None:
    large = bytes(70 << 20)
    place.arrive("small", b"content")
    place.arrive("large", large)
    place.arrive("compressed", packed_as(FileKind.FILE), packed=True)
    place.arrive("photos", STREAM, FileKind.DIRECTORY)
    place.finish()
    assert place.inbox() == ["compressed", "large", "photos", "small"]
    expected = {"small": b"content", "large": large, "compressed": PLAIN}
    rows = place.node.database.rows("SELECT name, content_hash FROM files")
    assert {row[0]: row[1] for row in rows} == {
        **{name: blake3(content).digest() for name, content in expected.items()},
        "photos": tree_hash(place.home.inbox / SOURCE / "photos"),
    }


@pytest.mark.parametrize("second", [b"content", b"changed"])
def test_of_two_attempts_with_different_contents_no_hash_is_said(
    place: Place, second: bytes
) -> None:
    """Which of the two is put there is known only afterwards."""
    place.arrive("a.txt", b"content")
    place.arrive("a.txt", second, attempt=2)
    place.finish()
    assert place.inbox() == ["a.txt"]
    assert (place.home.inbox / SOURCE / "a.txt").read_bytes() == b"content"
    ((found,),) = place.node.database.rows("SELECT content_hash FROM files")
    assert found == (blake3(second).digest() if second == b"content" else None)
