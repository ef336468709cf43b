"""importer: folders of peers on another disk, and folders that are removed while it runs."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.processes.importer import Importer
from netrelay.runtime.node import open_node
from netrelay.store.wishes import Wish
from netrelay.transfer import copying, ended_copies
from netrelay.transfer.claims import check_disk
from netrelay.transfer.copying import UNFINISHED
from netrelay.transfer.settle_times import SettleTimes
from tests.processes.test_exporter_disks import PowerCutError, cut
from tests.processes.test_importer import Place, Run
from tests.processes.test_importer import place as place
from tests.small_disk import SmallDisk, small_disk

MIB = 1 << 20
CONTENT = bytes(range(256)) * 4096 * 3  # 3 MiB


@pytest.fixture
def run(place: Place) -> Iterator[Callable[[], Run]]:
    """Begin a run of importer; the one before it ends."""
    runs: list[Run] = []

    def again() -> Run:
        for each in runs:
            each.importer.close()
            each.node.database.close()
        node = open_node("importer", place.home)
        runs[:] = [Run(node, Importer(node))]
        return runs[0]

    yield again
    for each in runs:
        each.node.database.close()


@contextmanager
def mounted(path: Path) -> Iterator[SmallDisk]:
    """Mount another disk on a folder that exists; half of it is kept free."""
    if path.is_dir():
        path.rmdir()
    with small_disk(path, 64 * MIB) as disk:
        if disk is None:
            pytest.skip("only root may mount a tmpfs")
        yield disk


def rename_in(folder: Path, name: str, content: bytes = b"content") -> None:
    made = folder / ".made"
    made.write_bytes(content)
    made.rename(folder / name)


def step_until(run: Run, fact: Callable[[], bool]) -> None:
    """Step until a fact is true; importer may wait as long as it asks for."""
    for _ in range(200):
        delay_s = run.step()
        if fact():
            return
        if delay_s is None or delay_s:
            run.node.poller.wait(min(delay_s or 1.0, SettleTimes().file_s))
    raise AssertionError(run.logged())


def end(run: Run, state: str) -> None:
    event = ("receipted", "engine") if state == "F" else ("expired", "processor_s")
    with run.node.database.transaction():
        run.node.database.execute(
            "INSERT INTO facts SELECT id, ?, ?, 'why', NULL FROM messages"
            " WHERE type = 6 AND state NOT IN ('F', 'D')",
            event,
        )


def closed(run: Run) -> bool:
    return run.node.database.value("SELECT count(*) FROM files WHERE closed = 0") == 0


def visible(folder: Path) -> dict[str, bytes]:
    """Return the files that people see, without reasons, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".reason.txt") and UNFINISHED not in path.parts
    }


def test_a_drop_folder_on_another_disk_is_claimed_there(
    place: Place, run: Callable[[], Run]
) -> None:
    first = run()
    drop = place.home.drop / "boat"
    with mounted(drop) as disk:
        rename_in(drop, "photo.jpg", CONTENT)
        step_until(first, lambda: first.names() == ["photo.jpg"])
        assert first.node.database.rows("SELECT path FROM files") == [
            (b"drop/boat/.claimed/1/photo.jpg",)
        ]
        assert (disk.path / ".claimed").stat().st_mode & 0o7777 == 0o700
        end(first, "F")
        step_until(first, lambda: closed(first))
        assert visible(place.home.sent / "boat") == {"photo.jpg": CONTENT}
        assert list((disk.path / ".claimed").iterdir()) == []


