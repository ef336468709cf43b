"""Delivery: once, whole, under a safe name, whatever is unplugged between its five steps."""

import os
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.words import FileKind
from netrelay.store.coming_files import Complete
from netrelay.transfer.delivery import Delivery
from tests.transfer.linked_pair import SIZE, Pair

MTIME_NS = 1_234_567_890_123_456_789


class PowerCutError(Exception):
    """The power goes at this point."""


class Place:
    """An inbox with a staging folder, and rows that are only in memory."""

    def __init__(self, root: Path) -> None:
        self.inbox = root / "inbox"
        self.staging = self.inbox / ".staging"
        self.unpacking = self.inbox / ".unpacking"
        for folder in (self.staging, self.unpacking):
            folder.mkdir(parents=True)
        self.delivery = Delivery(self.inbox, self.staging, self.unpacking)
        self.count = 0

    def stage(self, name: str = "name", content: bytes = b"content", **fields: Any) -> Complete:
        """Lay a complete file into the staging folder."""
        self.count += 1
        staged = f"staged-{self.count}"
        (self.staging / staged).write_bytes(content)
        item = Complete(self.count, self.count, name, None, MTIME_NS, "alba", staged, False)
        return item._replace(**fields)

    def named(self, *items: Complete) -> list[Complete]:
        """Choose names for files and note them."""
        chosen = self.delivery.choose_names(list(items))
        return [item._replace(inbox_name=chosen.get(item.file, item.inbox_name)) for item in items]

    def put(self, *items: Complete) -> list[str]:
        """Deliver files; give the names."""
        put = self.delivery.put(self.named(*items))
        assert (put.clashed, put.failed) == ([], [])
        return [str(item.inbox_name) for item in put.there]

    def files(self) -> dict[str, bytes]:
        """Give what lies in the inbox."""
        return {path.name: path.read_bytes() for path in (self.inbox / "alba").iterdir()}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty inbox."""
    return Place(tmp_path)


def test_a_file_is_put_with_its_time_and_for_its_group_to_read(place: Place) -> None:
    item = place.stage(content=b"x" * 100)
    (place.staging / item.staged_name).chmod(0o600)
    assert place.put(item) == ["name"]
    status = (place.inbox / "alba" / "name").stat()
    assert status.st_mode & 0o7777 == 0o640
    assert status.st_mtime_ns == MTIME_NS
    assert (place.inbox / "alba").stat().st_mode & 0o7777 == 0o2750
    assert list(place.staging.iterdir()) == []


@pytest.mark.parametrize("mtime_ns", [2**63 - 1, -(2**63) + 1, 0])
def test_a_time_that_the_file_system_may_not_hold_stops_nothing(
    place: Place, mtime_ns: int
) -> None:
    assert place.put(place.stage(mtime_ns=mtime_ns)) == ["name"]


def test_nothing_in_the_inbox_is_overwritten(place: Place) -> None:
    (place.inbox / "alba").mkdir()
    (place.inbox / "alba" / "name").write_bytes(b"mine")
    (place.inbox / "alba" / "name (2)").symlink_to("nowhere")
    assert place.put(place.stage()) == ["name (3)"]
    assert (place.inbox / "alba" / "name").read_bytes() == b"mine"
    assert (place.inbox / "alba" / "name (2)").is_symlink()


def test_files_of_one_name_in_one_batch_are_numbered(place: Place) -> None:
    items = [place.stage(content=b"%d" % number) for number in range(4)]
    assert place.put(*items) == ["name", "name (2)", "name (3)", "name (4)"]
    assert sorted(place.files().values()) == [b"0", b"1", b"2", b"3"]


def test_files_of_one_name_from_two_sources_are_not(place: Place) -> None:
    assert place.put(place.stage(), place.stage(source_name="cork")) == ["name", "name"]


def test_a_name_that_was_committed_is_not_given_to_another(place: Place) -> None:
    committed = place.stage(inbox_name="name")
    assert place.put(place.stage(), committed) == ["name (2)", "name"]


def test_a_file_named_anew_after_its_name_was_taken(place: Place) -> None:
    (item,) = place.named(place.stage())
    (place.inbox / "alba").mkdir()
    (place.inbox / "alba" / "name").write_bytes(b"mine")
    put = place.delivery.put([item])
    assert put.clashed == [item]
    assert (place.staging / item.staged_name).exists()
    assert place.put(item._replace(inbox_name=None)) == ["name (2)"]
    assert place.files() == {"name": b"mine", "name (2)": b"content"}


def test_two_attempts_of_one_file_are_one_delivery(place: Place) -> None:
    first, second = place.stage(file=7), place.stage(file=7)
    assert place.put(first, second) == ["name", "name"]
    assert list(place.files()) == ["name"]
    assert list(place.staging.iterdir()) == []


def test_what_an_earlier_attempt_delivered_is_not_delivered_again(place: Place) -> None:
    item = place.stage(inbox_name="name", delivered=True)
    assert place.put(item) == ["name"]
    assert place.files() == {}
    assert list(place.staging.iterdir()) == []


def test_never_through_a_symlink(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place.inbox / "alba").symlink_to(tmp_path / "elsewhere")
    (item,) = place.named(place.stage())
    put = place.delivery.put([item])
    assert [failed for failed, _ in put.failed] == [item]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (place.staging / item.staged_name).exists()


def test_one_that_cannot_be_put_does_not_hold_back_the_others(place: Place) -> None:
    (place.inbox / "cork").write_bytes(b"a file where a folder should be")
    bad, good = place.named(place.stage(source_name="cork"), place.stage())
    put = place.delivery.put([bad, good])
    assert put.there == [good]
    assert [item for item, _ in put.failed] == [bad]
    assert (place.staging / bad.staged_name).exists()


def test_a_folder_that_is_removed_meanwhile_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = place.named(place.stage())
    utime = os.utime

    def utime_while_a_person_tidies_up(path: Path, ns: tuple[int, int]) -> None:
        utime(path, ns=ns)
        (place.inbox / "alba").rmdir()

    with monkeypatch.context() as context:
        context.setattr("os.utime", utime_while_a_person_tidies_up)
        put = place.delivery.put([item])
    assert put.there == []
    assert [failed for failed, _ in put.failed] == [item]
    assert (place.staging / item.staged_name).exists()
    assert place.delivery.put([item]).there == [item]
    assert place.files() == {"name": b"content"}


def test_the_new_name_is_durable_before_the_old_one_goes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, unlink = os.fsync, Path.unlink

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        calls.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    def noted_unlink(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        calls.append("unlink")

    items = place.named(place.stage(), place.stage())
    (place.inbox / "alba").mkdir()
    monkeypatch.setattr("os.fsync", noted_fsync)
    monkeypatch.setattr(Path, "unlink", noted_unlink)
    place.delivery.put(items)
    assert calls == ["fsync alba", "unlink", "unlink", "fsync .staging"]


def directory(place: Place, **fields: Any) -> Complete:
    """Lay an unpacked directory, and its stream, where they are delivered from."""
    item = place.stage(kind=FileKind.DIRECTORY, **fields)
    folder = place.unpacking / item.staged_name
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_bytes(b"content")
    return item


def test_a_directory_is_put_as_a_whole_with_its_time(place: Place) -> None:
    assert place.put(directory(place)) == ["name"]
    put = place.inbox / "alba" / "name"
    assert (put / "deep" / "file").read_bytes() == b"content"
    assert put.stat().st_mtime_ns == MTIME_NS
    assert list(place.unpacking.iterdir()) == []
    assert list(place.staging.iterdir()) == []


def test_a_directory_takes_no_name_that_is_there_not_even_of_an_empty_one(place: Place) -> None:
    (place.inbox / "alba" / "name").mkdir(parents=True)
    item = directory(place, inbox_name="name")
    put = place.delivery.put([item])
    assert put.clashed == [item]
    assert list((place.inbox / "alba" / "name").iterdir()) == []
    assert place.put(item._replace(inbox_name=None)) == ["name (2)"]


def test_a_directory_that_was_renamed_before_the_power_went_is_there(place: Place) -> None:
    item = directory(place, inbox_name="name")
    assert place.delivery.put([item]).there == [item]
    (place.staging / item.staged_name).touch()  # its unlink was not durable
    assert place.delivery.put([item]).there == [item]
    (place.inbox / "alba" / "name").rename(place.inbox / "moved by a person")
    (place.staging / item.staged_name).touch()
    assert place.delivery.put([item]).there == [item]
    assert list((place.inbox / "alba").iterdir()) == []
    assert list(place.staging.iterdir()) == []


def cut_power_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let a PowerCutError be raised instead of this step of a delivery, or right after it."""

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    match step:
        case 2:
            monkeypatch.setattr(Path, "hardlink_to", cut)
        case 3:
            monkeypatch.setattr("netrelay.transfer.delivery.flush_folders", cut)
        case 4:
            monkeypatch.setattr("netrelay.transfer.delivery.flush_folder", cut)
        case 5:
            monkeypatch.setattr("tests.transfer.linked_pair.close_files", cut)
        case _:
            monkeypatch.setattr("tests.transfer.linked_pair.name_files", cut)


