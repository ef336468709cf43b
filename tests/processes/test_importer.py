"""importer: the entries that it claims, and those that it leaves in place with a logged reason."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import apsw
import pytest

from netrelay.cli.main import main
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.processes.importer import Importer
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.store.peer_settings import remove_peer
from netrelay.store.peers import add_peer, read_peers
from netrelay.transfer import ended_files, new_jobs
from netrelay.transfer.claims import Claimed, claims_folder
from netrelay.transfer.drop_folders import DropFolders
from netrelay.transfer.dropped_tree import read_tree
from netrelay.transfer.flushing import LIMIT_S

DEADLINE_S = 30.0


class Place:
    """The node shelf, and the card of boat, which is its peer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "shelf")
        self.runtime = folder / "run"
        for name in ("shelf", "boat"):
            assert main(["init", name, "--home", str(folder / name)]) == 0
        card = str(folder / "boat.card")
        assert main(["id", "--card", card, "--home", str(folder / "boat")]) == 0
        self.add_peer()

    def add_peer(self) -> None:
        """Add boat as a peer."""
        assert self.type("peer", "add", str(self.folder / "boat.card")) == 0

    def type(self, *words: str) -> int:
        """Run a command at the node and return its exit status."""
        return main([*words, "--home", str(self.home.path)])

    def rename_in(self, name: str, folder: str = "boat", content: bytes = b"content") -> None:
        """Write a file elsewhere and rename it into a drop folder."""
        made = self.folder / "made"
        made.write_bytes(content)
        made.rename(self.home.drop / folder / name)


class Run(NamedTuple):
    """One run of importer."""

    node: Node
    importer: Importer

    def step(self) -> float | None:
        """Run one step, after its bell and events were polled."""
        self.node.poller.wait(0)
        delay_s = self.importer.step()
        self.node.log.store()
        return delay_s

    def names(self) -> list[str]:
        """Return the names of the files that have a row."""
        return [str(name) for (name,) in self.node.database.rows("SELECT name FROM files")]

    def logged(self) -> list[str]:
        """Return the texts that were logged."""
        return [str(text) for (text,) in self.node.database.rows("SELECT text FROM logs")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A node with one peer."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run"))
    return Place(tmp_path)


def begin(place: Place) -> Run:
    """Start importer."""
    node = open_node("importer", place.home)
    return Run(node, Importer(node))


def test_a_folder_of_no_peer_is_logged_once_and_its_files_stay(place: Place) -> None:
    (place.home.drop / "bota").mkdir()
    place.rename_in("a.txt", "bota")
    run = begin(place)
    run.step()
    run.step()
    assert run.logged() == [
        "'bota' in drop/ is named like no peer, so what is in it stays; allowed: boat"
    ]
    assert run.names() == []
    assert (place.home.drop / "bota" / "a.txt").exists()


def test_the_folder_of_a_peer_that_is_being_added_is_no_stray(place: Place) -> None:
    """`peer add` makes the folder before it commits the row; importer wakes in between."""
    made, waited = threading.Event(), threading.Event()

    def add_cork() -> None:
        database = open_database(place.home, "person")
        with database.transaction():
            (place.home.drop / "cork").mkdir()
            made.set()
            assert waited.wait(60)
            add_peer(database, "c" * 32, "cork", b"certificate", bytes(32), b"key", [], 7411)
        database.close()

    node = open_node("importer", place.home, waited.set)
    run = Run(node, Importer(node))
    adding = threading.Thread(target=add_cork)
    adding.start()
    assert made.wait(60)
    run.step()
    adding.join()
    assert run.logged() == []


