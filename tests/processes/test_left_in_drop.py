"""importer: what it passes over is a row after a minute, shown after an hour, and gone with it."""

import os
from pathlib import Path

import pytest

from netrelay.runtime import clock
from netrelay.transfer.passed_over import MOST_OF_A_FOLDER, REMEMBER_S
from tests.processes.test_importer import Place, Run, begin

HOUR_S = 3600.0


class Hours:
    """The time since boot, which the test moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_s = 0.0
        real = clock.boottime_s
        monkeypatch.setattr(clock, "boottime_s", lambda: real() + self.ahead_s)

    def step(self, run: Run, wait_s: float) -> float | None:
        """Step after a time; return the time until the next step."""
        self.ahead_s += wait_s
        return run.step()

    def step_until_stored(self, run: Run) -> None:
        """Step after each time that a step asks for, until there are rows."""
        wait_s: float | None = 0.0
        while not stored(run):
            assert wait_s is not None
            wait_s = self.step(run, wait_s)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    return Hours(monkeypatch)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: Hours) -> Place:
    """A node with one peer, in whose drop folder nothing is left."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run"))
    return Place(tmp_path)


def stored(run: Run) -> dict[tuple[str, str], str]:
    """Return the reason of each row, by folder and name."""
    rows = run.node.database.rows("SELECT folder, name, reason FROM passed_over")
    return {(str(folder), str(name)): str(reason) for folder, name, reason in rows}


def shown(run: Run, hours: Hours) -> list[tuple[str, str]]:
    """Return folder and name of each row of the view, which asks the wall clock."""
    run.node.database.execute(
        "UPDATE clock SET unix_offset_s = (julianday('now') - 2440587.5) * 86400.0 - ?",
        (run.node.database.now_s(),),
    )
    rows = run.node.database.rows("SELECT folder, name FROM left_in_drop ORDER BY folder, name")
    return [(str(folder), str(name)) for folder, name in rows]


def leave(place: Place) -> None:
    """Put entries of each kind that is passed over into the folder."""
    place.rename_in("film.part")
    place.rename_in(".hidden")
    place.rename_in("draft~")
    place.rename_in("never.netrelay.toml", content=b"priority = 1")
    (place.home.drop / "boat" / "link").symlink_to("film.part")


LEFT = {
    ("boat", name) for name in ("film.part", ".hidden", "draft~", "never.netrelay.toml", "link")
}


def test_what_is_passed_over_is_stored_after_a_minute_and_shown_after_an_hour(
    place: Place, hours: Hours
) -> None:
    run = begin(place)
    run.step()
    leave(place)
    delay_s = run.step()
    assert stored(run) == {}
    assert delay_s is not None
    assert 0 < delay_s <= REMEMBER_S
    assert hours.step(run, delay_s) is None  # an idle node is not woken for what is left
    assert stored(run).keys() == LEFT
    hours.ahead_s += HOUR_S - REMEMBER_S - 5
    assert shown(run, hours) == []
    hours.ahead_s += 10
    assert set(shown(run, hours)) == {(f"drop/{folder}", name) for folder, name in LEFT}


def test_a_row_is_gone_when_its_entry_is_removed_or_renamed(place: Place, hours: Hours) -> None:
    run = begin(place)
    run.step()
    leave(place)
    run.step()
    hours.step(run, REMEMBER_S)
    folder = place.home.drop / "boat"
    (folder / "link").unlink()
    (folder / ".hidden").rename(place.folder / "elsewhere")
    run.step()
    assert {name for _, name in stored(run)} == {"film.part", "draft~", "never.netrelay.toml"}
    (folder / "film.part").rename(folder / "film")
    (folder / "draft~").rename(folder / "never")
    run.step()
    assert sorted(run.names()) == ["film", "never"]
    assert stored(run) == {}


