"""Runs of a program: its environment, its output, its end, and its time limit."""

import os
import select
import time
from contextlib import suppress
from pathlib import Path

import pytest

from netrelay.transfer.hook_run import HookRun, status_of

FAR_S = 1e9
_DEADLINE_S = 30.0


def program(folder: Path, *lines: str) -> str:
    """Write a shell script."""
    path = folder / "hook"
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return str(path)


def wait(run: HookRun, now_s: float = 0.0) -> int:
    """Poll a run whenever one of its descriptors is readable, and return its exit status."""
    deadline_s = time.monotonic() + _DEADLINE_S
    while True:
        assert time.monotonic() < deadline_s
        status = run.poll(now_s)
        if status is not None:
            return status
        poller = select.poll()
        for descriptor in run.descriptors():
            poller.register(descriptor, select.POLLIN)
        assert poller.poll(_DEADLINE_S * 1000)


def test_it_gets_its_variables_and_nothing_else(tmp_path: Path) -> None:
    path = program(tmp_path, "echo $# $NETRELAY_NAME; cat; env | grep -c HOME; exit 3")
    run = HookRun(path, {"NETRELAY_NAME": "a b", "PATH": os.environ["PATH"]}, 0.0, FAR_S)
    assert wait(run) == 3
    assert run.output() == "0 a b\n0"


def test_its_output_is_bounded_and_never_blocks_it(tmp_path: Path) -> None:
    path = program(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x; echo >&2 end")
    run = HookRun(path, dict(os.environ), 0.0, FAR_S)
    assert wait(run) == 0
    assert run.output() == "x" * 2048


def test_at_its_deadline_it_is_killed_with_its_children(tmp_path: Path) -> None:
    path = program(tmp_path, "sleep 1000 & echo $!; wait")
    run = HookRun(path, dict(os.environ), 4.0, 6.0)
    reader = run.descriptors()[1]
    assert select.select([reader], [], [], _DEADLINE_S)[0]
    assert run.poll(9.9) is None
    assert wait(run, 10.0) == 128 + 9
    killed, _, child_pid = run.output().rpartition(" ")
    assert killed == "it was killed after 6 s, it said:"
    child = Path(f"/proc/{child_pid}/stat")
    deadline_s = time.monotonic() + _DEADLINE_S
    # Killed, but init may not have reaped it yet.
    with suppress(FileNotFoundError, ProcessLookupError):
        while child.read_text().split()[2] != "Z":
            assert time.monotonic() < deadline_s


def test_one_that_ends_at_the_last_moment_was_not_killed(tmp_path: Path) -> None:
    run = HookRun(program(tmp_path, "exit 3"), dict(os.environ), 4.0, 6.0)
    assert select.select([run.descriptors()[0]], [], [], _DEADLINE_S)[0]
    assert run.poll(10.0) == 3
    assert run.output() == ""


def test_one_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    path = program(tmp_path, "exec >&- 2>&-", f"read line < {tmp_path}/gate", "exit 5")
    run = HookRun(path, dict(os.environ), 0.0, FAR_S)
    deadline_s = time.monotonic() + _DEADLINE_S
    while len(run.descriptors()) == 2:
        assert run.poll(0.0) is None
        assert time.monotonic() < deadline_s
    with (tmp_path / "gate").open("w") as gate:
        gate.write("go\n")
    assert wait(run) == 5


@pytest.mark.parametrize(("made", "status"), [(False, 127), (True, 126)])
def test_a_program_that_cannot_be_started_is_an_error(
    tmp_path: Path, made: bool, status: int
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    if made:
        (tmp_path / "hook").write_text("no program")
    with pytest.raises(OSError, match="hook") as caught:
        HookRun(str(tmp_path / "hook"), {}, 0.0, FAR_S)
    assert status_of(caught.value) == status
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    wait(HookRun(program(tmp_path, "true"), dict(os.environ), 0.0, FAR_S))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