def test_one_more_peer_has_one_folder_looked_at(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = open_database(place.home, "person")
    with others.transaction():
        for number in range(40):
            id_, pin = f"{number:032}", number.to_bytes(32, "big")
            add_peer(others, id_, f"light-{number}", b"certificate", pin, b"key", [], 7411)
    run = begin(place)
    run.step()
    looked_at: list[str] = []

    def make(folder: Path) -> None:
        looked_at.append(folder.name)
        make_drop_folder(folder)

    monkeypatch.setattr("netrelay.processes.importer.make_drop_folder", make)
    run.step()
    assert looked_at == []
    with others.transaction():
        add_peer(others, "c" * 32, "cork", b"certificate", b"c" * 32, b"key", [], 7411)
    run.step()
    assert looked_at == ["cork"]
    place.rename_in("a.txt", "cork")
    while not run.names():
        run.step()
    # The event of the folder that importer has made itself.
    assert set(looked_at) == {"cork"}
    looked_at.clear()
    with others.transaction():
        others.execute("DELETE FROM peers WHERE name = 'light-7'")
    run.step()
    assert looked_at == []
    (place.home.drop / "light-8").rmdir()
    run.step()
    assert (place.home.drop / "light-8").is_dir()
    assert set(looked_at) == {"light-8"}
    others.close()


def test_the_empty_folder_of_a_peer_that_was_removed_is_no_stray(place: Place) -> None:
    """`peer rm` removes the folder after it has committed; importer wakes in between."""
    run = begin(place)
    run.step()
    database = open_database(place.home, "person")
    with database.transaction():
        remove_peer(database, next(iter(read_peers(database))))
    database.close()
    run.step()
    assert (place.home.drop / "boat").is_dir()
    assert run.logged() == []
    place.rename_in("a.txt")
    run.step()
    (text,) = run.logged()
    assert "'boat' in drop/ is named like no peer" in text


def test_a_peer_that_takes_the_name_of_a_removed_one_in_the_same_step_is_watched(
    place: Place,
) -> None:
    run = begin(place)
    run.step()
    # The order of the two changes is that of a set: one of six exchanges would show a wrong one.
    for number in range(6):
        home = str(place.folder / f"boat-{number}")
        card = str(place.folder / f"boat-{number}.card")
        assert main(["init", "boat", "--home", home]) == 0
        assert main(["id", "--card", card, "--home", home]) == 0
        assert place.type("peer", "rm", "boat") == 0
        assert place.type("peer", "add", card) == 0
        run.step()
        assert "boat" in run.importer._drops._watched
    place.rename_in("a.txt")
    step_until_fact(run, lambda: run.names() == ["a.txt"])


def test_a_file_outside_the_folders_is_logged_and_stays(place: Place) -> None:
    place.rename_in("a.txt", ".")
    run = begin(place)
    assert run.logged() == []
    run.step()
    (text,) = run.logged()
    assert "'a.txt' lies in drop/ itself" in text
    assert "allowed: boat" in text
    assert (place.home.drop / "a.txt").exists()


def test_a_claim_without_a_row_gets_one(place: Place) -> None:
    run = begin(place)
    claim = place.home.claims / "boat" / "1"
    claim.mkdir(parents=True)
    (claim / "a.txt").write_bytes(b"content")
    run.node.database.close()
    again = begin(place)
    again.step()
    assert again.names() == ["a.txt"]
    assert "'a.txt' was claimed and had no row yet" in again.logged()


def test_a_claim_of_a_removed_peer_is_logged_and_sent_when_the_peer_is_back(place: Place) -> None:
    run = begin(place)
    claim = place.home.claims / "boat" / "1"
    claim.mkdir(parents=True)
    (claim / "a.txt").write_bytes(b"content")
    with run.node.database.transaction():
        run.node.database.execute("DELETE FROM peers")
    run.node.database.close()
    again = begin(place)
    again.step()
    assert again.names() == []
    (text,) = [text for text in again.logged() if "a.txt" in text]
    assert "'boat', who is no peer any more: it stays in drop/.claimed/boat/1" in text
    place.add_peer()
    again.step()
    assert again.names() == ["a.txt"]


def test_the_options_of_a_sidecar_are_used_and_it_is_removed(place: Place) -> None:
    run = begin(place)
    run.step()
    place.rename_in("a.txt.netrelay.toml", content=b"priority = 1\nlifetime_s = 90\n")
    run.step()
    assert run.names() == []
    place.rename_in("a.txt")
    place.rename_in("b.txt")
    run.step()
    assert run.node.database.rows(
        "SELECT f.name, m.priority, m.lifetime_s FROM messages m JOIN files f ON f.id = m.file"
        " WHERE m.type = 6 ORDER BY f.name"
    ) == [("a.txt", 1, 90), ("b.txt", 4, 2_592_000)]
    assert list((place.home.drop / "boat").iterdir()) == []


def test_a_file_with_an_invalid_sidecar_waits_for_a_valid_one(place: Place) -> None:
    run = begin(place)
    run.step()
    place.rename_in("a.txt.netrelay.toml", content=b"priority = 11")
    place.rename_in("a.txt")
    run.step()
    assert run.names() == []
    assert run.logged() == [
        "'a.txt' stays in drop/boat: 'a.txt.netrelay.toml' beside it: priority is 11;"
        " allowed: 0 to 9"
    ]
    (place.home.drop / "boat" / "a.txt.netrelay.toml").unlink()
    (place.home.drop / "boat" / "a.txt").rename(place.folder / "again")
    (place.folder / "again").rename(place.home.drop / "boat" / "a.txt")
    run.step()
    assert run.names() == ["a.txt"]


def test_what_systems_leave_behind_is_neither_sent_nor_reported(place: Place) -> None:
    run = begin(place)
    run.step()
    for name in ("desktop.ini", "Thumbs.db", ".DS_Store", "._a.txt", "Icon\r"):
        place.rename_in(name)
        place.rename_in(name, ".")
    (place.home.drop / "boat" / "System Volume Information").mkdir(0)
    run.step()
    assert run.names() == []
    assert run.logged() == []
    assert len(list((place.home.drop / "boat").iterdir())) == 6


def test_ignored_names_in_a_directory_hold_it_back_no_more(place: Place) -> None:
    tree = place.folder / "photos"
    (tree / ".Trashes").mkdir(parents=True)
    os.mkfifo(tree / ".Trashes" / "pipe")
    (tree / "a.jpg").write_bytes(b"content")
    (tree / "Thumbs.db").write_bytes(b"content")
    run = begin(place)
    run.step()
    tree.rename(place.home.drop / "boat" / "photos")
    run.step()
    step_until(run, ["photos"])
    ((size_bytes, mark),) = run.node.database.rows("SELECT size_bytes, fingerprint FROM files")
    assert str(mark).startswith("directory:1:")
    assert str(mark).endswith(':[".Trashes", "Thumbs.db"]')
    (claimed,) = (place.home.claims / "boat").glob("*/photos")
    (claimed / ".Trashes" / "pipe").unlink()
    assert int(str(size_bytes)) < read_tree(os.fsencode(claimed)).size_bytes
    assert (claimed / "Thumbs.db").exists()


def test_the_ignored_names_are_configured(place: Place) -> None:
    text = place.home.config.read_text().replace('ignore = ["desktop.ini", ', 'ignore = ["*.log", ')
    place.home.config.write_text(text)
    run = begin(place)
    run.step()
    place.rename_in("desktop.ini")
    place.rename_in("a.LOG")
    run.step()
    assert run.names() == ["desktop.ini"]


# A slow flush


class SlowDisk:
    """A flush that ends when `gate` is set, in place of the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = threading.Event()
        self.names: list[bytes] = []
        monkeypatch.setattr("netrelay.transfer.new_jobs.flush_claimed", self._flush)
        monkeypatch.setattr("netrelay.transfer.new_jobs.is_quick_to_flush", lambda _: False)

    def _flush(self, _home: Path, claimed: list[Claimed]) -> None:
        self.names += [item.name for item in claimed]
        assert self.gate.wait(60)


def step_until(run: Run, names: list[str]) -> None:
    """Step whenever a descriptor is ready, until exactly these files have rows."""
    while sorted(run.names()) != names:
        run.node.poller.wait(60)
        run.importer.step()


def test_it_steps_while_the_disk_flushes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    run = begin(place)
    place.rename_in("large.bin")
    delay_s = run.step()
    assert delay_s is not None
    assert 0 < delay_s <= LIMIT_S
    # A file that is dropped during a flush is claimed, and waits for the next flush.
    place.rename_in("other.bin")
    run.step()
    assert run.names() == []
    assert disk.names == [b"large.bin"]
    assert list((place.home.drop / "boat").iterdir()) == []
    disk.gate.set()
    step_until(run, ["large.bin", "other.bin"])
    assert disk.names == [b"large.bin", b"other.bin"]
    assert run.step() is None


def test_a_claim_in_the_current_flush_gets_one_row(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(monkeypatch)
    run = begin(place)
    place.rename_in("large.bin")
    run.step()
    # A new peer makes importer look for claims without a row; those in the flush have none yet.
    home, card = str(place.folder / "buoy"), str(place.folder / "buoy.card")
    assert main(["init", "buoy", "--home", home]) == 0
    assert main(["id", "--card", card, "--home", home]) == 0
    assert place.type("peer", "add", card) == 0
    run.step()
    disk.gate.set()
    step_until(run, ["large.bin"])
    while run.importer.step() is not None:
        run.node.poller.wait(60)
    assert run.names() == ["large.bin"]


def test_a_flush_beyond_its_limit_ends_the_process(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(monkeypatch)
    run = begin(place)
    place.rename_in("large.bin")
    run.step()
    now_s = monotonic() + LIMIT_S
    monkeypatch.setattr("netrelay.transfer.new_jobs.monotonic", lambda: now_s)
    with pytest.raises(OSError, match="did not flush"):
        run.step()
    disk.gate.set()
    monkeypatch.undo()
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(place.folder / "run"))
    # The claim has no row, so the next start inserts its job.
    run.node.database.close()
    again = begin(place)
    again.step()
    assert again.names() == ["large.bin"]


@pytest.mark.parametrize("is_quick", [True, False])
def test_a_full_disk_leaves_claims_and_drop_folders_as_they_are(
    place: Place, monkeypatch: pytest.MonkeyPatch, is_quick: bool
) -> None:
    """Claimed files get their jobs when there is room, each once; nothing more is claimed."""
    monkeypatch.setattr("netrelay.transfer.new_jobs.is_quick_to_flush", lambda _: is_quick)
    monkeypatch.setattr("netrelay.transfer.new_jobs.RETRY_S", 0.0)
    run = begin(place)
    place.rename_in("claimed.txt")
    real = run.node.database.execute_many

    def full(sql: str, rows: Any) -> None:
        if sql.startswith("INSERT INTO files"):
            raise apsw.FullError("database or disk is full")
        real(sql, rows)

    with monkeypatch.context() as context:
        context.setattr(run.node.database, "execute_many", full)
        deadline_s = monotonic() + 30
        while not run.node.database.is_disk_full:
            assert monotonic() < deadline_s
            run.step()
        place.rename_in("waits.txt")
        for _ in range(5):
            run.step()
        assert run.names() == []
        assert (place.home.drop / "boat" / "waits.txt").exists()
    while sorted(run.names()) != ["claimed.txt", "waits.txt"]:
        assert monotonic() < deadline_s
        run.step()
        # What the log line of the full disk does.
        with run.node.database.transaction():
            run.node.database.execute("DELETE FROM logs")
            run.node.database.execute("UPDATE peers SET paused_s = NULL")
    assert run.node.database.value("SELECT count(*) FROM messages WHERE type = 6") == 2


def test_an_entry_that_cannot_be_taken_holds_nothing_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, tries = os.rename, 0

    def failing(source: str | bytes, target: str | bytes) -> None:
        nonlocal tries
        if os.fsencode(source).endswith(b"boat/another-users"):
            tries += 1
            raise PermissionError(errno.EACCES, "Permission denied")
        rename(source, target)

    with monkeypatch.context() as context:
        context.setattr("os.rename", failing)
        run = begin(place)
        place.rename_in("another-users")
        place.rename_in("mine")
        run.step()
        assert run.names() == ["mine"]
        step_until_fact(run, lambda: tries == 2)
    # Once, however often it is tried.
    assert [text for text in run.logged() if "another-users" in text] == [
        "'another-users' stays in drop/boat: it cannot be taken: Permission denied"
    ]
    place.rename_in("last")
    step_until_fact(run, lambda: sorted(run.names()) == ["another-users", "last", "mine"])


def step_until_fact(run: Run, fact: Callable[[], bool]) -> None:
    """Step until a fact holds: an entry that was not renamed in has to stand still for a while."""
    end_s = monotonic() + DEADLINE_S
    while not fact():
        assert monotonic() < end_s
        run.step()


def test_a_drop_folder_that_is_a_link_stops_nobody_else(place: Place) -> None:
    elsewhere = place.folder / "elsewhere"
    elsewhere.mkdir()
    (place.home.drop / "boat").rmdir()
    (place.home.drop / "boat").symlink_to(elsewhere)
    run = begin(place)
    run.step()
    run.step()
    (text,) = run.logged()
    assert text.startswith("drop/boat cannot be used")
    assert "it has to be a folder, not a link to one" in text
    assert run.names() == []
    (place.home.drop / "boat").unlink()
    elsewhere.rename(place.home.drop / "boat")
    run.step()
    place.rename_in("a.txt")
    run.step()
    assert run.names() == ["a.txt"]


@pytest.mark.parametrize("state", ["F", "D"])
def test_what_cannot_be_put_away_holds_back_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Before, the files of one peer with an unusable folder were tried first, for ever."""
    monkeypatch.setattr(ended_files, "_BATCH", 2)
    card = str(place.folder / "cork.card")
    assert main(["init", "cork", "--home", str(place.folder / "cork")]) == 0
    assert main(["id", "--card", card, "--home", str(place.folder / "cork")]) == 0
    assert place.type("peer", "add", card) == 0
    run = begin(place)
    names = [f"{number}.txt" for number in range(5)]
    for name in names:
        place.rename_in(name, "boat")
    step_until(run, names)
    place.rename_in("good.txt", "cork")
    step_until(run, [*names, "good.txt"])
    event = ("receipted", "engine") if state == "F" else ("expired", "processor_s")
    with run.node.database.transaction():
        run.node.database.execute(
            "INSERT INTO facts SELECT id, ?, ?, 'why', NULL FROM messages WHERE type = 6", event
        )
    ends = place.home.sent if state == "F" else place.home.failed
    (ends / "boat").write_text("a file where the folder should be")
    steps = [run.step() for _ in range(4)]
    assert (ends / "cork" / "good.txt").read_bytes() == b"content"
    assert steps == [0, 0, 0, 60.0]
    assert any("cannot put away what boat has" in text for text in run.logged())
    (ends / "boat").unlink()
    while run.step() == 0:
        pass
    assert {path.name for path in (ends / "boat").iterdir()} >= set(names)


def add_cork(place: Place) -> None:
    card = str(place.folder / "cork.card")
    assert main(["init", "cork", "--home", str(place.folder / "cork")]) == 0
    assert main(["id", "--card", card, "--home", str(place.folder / "cork")]) == 0
    assert place.type("peer", "add", card) == 0


def io_error(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_folder_that_cannot_be_listed_stops_no_other_and_is_tried_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_cork(place)
    run = begin(place)
    boat = os.fsencode(place.home.drop / "boat")
    listdir = os.listdir
    with monkeypatch.context() as context:
        context.setattr("os.listdir", lambda path: (io_error if path == boat else listdir)(path))
        place.rename_in("held.txt", "boat")
        place.rename_in("good.txt", "cork")
        step_until(run, ["good.txt"])
        for _ in range(3):
            delay_s = run.step()
        assert delay_s is not None
        assert 0 < delay_s <= 60
        (text,) = run.logged()
        assert text.startswith("drop/boat cannot be used, and nothing in it is sent: Input/output")
        assert run.importer._unusable.reasons() == {
            b"boat": "it cannot be used as the folder of a peer: Input/output error"
        }
    # What a mount, or a minute, does.
    run.importer._unusable.try_again()
    step_until_fact(run, lambda: run.names() == ["good.txt", "held.txt"])
    assert run.importer._unusable.reasons() == {}


def test_a_folder_that_cannot_be_watched_stops_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC: the machine has no inotify watch left."""
    add_cork(place)
    add_watch = DropFolders._add_watch

    def refuse(drops: DropFolders, name: str) -> None:
        if name == "boat":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add_watch(drops, name)

    with monkeypatch.context() as context:
        context.setattr(DropFolders, "_add_watch", refuse)
        run = begin(place)
        place.rename_in("good.txt", "cork")
        run.step()
        assert run.names() == ["good.txt"]
        assert any(text.startswith("drop/boat cannot be used") for text in run.logged())
    run.importer._unusable.try_again()
    place.rename_in("held.txt", "boat")
    step_until_fact(run, lambda: run.names() == ["good.txt", "held.txt"])


@pytest.mark.parametrize("number", [1, 6], ids=["at once", "in the background"])
def test_a_disk_that_cannot_be_flushed_holds_back_its_own_files_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    add_cork(place)
    run = begin(place)
    names = [f"{each}.txt" for each in range(number)]
    disk_of = claims_folder

    def of_two_disks(home: Path, path: bytes) -> Path:
        return disk_of(home, path) / path.split(b"/")[2].decode()

    def flush(_home: Path, claimed: list[Claimed]) -> None:
        if b"/boat/" in claimed[0].path:
            io_error()

    with monkeypatch.context() as context:
        context.setattr(new_jobs, "claims_folder", of_two_disks)
        context.setattr(new_jobs, "flush_claimed", flush)
        for name in names:
            place.rename_in(name, "boat")
        step_until_fact(run, lambda: bool(run.importer._jobs._unflushable))
        place.rename_in("good.txt", "cork")
        step_until(run, ["good.txt"])
        assert sum("its disk cannot be flushed" in text for text in run.logged()) == 1
        # While their disk is tried again they are not held back.
        boat, held = run.importer._peers["boat"].node, {os.fsencode(name) for name in names}
        step_until_fact(run, lambda: run.importer._jobs.held_back(boat).keys() == held)
        assert not run.importer._jobs.is_idle
    run.importer._jobs.try_again()
    run.importer._drops.scan_again("boat")
    step_until_fact(run, lambda: len(run.names()) == number + 1)
    assert run.importer._jobs.held_back(run.importer._peers["boat"].node) == {}


def test_claims_that_cannot_be_listed_at_a_start_hold_back_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    iterdir = Path.iterdir
    with monkeypatch.context() as context:
        context.setattr(
            Path,
            "iterdir",
            lambda path: (io_error if path == place.home.claims else iterdir)(path),
        )
        run = begin(place)
        place.rename_in("good.txt")
        step_until(run, ["good.txt"])