def test_a_temporary_file_writes_no_row(
    place: Place, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("netrelay.transfer.passed_over.store_passed_over")
    run = begin(place)
    run.step()
    for number in range(3):
        place.rename_in(f".a.{number}")
        run.step()
        hours.step(run, REMEMBER_S - 1)
        (place.home.drop / "boat" / f".a.{number}").rename(place.home.drop / "boat" / f"{number}")
        run.step()
    assert sorted(run.names()) == ["0", "1", "2"]
    assert stored(run) == {}


def test_the_time_goes_on_over_a_restart(place: Place, hours: Hours) -> None:
    run = begin(place)
    run.step()
    leave(place)
    run.step()
    hours.step(run, REMEMBER_S)
    run.node.database.close()
    (place.home.drop / "boat" / "link").unlink()
    hours.ahead_s += HOUR_S
    again = begin(place)
    again.step()
    expected = {(f"drop/{folder}", name) for folder, name in LEFT if name != "link"}
    assert set(shown(again, hours)) == expected


def test_an_entry_that_never_settles_and_one_that_cannot_be_taken(
    place: Place, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(place)
    run.step()
    real = os.rename

    def refuse(source: bytes, target: bytes) -> None:
        if os.fsencode(source).endswith(b"/theirs"):
            raise PermissionError(1, "Operation not permitted", source)
        real(source, target)

    monkeypatch.setattr("netrelay.transfer.claims.os.rename", refuse)
    place.rename_in("theirs")
    for number in range(int(REMEMBER_S) + 2):
        (place.home.drop / "boat" / "app.log").write_text("line\n" * number)
        hours.step(run, 1.0)
    assert stored(run) == {
        ("boat", "app.log"): "it is sent once it is complete and unchanged for its settle time",
        ("boat", "theirs"): "it cannot be taken: Operation not permitted",
    }


def test_what_is_no_peers_folder_is_shown_and_so_is_the_folder_of_a_peer_that_is_a_link(
    place: Place, hours: Hours
) -> None:
    (place.home.drop / "bota").mkdir()
    place.rename_in("a.txt", ".")
    (place.home.drop / "boat").rename(place.folder / "usb")
    (place.home.drop / "boat").symlink_to(place.folder / "usb")
    run = begin(place)
    hours.step_until_stored(run)
    assert stored(run).keys() == {("", "bota"), ("", "a.txt"), ("", "boat")}
    (place.home.drop / "bota").rmdir()
    (place.home.drop / "boat").unlink()
    assert hours.step(run, 0) is None
    assert stored(run).keys() == {("", "a.txt")}


def test_rows_of_a_removed_peer_are_deleted(place: Place, hours: Hours) -> None:
    run = begin(place)
    run.step()
    leave(place)
    run.step()
    hours.step(run, REMEMBER_S)
    assert place.type("peer", "rm", "boat") == 0
    run.step()
    assert stored(run) == {}


def test_a_folder_has_a_bounded_number_of_rows_the_oldest_first(place: Place, hours: Hours) -> None:
    run = begin(place)
    run.step()
    for number in range(MOST_OF_A_FOLDER - 1):
        place.rename_in(f"z{number}.part")
    run.step()
    hours.step(run, REMEMBER_S)
    for number in range(50):
        place.rename_in(f"a{number:02}.part")
    run.step()
    hours.step(run, REMEMBER_S)
    names = {name for _, name in stored(run)}
    assert names == {f"z{number}.part" for number in range(MOST_OF_A_FOLDER - 1)} | {"a00.part"}
    run.node.database.close()
    run = begin(place)
    run.step()
    assert {name for _, name in stored(run)} == names
    (place.home.drop / "boat" / "z7.part").unlink()
    run.step()
    hours.step(run, REMEMBER_S)
    assert len(stored(run)) == MOST_OF_A_FOLDER
    run.node.database.execute("INSERT INTO passed_over VALUES ('boat', 'one more', '', 0)")
    assert len(stored(run)) == MOST_OF_A_FOLDER


def test_two_names_that_are_one_text_have_one_row_that_stays(place: Place, hours: Hours) -> None:
    """Before, a change of any other row gave it the reason of the other name, in turns."""
    run = begin(place)
    folder = place.home.drop / "boat"
    (folder / os.fsdecode(b"\xff")).symlink_to("nothing")
    os.mkfifo(folder / "\\xff")
    run.step()
    hours.step(run, REMEMBER_S)
    rows = stored(run)
    assert list(rows) == [("boat", "\\xff")]
    place.rename_in("other.part")
    run.step()
    hours.step(run, REMEMBER_S)
    assert stored(run).keys() == rows.keys() | {("boat", "other.part")}
    assert stored(run)["boat", "\\xff"] == rows["boat", "\\xff"]
    changes = run.node.database.value("SELECT total_changes()")
    for _ in range(3):
        run.importer._drops.scan_again("boat")
        hours.step(run, REMEMBER_S)
    assert run.node.database.value("SELECT total_changes()") == changes
