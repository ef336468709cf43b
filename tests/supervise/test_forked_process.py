"""Children that are copies of this process: how they end, and what they have of it."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.exit_status import Exit
from netrelay.supervise.forked_process import ForkedProcess, name_this_process


def end_of(work: Callable[[], int]) -> int:
    """Return the exit status of a child that does this work."""
    return ForkedProcess(work, {}, ()).wait()


def told_by(look: Callable[[], Any], **environment: str) -> Any:
    """Return what a child finds, as JSON carries it."""
    reader, writer = os.pipe()

    def work() -> int:
        os.write(writer, json.dumps(look()).encode())
        return 0

    child = ForkedProcess(work, environment, (writer,))
    os.close(writer)
    try:
        assert child.wait() == 0
        return json.loads(os.read(reader, 65536))
    finally:
        os.close(reader)


def kill_itself() -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    return 0


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "status"),
    [
        (lambda: 0, 0),
        (lambda: 78, 78),
        (kill_itself, -signal.SIGTERM),
        (raising(SystemExit(3)), 3),
        (raising(SystemExit()), 0),
        (raising(SystemExit("what went wrong")), 1),
        (raising(ValueError("a fault")), Exit.SOFTWARE),
        (raising(KeyboardInterrupt()), Exit.SOFTWARE),
    ],
)
def test_it_ends_as_its_work_does(work: Callable[[], int], status: int) -> None:
    assert end_of(work) == status


def test_nothing_of_the_parent_runs_in_it_after_its_work() -> None:
    reader, writer = os.pipe()
    try:
        ForkedProcess(raising(ValueError("a fault")), {}, (writer,)).wait()
    finally:
        os.write(writer, f"{os.getpid()} ".encode())
    assert os.read(reader, 100).decode().split() == [str(os.getpid())]
    os.close(reader)
    os.close(writer)


def test_it_has_no_signal_handler_of_its_parent() -> None:
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    wakeup = signal.set_wakeup_fd(writer)
    try:
        found = told_by(
            lambda: [
                [signal.getsignal(number) == signal.SIG_DFL for number in numbers],
                signal.getsignal(signal.SIGINT) is signal.default_int_handler,
                signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN,
                signal.set_wakeup_fd(-1),
                sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
            ]
        )
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
    assert found == [[True] * 3, True, True, -1, []]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_it_has_the_descriptors_that_are_kept_and_no_other() -> None:
    def look() -> dict[int, str]:
        entries = list(Path("/proc/self/fd").iterdir())
        # The descriptor of the listing is closed by now.
        return {int(entry.name): str(entry.readlink()) for entry in entries if entry.is_symlink()}

    opened = os.open(os.devnull, os.O_RDONLY)
    try:
        found = told_by(look)
    finally:
        os.close(opened)
    kept = [name for number, name in found.items() if int(number) > 2]
    assert found["0"] == os.devnull
    assert {"1", "2"} <= found.keys()
    assert len(kept) == 1
    assert kept[0].startswith("pipe:")


def test_it_has_an_environment_and_a_process_group_of_its_own() -> None:
    found = told_by(
        lambda: [os.environ["NETRELAY_TEST"], os.getpgid(0) == os.getpid()], NETRELAY_TEST="told"
    )
    assert found == ["told", True]
    assert "NETRELAY_TEST" not in os.environ


def test_what_its_parent_has_not_printed_yet_is_printed_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(1, "w", closefd=False) as buffered:
        monkeypatch.setattr(sys, "stdout", buffered)
        buffered.write("before, ")
        end_of(lambda: print("inside, ", end="") or 0)
        buffered.write("after")
    assert capfd.readouterr().out == "before, inside, after"


def own_words() -> list[str]:
    return Path("/proc/self/cmdline").read_bytes().decode().rstrip("\0").split("\0")


def test_ps_shows_the_words_that_have_room() -> None:
    def look(*words: str) -> list[str]:
        name_this_process(words)
        return own_words()

    assert told_by(lambda: look("netrelay", "run", "sender")) == ["netrelay", "run", "sender"]
    assert told_by(lambda: look("netrelay", "run", "x" * 65536, "y")) == ["netrelay", "run"]
    assert own_words() != ["netrelay", "run"]
