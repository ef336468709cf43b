"""`netrelay up` with stub children: readiness, restart, stop, and no process left running."""

import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from netrelay.core.exit_status import NEEDS_A_PERSON
from netrelay.core.words import PROCESSES
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.running_up import DEADLINE_S, STUB_UP, RunningUp, running_up

# first restart, longest restart, settled, stop, impatience
QUICK = (0.01, 0.02, 30.0, 10.0, 60.0)


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def ends(pidfd: int) -> bool:
    """Return True if a process ends before the deadline."""
    try:
        return bool(select.select([pidfd], [], [], DEADLINE_S)[0])
    finally:
        os.close(pidfd)


def ready(up: RunningUp, after: int = 0) -> None:
    up.wait_for("shelf is up: all eight processes are ready", after=after)


def test_one_line_when_all_eight_are_ready_and_where_to_drop(shelf: CommandLine) -> None:
    with running_up(shelf, *QUICK, behaviour={"sender": "slow"}) as up:
        pid = up.pid_of("sender")
        for name in PROCESSES:
            up.pid_of(name)
        assert not any("is up" in line for line in up.lines)
        os.kill(pid, signal.SIGUSR1)
        ready(up)
        up.wait_for(f"{shelf.home.drop}/boat/", "Ctrl-C")
        assert sum("is up" in line for line in up.lines) == 1


def test_without_a_peer_it_says_how_to_get_one(homes: Place) -> None:
    with running_up(homes.node("shelf"), *QUICK) as up:
        up.wait_for("knows no peer yet", "netrelay peer add CARD")


def test_a_peer_without_its_folder_is_a_peer(shelf: CommandLine) -> None:
    shelf.home.drop.joinpath("boat").rmdir()
    shelf.home.drop.joinpath("baot").mkdir()
    with running_up(shelf, *QUICK) as up:
        up.wait_for(f"{shelf.home.drop}/boat/", "Ctrl-C")


def test_who_is_not_ready_is_named(shelf: CommandLine) -> None:
    with running_up(shelf, 0.01, 0.02, 30, 10, 0.2, behaviour={"sender": "slow"}) as up:
        up.wait_for("still waiting for", "sender")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_of_them_in_order(shelf: CommandLine, number: signal.Signals) -> None:
    with running_up(shelf, *QUICK) as up:
        ready(up)
        up.signal(number)
        assert up.wait_for_end() == 0
        for name in PROCESSES:
            assert f"{name} got SIGTERM" in up.lines
            assert f"{name} ended" in up.lines
        assert not any("starting it again" in line for line in up.lines)
        assert sorted(path.name for path in shelf.runtime.glob("up.*")) == ["up.lock"]