@pytest.mark.parametrize("moved", [False, True], ids=["left", "moved"])
@pytest.mark.parametrize("step", range(1, 6))
def test_a_power_cut_at_any_step_is_healed_by_the_next_start(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, step: int, moved: bool
) -> None:
    content = {"large": os.urandom(SIZE + 1), "small": b"small"}
    for name, bytes_ in content.items():
        pair.source.drop_file(pair.destination, name.encode(), bytes_)
    assert pair.send() == []
    with monkeypatch.context() as context:
        cut_power_at(context, step)
        with pytest.raises(PowerCutError):
            pair.destination.deliver()
    pair.destination.start()
    pair.destination.refresh()
    folder = pair.destination.home.inbox / "alba"
    taken_away = 0
    if moved and step >= 4:  # a person moves away what lies there before exporter is back
        for path in list(folder.iterdir()):
            assert path.read_bytes() == content[path.name]
            path.rename(pair.destination.home.path / path.name)
            taken_away += 1
    assert sorted(pair.destination.deliver()) == ["large", "small"]
    if taken_away:
        assert taken_away == 2
        assert pair.destination.inbox(pair.source) == {}
    else:
        assert pair.destination.inbox(pair.source) == content
    assert list(pair.destination.home.staging.iterdir()) == []
    assert pair.answer() == []
    assert pair.source.states(6) == ["F", "F"]


@pytest.mark.parametrize("length", [6, 8])
def test_a_file_of_another_size_than_its_manifest_says_is_gone(place: Place, length: int) -> None:
    item = place.stage(content=b"x" * length, whole_bytes=7)
    put = place.delivery.put(place.named(item))
    assert [each.file for each in put.gone] == [item.file]
    assert put.there == []
    assert place.put(place.stage(content=b"x" * 7, whole_bytes=7)) == ["name"]
