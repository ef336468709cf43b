"""A flush runs in the background, reports its end, and has a time limit."""

import errno
import os
import select
import threading

import pytest

from netrelay.transfer.flushing import Flushing

PATIENCE_S = 60.0


def wait(flushing: Flushing) -> None:
    assert select.select([flushing.fileno()], [], [], PATIENCE_S)[0]


def test_it_is_over_when_the_work_has_ended() -> None:
    gate = threading.Event()
    flushing = Flushing(lambda: assert_true(gate.wait(PATIENCE_S)), 100.0)
    assert not flushing.is_over(0.0)
    assert flushing.remaining_s(40.0) == 60.0
    gate.set()
    wait(flushing)
    # A flush that has ended does not time out, however late the call is.
    assert flushing.is_over(1000.0)


def test_an_error_of_the_disk_is_raised_by_is_over() -> None:
    def fail() -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    flushing = Flushing(fail, 100.0)
    wait(flushing)
    with pytest.raises(OSError, match="Input/output error"):
        flushing.is_over(0.0)


def test_a_disk_that_hangs_is_an_error_at_the_deadline() -> None:
    gate = threading.Event()
    flushing = Flushing(lambda: assert_true(gate.wait(PATIENCE_S)), 100.0)
    assert not flushing.is_over(99.9)
    assert flushing.remaining_s(200.0) == 0.0
    with pytest.raises(OSError, match="did not flush") as caught:
        flushing.is_over(100.0)
    assert caught.value.errno == errno.ETIMEDOUT
    gate.set()
    wait(flushing)
    assert flushing.is_over(100.0)


def assert_true(value: bool) -> None:
    assert value