def test_ctrl_c_on_a_terminal_reaches_up_alone(shelf: CommandLine) -> None:
    master, slave = pty.openpty()
    program = (
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", program, str(STUB_UP)]
    process = subprocess.Popen(
        [*command, str(shelf.home.path), *map(str, QUICK)],
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "NETRELAY_RUNTIME_DIRECTORY": str(shelf.runtime),
        },
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    up = RunningUp(process, master)
    try:
        ready(up)
        os.write(master, termios.tcgetattr(master)[6][termios.VINTR])
        assert up.wait_for_end() == 0
        # The terminal echoes ^C, in front of whichever line comes next.
        assert [line.removeprefix("^C") for line in up.lines].count("sender got SIGTERM") == 1
        assert not any("got SIGINT" in line for line in up.lines)
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_a_killed_child_is_started_again(shelf: CommandLine) -> None:
    with running_up(shelf, *QUICK) as up:
        ready(up)
        seen = len(up.lines)
        first = up.pid_of("receiver")
        os.kill(first, signal.SIGKILL)
        up.wait_for("receiver was ended by SIGKILL; starting it again in 0.01 s")
        assert up.pid_of("receiver", after=seen) != first
        ready(up, after=seen)
        assert sum(" started " in line for line in up.lines) == 9


def test_restarts_come_slower_and_slower(shelf: CommandLine, homes: Place) -> None:
    crashes = homes.folder / "crashes"
    crashes.mkdir()
    for number in range(4):
        (crashes / str(number)).touch()
    behaviour = {"importer": "crash", "crashes": str(crashes)}
    with running_up(shelf, 0.01, 0.04, 30, 10, 60, behaviour=behaviour) as up:
        ready(up)
        said = [line.rsplit(" in ")[1] for line in up.lines if "importer ended" in line]
        assert said == ["0.01 s", "0.02 s", "0.04 s", "0.04 s"]


def test_a_child_that_lived_long_is_started_again_at_once(shelf: CommandLine, homes: Place) -> None:
    crashes = homes.folder / "crashes"
    crashes.mkdir()
    for number in range(3):
        (crashes / str(number)).touch()
    behaviour = {"importer": "crash", "crashes": str(crashes)}
    # With 0 s, every child counts as settled.
    with running_up(shelf, 0.01, 10, 0, 10, 60, behaviour=behaviour) as up:
        ready(up)
        said = [line.rsplit(" in ")[1] for line in up.lines if "importer ended" in line]
        assert said == ["0.01 s"] * 3


@pytest.mark.parametrize("code", sorted(NEEDS_A_PERSON))
def test_a_hopeless_child_stops_up_which_says_why(shelf: CommandLine, code: int) -> None:
    behaviour = {"receiver": "hopeless", "code": str(code)}
    with running_up(shelf, *QUICK, behaviour=behaviour) as up:
        assert up.wait_for_end() == code
        line = up.wait_for(
            f"receiver ended with exit code {code}", "port 7411 is taken", "stopping"
        )
        assert "\x1b" not in line
        assert sum(line.startswith("receiver started") for line in up.lines) == 1
        assert up.lines.count("sender ended") == up.lines.count("sender got SIGTERM")


def test_a_stubborn_child_is_killed(shelf: CommandLine) -> None:
    behaviour = {"exporter": "stubborn"}
    with running_up(shelf, 0.01, 0.02, 30, 0.2, 60, behaviour=behaviour) as up:
        ready(up)
        pidfd = os.pidfd_open(up.pid_of("exporter"))
        up.signal(signal.SIGTERM)
        assert up.wait_for_end() == 0
        up.wait_for("exporter does not end; killing it")
        assert not any("killing" in line and "exporter" not in line for line in up.lines)
        assert ends(pidfd)


def test_a_second_ctrl_c_does_not_wait(shelf: CommandLine) -> None:
    behaviour = {"exporter": "stubborn"}
    with running_up(shelf, 0.01, 0.02, 30, 3600, 60, behaviour=behaviour) as up:
        ready(up)
        up.signal(signal.SIGINT)
        up.wait_for("exporter got SIGTERM")
        up.signal(signal.SIGINT)
        assert up.wait_for_end() == 0
        up.wait_for("exporter does not end; killing it")


def test_children_die_with_up_even_when_it_is_killed(shelf: CommandLine) -> None:
    with running_up(shelf, *QUICK, behaviour={"exporter": "stubborn"}) as up:
        ready(up)
        pidfds = [os.pidfd_open(up.pid_of(name)) for name in PROCESSES]
        up.signal(signal.SIGKILL)
        for pidfd in pidfds:
            assert ends(pidfd)
        for name in PROCESSES:
            up.wait_for(f"{name} sees the end of its parent")


def test_up_itself_can_be_tied_to_whoever_starts_it(shelf: CommandLine) -> None:
    parent, held = os.pipe()
    with running_up(shelf, *QUICK, parent_fd=parent) as up:
        ready(up)
        os.close(parent)
        os.close(held)
        assert up.wait_for_end() == 0
        for name in PROCESSES:
            assert f"{name} ended" in up.lines


def test_up_runs_once_for_a_home(shelf: CommandLine, homes: Place) -> None:
    with running_up(shelf, *QUICK) as up:
        ready(up)
        outcome = shelf.start("up")
        assert outcome.code == 75
        assert f"up already (pid {up.process.pid})" in outcome.err
        assert str(shelf.home.path) in outcome.err
        up.signal(signal.SIGTERM)
        assert up.wait_for_end() == 0
    with running_up(shelf, *QUICK) as up:
        ready(up)


def test_the_next_up_waits_for_the_children_of_a_killed_one(shelf: CommandLine) -> None:
    with running_up(shelf, *QUICK, behaviour={"exporter": "lingering"}) as up:
        ready(up)
        exporter = up.pid_of("exporter")
        up.signal(signal.SIGKILL)
        up.process.wait()
        with running_up(shelf, *QUICK) as following:
            following.wait_for("waiting for", f"pid {up.process.pid}")
            assert not any(" started " in line for line in following.lines)
            os.kill(exporter, signal.SIGUSR1)
            ready(following)


def test_up_leaves_a_node_alone_that_systemd_runs(shelf: CommandLine) -> None:
    shelf.runtime.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind(str(shelf.runtime / "sender.bell"))
        code, line = shelf.bad("up")
    assert code == 75
    assert "sender" in line
    assert "systemd" in line
    assert not shelf.runtime.joinpath("up.notify").exists()


def test_a_bad_configuration_is_said_before_anything_starts(shelf: CommandLine) -> None:
    text = shelf.home.config.read_text()
    shelf.home.config.write_text(text.replace("commsport = 7411", "commsport = 0"))
    code, line = shelf.bad("up")
    assert code == 78
    assert "commsport" in line
    assert "1 to 65535" in line


def test_a_stranger_on_the_notify_socket_changes_nothing(shelf: CommandLine) -> None:
    with running_up(shelf, *QUICK, behaviour={"sender": "slow"}) as up:
        pid = up.pid_of("sender")
        reader, writer = os.pipe()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
            stranger.connect(str(shelf.runtime / "up.notify"))
            for _ in range(3):
                socket.send_fds(stranger, [b"READY=1\nSTATUS=x"], [writer])
            stranger.send(b"\xff\x00=\n" * 100)
        os.close(writer)
        # Descriptors that were sent along are closed, or this would block.
        assert os.read(reader, 1) == b""
        os.close(reader)
        os.kill(pid, signal.SIGUSR1)
        ready(up)


def test_the_lock_is_not_taken_from_a_living_holder(shelf: CommandLine) -> None:
    shelf.runtime.mkdir(exist_ok=True)
    with (shelf.runtime / "up.lock").open("w") as file:
        file.write(f"{os.getpid()}\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        code, line = shelf.bad("up")
    assert code == 75
    assert f"pid {os.getpid()}" in line


def test_a_serial_line_runs_beside_them_and_is_started_again(shelf: CommandLine) -> None:
    device = "/dev/netrelay-absent"
    shelf.good("peer", "ways", "boat", "--serial", device, "--baud", "9600")
    with running_up(shelf, *QUICK) as up:
        ready(up)
        absent = f"netrelay serial boat: {device} is not there: plug it in"
        up.wait_for(absent)
        before = len(up.lines)
        children = Path(f"/proc/{up.process.pid}/task/{up.process.pid}/children").read_text()
        [line] = [
            int(pid)
            for pid in children.split()
            if f"\0serial\0{device}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(line, signal.SIGKILL)
        up.wait_for(f"the line by {device} was ended by SIGKILL", after=before)
        up.wait_for(absent, after=before)
        # Nobody waits for it, and nobody is told again that the eight are ready.
        assert sum("is up" in each for each in up.lines) == 1
        up.signal(signal.SIGTERM)
        assert up.wait_for_end() == 0
