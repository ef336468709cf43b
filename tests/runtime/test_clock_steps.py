"""Whether the wall clock was set; a test cannot set the clock of its machine."""

import errno
import os

import pytest

from netrelay.runtime.clock_steps import ClockSteps, is_clock_set


def test_a_clock_that_nobody_sets_makes_no_step() -> None:
    steps = ClockSteps()
    assert not steps.was_set()
    assert not os.get_inheritable(steps.fileno())
    steps.close()


def test_a_step_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ClockSteps()

    def cancelled(*_: object) -> bytes:
        raise OSError(errno.ECANCELED, "as timerfd_create(2) has it")

    with monkeypatch.context() as patched:
        patched.setattr(os, "read", cancelled)
        assert steps.was_set()
    assert not steps.was_set()
    steps.close()


def test_the_kernel_answers() -> None:
    assert is_clock_set() in (True, False)
