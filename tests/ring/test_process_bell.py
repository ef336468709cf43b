"""Process bells: wake-ups, absent processes, and successors."""

import stat
from pathlib import Path

import pytest

from netrelay.ring.process_bell import ProcessBell, ring

from .pair import is_readable


def test_a_ring_wakes_until_drained(directory: Path) -> None:
    bell = ProcessBell(directory, "sender")
    assert not is_readable((bell.fileno(),))
    assert ring(directory, "sender")
    assert ring(directory, "sender")
    assert is_readable((bell.fileno(),))
    assert bell.drain() == 2
    assert not is_readable((bell.fileno(),))
    assert bell.drain() == 0
    bell.close()


def test_ringing_an_absent_process_is_no_error(directory: Path) -> None:
    assert not ring(directory, "sender")
    bell = ProcessBell(directory, "sender")
    bell.close()
    bell.close()
    assert not ring(directory, "sender")
    assert list(directory.iterdir()) == []


def test_a_full_bell_does_not_block_and_still_wakes(directory: Path) -> None:
    bell = ProcessBell(directory, "sender")
    for _ in range(5000):
        assert ring(directory, "sender")
    assert is_readable((bell.fileno(),))
    assert 1 <= bell.drain() < 5000, "the bell was never full"
    assert not is_readable((bell.fileno(),))
    bell.close()


def test_closing_a_replaced_bell_keeps_the_name_of_its_successor(directory: Path) -> None:
    former = ProcessBell(directory, "sender")
    successor = ProcessBell(directory, "sender")
    former.close()
    assert ring(directory, "sender")
    assert successor.drain() == 1
    successor.close()


def test_the_socket_is_private(directory: Path) -> None:
    bell = ProcessBell(directory, "sender")
    assert stat.S_IMODE((directory / "sender.bell").stat().st_mode) == 0o600
    bell.close()


def test_a_path_over_the_limit_is_refused(directory: Path) -> None:
    deep = directory / ("d" * 100)
    deep.mkdir()
    with pytest.raises(ValueError, match="at most 107 allowed"):
        ProcessBell(deep, "sender")
    with pytest.raises(ValueError, match="at most 107 allowed"):
        ring(deep, "sender")
