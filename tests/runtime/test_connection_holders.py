"""The file in which receiver shows who holds how many connections."""

from pathlib import Path

from netrelay.runtime.connection_holders import ConnectionHolders, connection_holders


def test_what_is_shown_is_read_until_the_next(tmp_path: Path) -> None:
    assert connection_holders(tmp_path) == {}
    shown = ConnectionHolders(tmp_path)
    assert connection_holders(tmp_path) == {}
    shown.show({"a" * 32: 4, "b" * 32: 1})
    assert connection_holders(tmp_path) == {"a" * 32: 4, "b" * 32: 1}
    shown.show({"b" * 32: 1})
    assert connection_holders(tmp_path) == {"b" * 32: 1}


def test_nothing_is_written_without_a_change(tmp_path: Path) -> None:
    shown = ConnectionHolders(tmp_path)
    shown.show({"a" * 32: 4})
    (path,) = tmp_path.iterdir()
    path.unlink()
    shown.show({"a" * 32: 4})
    assert list(tmp_path.iterdir()) == []


def test_a_receiver_that_starts_holds_none(tmp_path: Path) -> None:
    ConnectionHolders(tmp_path).show({"a" * 32: 4})
    ConnectionHolders(tmp_path)
    assert connection_holders(tmp_path) == {}
