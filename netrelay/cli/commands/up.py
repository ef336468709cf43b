"""`netrelay up`: the eight processes of a node, in the foreground."""

import fcntl
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, read_config, reading, running
from netrelay.cli.queries.serial_lines import SerialWay, serial_lines
from netrelay.cli.systemd.units import TARGET, ask
from netrelay.core.words import LANDER, PROCESSES
from netrelay.runtime.config import Config
from netrelay.runtime.home import Home
from netrelay.runtime.loop import import_processes, run
from netrelay.store.old_folders import DROP, folder_names
from netrelay.supervise.forked_process import name_this_process
from netrelay.supervise.supervisor import Supervisor

# Children of a killed `up` end within their own grace period.
_PREDECESSORS_S = 15.0
# Of the folders that are named at the start.
_MOST_NAMED = 16


def process_work(process: str, home: Home) -> Callable[[], int]:
    """Return what a process does, as a process that `ps` shows as it is typed."""
    words = ["land"] if process == LANDER else ["run", process]

    def work() -> int:
        name_this_process(["netrelay", *words, "--home", str(home.path)])
        return run(process, home)

    return work


def line_work(line: SerialWay, home: Home) -> Callable[[], int]:
    """Return what the process of a serial line does; `ps` shows it as it is typed."""

    def work() -> int:
        # The eight, which are copies of this process, do without it.
        from netrelay.serial.line_process import run_line, say_on_stderr

        name_this_process(["netrelay", "serial", line.device, "--home", str(home.path)])
        try:
            return run_line(home.lines, line.way, say_on_stderr(line.peer))
        except BlockingIOError:
            return Exit.TRY_AGAIN  # somebody runs it by hand; it is this one's when that ends

    return work


def parser() -> CommandParser:
    """Return the argument parser."""
    return CommandParser(
        "up",
        "Start the node here: run its eight processes, and one for each serial line to a peer, and"
        "\nstart again what dies."
        "\nCtrl-C (or SIGTERM) stops them all; a second Ctrl-C does not wait for them.",
    )


def main(
    arguments: Sequence[str],
    home: Home,
    work_of: Callable[[str, Home], Callable[[], int]] = process_work,
) -> int:
    """Run until Ctrl-C or SIGTERM; work_of: what each process does."""
    parser().read(arguments)
    config = read_config(home)
    _refuse_units(home)
    try:
        home.make_runtime()
    except ValueError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    lock = take_lock(home)
    _refuse_others(home)
    import_processes()
    # The collector would write into pages that the eight share with this process.
    gc.collect()
    gc.freeze()
    beside = (LANDER,) if config.land.is_wanted else ()
    supervisor = Supervisor(
        {name: work_of(name, home) for name in (*PROCESSES, *beside)},
        home.runtime / "up.notify",
        _say,
        lambda: _go_on(config, home, supervisor),
        # Held by the children too, so that the next `up` waits until the last of them has ended.
        kept_open=(lock,),
    )
    return supervisor.run()


def _go_on(config: Config, home: Home, supervisor: Supervisor) -> None:
    """Print that the eight are ready, and start the lines: only now the database is up to date."""
    _tell_ready(config, home)
    with reading(home) as database:
        lines = serial_lines(database)
    for line in lines:
        supervisor.begin_beside(f"the line by {line.device}", line_work(line, home))


def take_lock(home: Home) -> int:
    """Acquire the lock of a home for one `up`; CommandError names its holder.

    Returns its descriptor: the lock is held until every copy of it is closed.
    """
    descriptor = os.open(home.runtime / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        if not holder.isdigit() or Path(f"/proc/{holder}").exists():
            raise CommandError(
                Exit.TRY_AGAIN,
                f"the node in {home.path} is up already (pid {holder or 'unknown'})",
            ) from None
        _say(f"waiting for what `{command(home, 'up')}` with pid {holder} left running")
        _wait_for(descriptor, home)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _wait_for(descriptor: int, home: Home) -> None:
    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PREDECESSORS_S)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except TimeoutError:
        raise CommandError(
            Exit.TRY_AGAIN,
            f"processes of an earlier `{command(home, 'up')}` still run for {home.path}"
            f" (`ps ax | grep '{command_there('run')}'` shows them)",
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _refuse_units(home: Home) -> None:
    """Raise CommandError where systemd runs the node: two would conflict at locks and ports."""
    if any(unit.is_up for unit in ask(home).values()):
        raise CommandError(
            Exit.TRY_AGAIN,
            f"systemd runs the node in {home.path} (`{command(home, 'status')}` says how it is):"
            f" `sudo systemctl stop {TARGET}` stops it first",
        )


def _refuse_others(home: Home) -> None:
    others = [process for process, listens in running(home).items() if listens]
    if others:
        raise CommandError(
            Exit.TRY_AGAIN,
            f"{', '.join(others)} of the node in {home.path} run already, started by systemd or"
            " by hand: stop them first",
        )


def _tell_ready(config: Config, home: Home) -> None:
    lines = [f"{config.name} is up: all eight processes are ready"]
    with reading(home) as database:
        peers = sorted(folder_names(database, DROP).values())
    if peers:
        named = peers if len(peers) <= _MOST_NAMED else [*peers[:_MOST_NAMED], "..."]
        folders = peers[0] if len(peers) == 1 else f"{{{','.join(named)}}}"
        lines.append(f"drop files into {home.drop}/{folders}/; Ctrl-C stops the node")
    else:
        lines.append(f"it knows no peer yet: `{command(home, 'peer add CARD')}` enrols one")
    with suppress(OSError):
        print("\n".join(lines), flush=True)


def _say(text: str) -> None:
    # A closed terminal must not prevent an orderly stop of the children.
    with suppress(OSError):
        # print() writes twice, and lines of processes would mix on a terminal.
        sys.stderr.write(f"netrelay up: {text}\n")
        sys.stderr.flush()
