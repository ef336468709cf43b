"""The nodes of the benchmark: a pair, and a third one behind a relay."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from bench.pair.errors import BenchError
from bench.pair.footprint import children
from bench.pair.waiting import Deadline
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

COMMSPORT = 27411
DATAPORT = 27412
_STOP_S = 15
_QUOTA = "16G"


class Seat(NamedTuple):
    """Home, runtime directory and address of a node; before: words put before its commands."""

    name: str
    home: Path
    runtime: Path
    address: str
    before: tuple[str, ...] = ()


class BenchNode:
    """A node: its home, its commands, and its `netrelay up`."""

    def __init__(self, seat: Seat, deadline: Deadline) -> None:
        self.name = seat.name
        self.home = Home(seat.home)
        self.start_s = 0.0
        self._address = seat.address
        self._before = seat.before
        self._runtime = seat.runtime
        self._deadline = deadline
        self._log = seat.runtime.with_suffix(".log")
        self._up: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Create the home."""
        ports = ("--commsport", str(COMMSPORT), "--dataport", str(DATAPORT))
        self.netrelay("init", self.name, "--address", self._address, *ports)

    def configure(self, key: str, value: int) -> None:
        """Change a key of its configuration; it applies at the next start."""
        text = self.home.config.read_text()
        text, changed = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        if changed != 1:
            raise BenchError(f"{self.home.config} has {changed} lines of the key {key}")
        self.home.config.write_text(text)

    def enrol(self, other: "BenchNode", *rights: str) -> None:
        """Add another node as a peer with these rights."""
        card = self._log.with_suffix(".card")
        other.netrelay("id", "--card", str(card))
        self.netrelay("peer", "add", str(card))
        for right in rights:
            self.netrelay("peer", "allow", other.name, *right.split())
        # Without it a peer may keep a quarter of the disk: less than a file of the benchmark.
        self.netrelay("peer", "quota", other.name, _QUOTA)
        card.unlink()

    def netrelay(self, *arguments: str) -> str:
        """Run one command for this node; return its output."""
        command = self.command(*arguments)
        limit_s = self._deadline.left_s()
        try:
            run = subprocess.run(
                command, capture_output=True, text=True, timeout=limit_s, env=self.environment()
            )
        except subprocess.TimeoutExpired as error:
            self._deadline.left_s()
            raise BenchError(
                f"netrelay {' '.join(arguments)} did not end within {limit_s:.0f} s"
            ) from error
        if run.returncode:
            raise BenchError(
                f"netrelay {' '.join(arguments)} exited with {run.returncode}: {run.stderr.strip()}"
            )
        return run.stdout

    def start(self, parent_fd: int) -> None:
        """Start `netrelay up` and wait until it is ready; it ends with this process in any case."""
        begin_s = time.monotonic()
        environment = {**self.environment(), "NETRELAY_PARENT_FD": str(parent_fd)}
        with self._log.open("wb") as log:
            self._up = subprocess.Popen(
                self.command("up"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(parent_fd,),
                env=environment,
                # Ctrl-C reaches only this process, which stops the nodes.
                process_group=0,
            )
        self._deadline.wait(f"{self.name} to be ready", self._is_ready)
        self.start_s = time.monotonic() - begin_s

    def stop(self) -> None:
        """Stop the node with SIGTERM, after 15 s with SIGKILL."""
        up, self._up = self._up, None
        if up is None or up.poll() is not None:
            return
        up.send_signal(signal.SIGTERM)
        try:
            up.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            up.kill()
            up.wait()

    def pids(self) -> list[int]:
        """Return the process ids of the eight processes."""
        return self.all_pids()[1:]

    def all_pids(self) -> list[int]:
        """Return the process ids of `netrelay up` and of the eight."""
        if self._up is None or self._up.poll() is not None:
            raise BenchError(f"{self.name}: `netrelay up` has ended: {self.log_tail()}")
        return [self._up.pid, *children(self._up.pid)]

    def log_tail(self) -> str:
        """Return the end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])

    def count(self, sql: str) -> int:
        """Return the number that a query selects."""
        database = ReadOnlyDatabase(self.home.database, system_clock())
        try:
            return int(str(database.value(sql)))
        finally:
            database.close()

    def send_texts(self, peer: str, lines: bytes) -> None:
        """Run `netrelay message --lines`; the texts are durable here when it returns."""
        command = self.command("message", "--lines", "--to", peer)
        limit_s = self._deadline.left_s()
        try:
            run = subprocess.run(
                command, input=lines, capture_output=True, timeout=limit_s, env=self.environment()
            )
        except subprocess.TimeoutExpired as error:
            self._deadline.left_s()
            raise BenchError(f"netrelay message did not end within {limit_s:.0f} s") from error
        if run.returncode:
            raise BenchError(
                f"netrelay message exited with {run.returncode}: {run.stderr.decode()}"
            )

    # The texts are not counted: that would take longer the more there are.

    def last_text(self) -> int:
        """Return the number of the text that arrived last; they have no gaps."""
        return self.count("SELECT coalesce(max(id), 0) FROM texts")

    def last_message(self) -> int:
        """Return the number of the newest message."""
        return self.count("SELECT max(id) FROM messages")

    def has_open_texts(self, last: int) -> bool:
        """Return True while a text that was sent after message `last` has no receipt."""
        sql = f"SELECT EXISTS (SELECT 1 FROM messages WHERE id > {last} AND type = 1"
        return bool(self.count(f"{sql} AND parent = 0 AND state <> 'F')"))

    def delivered_jobs(self) -> int:
        """Count the jobs with receipts; BenchError when one is dead."""
        if self.count("SELECT count(*) FROM messages WHERE type = 6 AND state = 'D'"):
            raise BenchError(f"{self.name}: a job died; its log: {self.log_tail()}")
        return self.count("SELECT count(*) FROM messages WHERE type = 6 AND state = 'F'")

    def open_files(self) -> int:
        """Count the files that are not put away (source) or not delivered (destination)."""
        return self.count("SELECT count(*) FROM files WHERE closed = 0")

    def command(self, *arguments: str) -> list[str]:
        """Return the words of a command for this node."""
        program = [sys.executable, "-P", "-m", "netrelay"]
        return [*self._before, *program, *arguments, "--home", str(self.home.path)]

    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        passed = {
            k: v for k, v in os.environ.items() if k not in ("NETRELAY_HOME", "NOTIFY_SOCKET")
        }
        return {**passed, "NETRELAY_RUNTIME_DIRECTORY": str(self._runtime)}

    def _is_ready(self) -> bool:
        if self._up is not None and self._up.poll() is not None:
            raise BenchError(f"{self.name}: `netrelay up` ended: {self.log_tail()}")
        return f"{self.name} is up" in self._log.read_text(errors="replace")


class BenchPair:
    """A source and a destination that are peers; stopped when the block ends."""

    def __init__(self, source: Seat, destination: Seat, deadline: Deadline) -> None:
        self.source = BenchNode(source, deadline)
        self.destination = BenchNode(destination, deadline)
        self.deadline = deadline
        self._held: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        nodes = (self.source, self.destination)
        for node in nodes:
            node.make()
        self.source.enrol(self.destination, "deliver")
        self.destination.enrol(self.source, "deliver")
        # The nodes end when this pipe closes, even if this process is killed.
        self._held = os.pipe()
        try:
            for node in nodes:
                node.start(self._held[0])
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop()
        for descriptor in self._held or ():
            os.close(descriptor)
        self._held = None

    def _stop(self) -> None:
        self.source.stop()
        self.destination.stop()

    @property
    def drop(self) -> Path:
        """The drop folder of the source for the destination."""
        return self.source.home.drop / self.destination.name

    @property
    def inbox(self) -> Path:
        """The folder of the destination for files of the source."""
        return self.destination.home.inbox / self.source.name

    @property
    def nodes(self) -> tuple[BenchNode, ...]:
        """All nodes that take part in a transfer."""
        return self.source, self.destination

    def restart(self) -> None:
        """Stop both nodes in order, and start them again."""
        assert self._held is not None
        self._stop()
        for node in self.nodes:
            node.start(self._held[0])

    def pids(self) -> list[int]:
        """Return the process ids of all nodes."""
        return [pid for node in self.nodes for pid in node.pids()]

    def wait_for_receipts(self, jobs: int) -> float:
        """Block until this many jobs have receipts; return that time.monotonic()."""
        self.deadline.wait("the receipts", lambda: self.source.delivered_jobs() >= jobs)
        return time.monotonic()

    def wait_until_idle(self) -> None:
        """Block until every file is put away or delivered on all nodes."""
        self.deadline.wait(
            "the nodes to idle", lambda: not any(node.open_files() for node in self.nodes)
        )

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Remove the sent and received files when the block ends."""
        try:
            yield
        finally:
            for folder in (self.inbox, self.source.home.sent / self.destination.name):
                for entry in folder.iterdir() if folder.is_dir() else ():
                    entry.unlink(missing_ok=True)


class Relayed(BenchPair):
    """The source of a running pair, and a third node behind the destination as relay."""

    def __init__(self, pair: BenchPair, third: Seat) -> None:
        self.source = pair.source
        self.relay = pair.destination
        self.destination = BenchNode(third, pair.deadline)
        self.deadline = pair.deadline
        self._held = None

    def __enter__(self) -> Self:
        source, relay, destination = self.nodes
        destination.make()
        source.enrol(destination)
        source.netrelay("peer", "route", destination.name, "--via", relay.name)
        relay.enrol(destination, "relay")
        relay.netrelay("peer", "allow", source.name, "relay")
        destination.enrol(source, "deliver")
        destination.enrol(relay, f"carry {source.name}")
        destination.netrelay("peer", "route", source.name, "--via", relay.name)
        self._held = os.pipe()
        try:
            destination.start(self._held[0])
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _stop(self) -> None:
        self.destination.stop()

    @property
    def nodes(self) -> tuple[BenchNode, ...]:
        """All nodes that take part in a transfer."""
        return self.source, self.relay, self.destination
