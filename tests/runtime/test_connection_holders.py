"""The file in which receiver shows who holds how many connections."""

from pathlib import Path

from netrelay.runtime.connection_holders import ConnectionHolders, connection_holders


def test_what_is_shown_is_read_until_the_next(tmp_path: Path) -> None:
    assert connection_holders(tmp_path) == {}
    shown = ConnectionHolders(tmp_path)
    assert connection_holders(tmp_path) == {}
    for peer in "aaab":
        shown.opened(peer)
    assert connection_holders(tmp_path) == {}
    shown.show(1.0)
    assert connection_holders(tmp_path) == {"a": 3, "b": 1}
    for peer in "aaa":
        shown.closed(peer)
    shown.show(1.0)
    assert connection_holders(tmp_path) == {"b": 1}
    assert (shown.held_by("a"), shown.held_by("b"), shown.in_all) == (0, 1, 1)
    shown.forget()
    shown.show(1.0)
    assert connection_holders(tmp_path) == {}


def test_nothing_is_written_without_a_change(tmp_path: Path) -> None:
    shown = ConnectionHolders(tmp_path)
    shown.opened("a")
    shown.show(1.0)
    (path,) = tmp_path.iterdir()
    path.unlink()
    shown.show(9.0)
    assert list(tmp_path.iterdir()) == []
    assert shown.due_s is None


def test_of_many_the_file_is_written_once_a_second(tmp_path: Path) -> None:
    shown = ConnectionHolders(tmp_path)
    for number in range(100):
        shown.opened(f"{number}")
        shown.show(5.0)
    written = len(connection_holders(tmp_path))
    assert written < 100
    assert shown.due_s == 6.0
    shown.show(6.0)
    assert len(connection_holders(tmp_path)) == 100


def test_a_receiver_that_starts_holds_none(tmp_path: Path) -> None:
    shown = ConnectionHolders(tmp_path)
    shown.opened("a")
    shown.show(1.0)
    ConnectionHolders(tmp_path)
    assert connection_holders(tmp_path) == {}