def test_a_disk_that_is_mounted_while_the_node_runs_wakes_importer(
    place: Place, run: Callable[[], Run]
) -> None:
    """Mounted over the folder, which is not removed: no event of the folder tells it."""
    first = run()
    drop = place.home.drop / "boat"
    while first.step() is not None:
        pass
    first.node.poller.wait(0)
    mount = ["mount", "-t", "tmpfs", "netrelay-test", str(drop)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a tmpfs")
    try:
        first.node.poller.wait(10.0)
        assert first.importer._mounts is not None
        assert first.node.poller.is_ready(first.importer._mounts)
        first.importer.step()  # what the wait has found, as in the main loop
        first.node.poller.wait(0)
        assert not first.node.poller.is_ready(first.importer._mounts)
        rename_in(drop, "name")
        first.node.poller.wait(10.0)
        assert first.node.poller.is_ready(first.importer._drops.fileno())
        step_until(first, lambda: first.names() == ["name"])
    finally:
        subprocess.run(["umount", "-l", drop], check=True)


def test_a_claim_on_another_disk_that_has_no_row_gets_one(
    place: Place, run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(place.home.drop / "boat") as disk:
        first = run()
        rename_in(disk.path, "name")
        with monkeypatch.context() as context:
            cut(context, "netrelay.transfer.new_jobs.add_jobs", after=False)
            with pytest.raises(PowerCutError):
                step_until(first, lambda: False)
        second = run()
        step_until(second, lambda: second.names() == ["name"])
        end(second, "F")
        step_until(second, lambda: closed(second))
        third = run()
        third.step()
        assert third.names() == ["name"]


def test_the_claims_of_somebody_else_are_not_taken(place: Place, run: Callable[[], Run]) -> None:
    theirs = place.home.drop / "boat" / ".claimed" / "1"
    theirs.mkdir(parents=True)
    (theirs / "name").write_bytes(b"content")
    if os.geteuid():
        pytest.skip("only root may give a folder away")
    os.chown(theirs.parent, 12345, -1)
    first = run()
    first.step()
    assert first.names() == []


@pytest.mark.parametrize("policy", ["keep", "delete"])
def test_a_delivered_file_on_a_disk_that_is_away_is_not_sent_again(
    place: Place, run: Callable[[], Run], policy: str
) -> None:
    config = place.home.config
    if policy == "delete":
        assert '"keep"' in config.read_text()
        config.write_text(config.read_text().replace('"keep"', '"delete"'))
    drop = place.home.drop / "boat"
    with mounted(drop) as disk:
        kept = place.folder / "disk"
        kept.mkdir()
        subprocess.run(["mount", "--bind", drop, kept], check=True)
        try:
            first = run()
            rename_in(drop, "name")
            step_until(first, lambda: first.names() == ["name"])
            subprocess.run(["umount", "-l", disk.path], check=True)
            end(first, "F")
            for _ in range(4):
                first.step()
            assert not closed(first)
            assert any("is not mounted" in text for text in first.logged())
            subprocess.run(["mount", "--bind", kept, drop], check=True)
            second = run()
            step_until(second, lambda: closed(second))
            third = run()
            third.step()
            assert third.names() == ["name"]
            delivered = {} if policy == "delete" else {"name": b"content"}
            assert visible(place.home.sent) == {f"boat/{k}": v for k, v in delivered.items()}
        finally:
            subprocess.run(["umount", "-l", kept], check=True)


@pytest.mark.parametrize("state", ["F", "D"])
@pytest.mark.parametrize("whole", [False, True], ids=["of-the-peer", "as-a-whole"])
def test_ended_files_get_to_another_disk(
    place: Place, run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch, state: str, whole: bool
) -> None:
    monkeypatch.setattr(ended_copies, "BYTES_A_STEP", MIB)
    ends = place.home.sent if state == "F" else place.home.failed
    with mounted(ends if whole else ends / "boat"):
        first = run()
        folder = place.home.drop / "boat"
        rename_in(folder, "photo.jpg", CONTENT)
        (place.folder / "album" / "deep").mkdir(parents=True)
        (place.folder / "album" / "deep" / "file").write_bytes(b"content")
        (place.folder / "album" / "deep").chmod(0o555)
        (place.folder / "album").rename(folder / "album")
        step_until(first, lambda: sorted(first.names()) == ["album", "photo.jpg"])
        status = os.lstat(place.home.claims / "boat" / "1" / "photo.jpg")
        end(first, state)
        step_until(first, lambda: closed(first))
        assert visible(ends / "boat") == {"album/deep/file": b"content", "photo.jpg": CONTENT}
        found = (ends / "boat" / "photo.jpg").stat()
        assert (found.st_mtime_ns, found.st_mode) == (status.st_mtime_ns, status.st_mode)
        assert (ends / "boat" / "album" / "deep").stat().st_mode & 0o777 == 0o555
        assert list((place.home.claims / "boat").iterdir()) == []
        assert list((ends / "boat" / UNFINISHED).iterdir()) == []
        reasons = sorted(path.name for path in (ends / "boat").glob("*.reason.txt"))
        wanted = [] if state == "F" else ["album.reason.txt", "photo.jpg.reason.txt"]
        assert reasons == wanted


@pytest.mark.parametrize("state", ["F", "D"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "where",
    [
        "netrelay.transfer.copying.make_folder",
        "netrelay.transfer.ended_copies.note_ended_copy",
        "netrelay.transfer.ended_copies.place_copy",
        "netrelay.transfer.ended_copies.remove_claims",
        "netrelay.transfer.ended_files.close_files",
        "netrelay.transfer.ended_files.note_sent",
    ],
)
def test_a_power_cut_leaves_one_copy_of_an_ended_file(
    place: Place,
    run: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    after: bool,
    where: str,
) -> None:
    ends = place.home.sent if state == "F" else place.home.failed
    with mounted(ends / "boat"):
        first = run()
        rename_in(place.home.drop / "boat", "name")
        step_until(first, lambda: first.names() == ["name"])
        end(first, state)
        with monkeypatch.context() as context:
            cut(context, where, after=after)
            try:
                step_until(first, lambda: closed(first))
            except PowerCutError:
                pass
            else:
                assert where.endswith(("close_files", "note_sent"))
        second = run()
        step_until(second, lambda: closed(second))
        assert visible(ends / "boat") == {"name": b"content"}
        assert list((place.home.claims / "boat").iterdir()) == []
        third = run()
        third.step()
        assert third.names() == ["name"]


@pytest.mark.parametrize("state", ["F", "D"])
def test_a_copy_of_an_ended_file_that_is_taken_away_is_made_again(
    place: Place, run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    ends = place.home.sent if state == "F" else place.home.failed
    with mounted(ends / "boat"):
        first = run()
        rename_in(place.home.drop / "boat", "name")
        step_until(first, lambda: first.names() == ["name"])
        end(first, state)
        with monkeypatch.context() as context:
            cut(context, "netrelay.transfer.ended_copies.place_copy", after=False)
            with pytest.raises(PowerCutError):
                step_until(first, lambda: closed(first))
        shutil.rmtree(ends / "boat" / UNFINISHED)
        (ends / "boat" / UNFINISHED).mkdir()
        second = run()
        step_until(second, lambda: closed(second))
        assert visible(ends / "boat") == {"name": b"content"}
        assert list((place.home.claims / "boat").iterdir()) == []


def test_a_full_disk_of_sent_files_is_said_and_tried_again(
    place: Place, run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(place.home.sent / "boat") as disk:
        disk.fill(MIB)
        first = run()
        rename_in(place.home.drop / "boat", "name", CONTENT)
        step_until(first, lambda: first.names() == ["name"])
        end(first, "F")
        while first.step() == 0:
            pass
        assert any("its copy needs 3145728 bytes" in text for text in first.logged())
        assert not closed(first)
        disk.make_room()
        monkeypatch.setattr(ended_copies, "monotonic", lambda: 1e12)
        step_until(first, lambda: closed(first))
        assert visible(disk.path) == {"name": CONTENT}


def test_a_file_that_cannot_be_copied_holds_back_no_other(
    place: Place, run: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner closes it after it was sent; before, each other file waited behind it for ever."""
    copied_file = copying._copied_file

    def protected(source: bytes, *others: object, **more: object) -> object:
        if source == b"a":
            raise PermissionError(errno.EACCES, "Permission denied", source)
        return copied_file(source, *others, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_copied_file", protected)
    with mounted(place.home.sent / "boat") as disk:
        first = run()
        for name in ("a", "b"):
            rename_in(place.home.drop / "boat", name)
        step_until(first, lambda: sorted(first.names()) == ["a", "b"])
        end(first, "F")
        step_until(first, lambda: visible(disk.path) == {"b": b"content"})
        assert not closed(first)
        # A minute later it is tried again, and then left alone for two.
        times_s = [1e12, 1e12 + 61.0]
        monkeypatch.setattr(ended_copies, "monotonic", lambda: times_s[0])
        while first.step() == 0:
            pass
        times_s.pop(0)
        before = len(first.logged())
        while first.step() == 0:
            pass
        assert len(first.logged()) == before


def test_a_dead_job_cannot_have_its_file_back_from_another_disk(
    place: Place, run: Callable[[], Run], capsys: pytest.CaptureFixture[str]
) -> None:
    with mounted(place.home.failed / "boat"):
        first = run()
        rename_in(place.home.drop / "boat", "name")
        step_until(first, lambda: first.names() == ["name"])
        end(first, "D")
        step_until(first, lambda: closed(first))
        capsys.readouterr()
        assert place.type("retry", "name") == 65
        told = capsys.readouterr().err
        assert "failed/boat/name is on another disk" in told
        assert f"send {place.home.failed}/boat/name --to boat" in told
        assert visible(place.home.failed / "boat") == {"name": b"content"}


REMOVALS: dict[str, Callable[[Path, Path], object]] = {
    "rm": lambda folder, _: shutil.rmtree(folder),
    "mv": lambda folder, other: folder.rename(other),
}


@pytest.mark.parametrize("how", REMOVALS)
@pytest.mark.parametrize(
    "folder", ["drop", "drop/boat", "drop/.claimed", "sent", "sent/boat", "failed", "failed/boat"]
)
def test_a_folder_that_is_removed_is_made_again_and_used(
    place: Place, run: Callable[[], Run], folder: str, how: str
) -> None:
    first = run()
    for state in ("F", "D"):
        rename_in(place.home.drop / "boat", f"{state} before")
        step_until(first, lambda state=state: f"{state} before" in first.names())  # type: ignore[misc]
        end(first, state)
        step_until(first, lambda: closed(first))
    while first.step() == 0:
        pass
    REMOVALS[how](place.home.path / folder, place.folder / "away")
    step_until(first, (place.home.drop / "boat").is_dir)
    for state in ("F", "D"):
        rename_in(place.home.drop / "boat", state)
        first.node.poller.wait(1.0)
        assert first.node.poller.is_ready(first.importer._drops.fileno())
        step_until(first, lambda state=state: state in first.names())  # type: ignore[misc]
        end(first, state)
        step_until(first, lambda: closed(first))
    assert (place.home.sent / "boat" / "F").read_bytes() == b"content"
    assert (place.home.failed / "boat" / "D").read_bytes() == b"content"


def test_a_path_without_claims_folder_is_on_no_missing_disk(tmp_path: Path) -> None:
    check_disk(tmp_path, b"failed/boat/name")
    with pytest.raises(OSError, match="not mounted") as raised:
        check_disk(tmp_path, b"drop/boat/.claimed/1/name")
    assert raised.value.errno == errno.ENOENT


def test_a_sidecar_that_becomes_a_directory_is_left(place: Place, run: Callable[[], Run]) -> None:
    """It was exchanged after it was read; before, importer ended."""
    drop = place.home.drop / "boat"
    first = run()
    (drop / "name.netrelay.toml").mkdir()
    first.importer._remove_sidecars(drop, ((b"name", Wish(1, None)),))
    assert (drop / "name.netrelay.toml").is_dir()
