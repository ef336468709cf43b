"""Whole nodes: real processes, sockets and files, each on its own loopback address.

Tests observe them from outside: rows of the database, files in the folders, pids.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count, permutations
from pathlib import Path
from typing import NamedTuple, TypeVar

from netrelay.core.words import LANDER
from netrelay.ring.process_bell import ring
from netrelay.runtime.clock import system_clock
from netrelay.runtime.node import open_database
from netrelay.store.database import ReadOnlyDatabase, Row, Value
from tests.cli.command_line import CHECKOUT, CommandLine
from tests.prepared_database import forget_clock
from tests.story.fork_server import ForkedUp, fork_server

KIB = 1024
MIB = 1024 * KIB
CAPACITY_BYTES = 1 * MIB  # the default of a node
STOP_S = 20.0
# Campaigns with large files on a disk need longer deadlines.
DEADLINE_S = float(os.environ.get("NETRELAY_STORY_DEADLINE_S", "60"))
_LOOK_S = 0.005
_RARE_LOOK_S = 0.05
_HOMES_BYTES = 512 * MIB
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))

_addresses = count()
_BLOCKS_A_PROCESS = 4
_Fact = TypeVar("_Fact")


class Dropped(NamedTuple):
    """A dropped file, with what identifies it at its destination."""

    name: bytes
    size_bytes: int
    sha256: str
    mtime_ns: int


class Step(NamedTuple):
    """One row of the audit: an event of a message, and the states that it passed.

    at_s: seconds since boot, so that steps of two nodes on this machine can be ordered.
    """

    message: int
    type: int
    event: str
    walk: str
    actor: str
    effect: str | None
    at_s: float


def free_address() -> str:
    """Return a loopback address that no other test process uses, derived from the pid.

    127.0.0.0/8 is loopback (RFC 6890 section 2.2.2). Each process has 1,016 addresses, more than a
    worker needs in a run: hosts 1 to 254 of four neighbouring blocks.
    """
    pid = os.getpid()
    block, host = divmod(next(_addresses), 254)
    assert block < _BLOCKS_A_PROCESS, f"process {pid} has used up its loopback addresses"
    return f"127.{8 + (pid >> 8) % 60 * _BLOCKS_A_PROCESS + block}.{pid % 256}.{host + 1}"


def wait_for(what: str, look: Callable[[], _Fact], deadline_s: float = DEADLINE_S) -> _Fact:
    """Poll until the function returns a true value; return it. AssertionError at the deadline."""
    began_s = time.monotonic()
    while True:
        found = look()
        if found:
            return found
        waited_s = time.monotonic() - began_s
        if waited_s > deadline_s:
            raise AssertionError(f"after {deadline_s:.0f} s still waiting for {what}")
        # Looks take processor time from the nodes, so they become rarer during a long wait.
        time.sleep(min(max(_LOOK_S, waited_s / 50), _RARE_LOOK_S))


class RunningNode:
    """A node with its home; `start` runs `netrelay up`, `stop` ends it.

    home: an existing home that `netrelay init` did not create; address: where it listens.
    line: runs its commands, by default in this process.
    """

    is_forked = False
    """Whether `netrelay up` is a copy of a process that has imported it (fork_server.py)."""

    def __init__(
        self,
        folder: Path,
        name: str,
        home: Path | None = None,
        address: str | None = None,
        line: CommandLine | None = None,
    ) -> None:
        self.name = name
        self.address = address or free_address()
        self.line = line or CommandLine(home or folder / name)
        self.python = sys.executable
        self.checkout = CHECKOUT
        self.home = self.line.home
        self.log = folder / f"{name}.log"
        self.log.touch()
        self.made = folder / f"{name}.made"
        self.made.mkdir(exist_ok=True)
        self._up: subprocess.Popen[bytes] | ForkedUp | None = None
        self.enter: list[str] = []
        """Words before the command that starts it, such as `nsenter` into a namespace."""
        self.module = "netrelay"
        """What `python -m` starts: the product, or the product with something around it."""
        self._ready_lines = 0
        self._tether: tuple[int, int] | None = None
        if home is None:
            self.line.good("init", name, "--address", self.address)

    # Commands

    def configure(self, **keys: str | int | list[int]) -> None:
        """Change keys of netrelay.toml; they apply at the next start."""
        text = self.home.config.read_text()
        for key, value in keys.items():
            shown = f'"{value}"' if isinstance(value, str) else str(value)
            shown = shown.lower() if isinstance(value, bool) else shown
            text, changed = re.subn(rf"(?m)^{key} = .*$", f"{key} = {shown}", text)
            assert changed == 1, (key, text)
        self.home.config.write_text(text)

    def write_card(self) -> Path:
        """Write the node's card; return its path."""
        card = self.home.path.with_name(f"{self.name}.card")
        self.line.good("id", "--card", str(card))
        return card

    def enrol(self, other: "RunningNode", *rights: str) -> None:
        """Add another node as a peer with these rights."""
        self.line.good("peer", "add", str(other.write_card()))
        for right in rights:
            self.line.good("peer", "allow", other.name, right)

    # Start and stop

    def begin(self) -> None:
        """Start `netrelay up` without waiting; it ends with this process, however that ends."""
        assert self._up is None
        self._ready_lines = self._count_ready()
        reader, writer = os.pipe()
        self._tether = reader, writer
        words = ["up", "--home", str(self.home.path)]
        program = [*self.enter, self.python, "-m", self.module]
        is_plain = (program, self.checkout) == ([sys.executable, "-m", "netrelay"], CHECKOUT)
        with self.log.open("ab") as log, self.line.environment():
            if self.is_forked and is_plain:
                self._up = fork_server().up(words, os.environ, log.fileno(), reader)
                return
            self._up = subprocess.Popen(
                [*program, *words],
                cwd=self.checkout,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(reader,),
                env={**os.environ, "NETRELAY_PARENT_FD": str(reader)},
            )

    def wait_until_ready(self) -> None:
        """Block until all eight processes are ready after the latest start."""

        def look() -> bool:
            assert self._up is not None
            assert self._up.poll() is None, self.describe()
            return self._count_ready() > self._ready_lines

        wait_for(f"{self.name} to be ready", look)
        self._ready_lines = self._count_ready()

    def start(self) -> None:
        """Start the node and wait until it is ready."""
        self.begin()
        self.wait_until_ready()

    def wait_for_end(self) -> int:
        """Block until `netrelay up` has ended by itself; return its exit code."""
        assert self._up is not None
        code = self._up.wait(DEADLINE_S)
        self._forget()
        return code

    def stop(self) -> int | None:
        """Stop the node with SIGTERM; return the exit code, None if it did not run.

        No process is left when it returns or raises.
        """
        if self._up is None:
            return None
        children = [os.pidfd_open(pid) for pid in self._children().values()]
        try:
            self._up.send_signal(signal.SIGTERM)
            return self._up.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()
            raise AssertionError(f"{self.name} did not end: {self.describe()}") from None
        finally:
            for child in children:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(child, signal.SIGKILL)
                os.close(child)
            self._forget()

    def kill_up(self) -> None:
        """Kill only `netrelay up`; its children have to notice its death."""
        assert self._up is not None
        self._up.kill()
        self._up.wait()
        self._forget()

    def _forget(self) -> None:
        assert self._tether is not None
        for descriptor in self._tether:
            os.close(descriptor)
        self._up, self._tether = None, None

    def _count_ready(self) -> int:
        return self.log.read_text(errors="replace").count(f"{self.name} is up: all eight")

    # Processes

    def process_pid(self, process: str) -> int:
        """Block until one of the eight processes runs; return its pid."""
        return wait_for(f"{self.name}'s {process}", lambda: self._children().get(process))  # type: ignore[return-value]

    def kill(self, process: str) -> int:
        """Kill one of the eight processes; return the pid that it had."""
        while True:
            pid = self.process_pid(process)
            # A process that was killed just before may be reaped between the lookup and the signal.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return pid

    def processes(self) -> dict[str, int]:
        """Return the pids of those of the eight that run now."""
        return self._children()

    def pids(self) -> list[int]:
        """Return the pids of its processes that run now."""
        return list(self._children().values())

    def _children(self) -> dict[str, int]:
        found: dict[str, int] = {}
        if self._up is None:
            return found
        tasks = Path(f"/proc/{self._up.pid}/task/{self._up.pid}/children")
        for pid in tasks.read_text().split() if tasks.exists() else []:
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"run" in words:
                    found[words[words.index(b"run") + 1].decode()] = int(pid)
                elif b"land" in words:
                    found[LANDER] = int(pid)
        return found

    # Files

    def drop(self, peer: str, name: str | bytes, content: bytes) -> Dropped:
        """Move a file into the drop folder of a peer."""
        raw = os.fsencode(name)
        made = self.made / os.fsdecode(raw)
        made.write_bytes(content)
        # Neither now nor a whole second, to prove that the time was transferred.
        mtime_ns = 1_234_567_890_123_456_789 + len(content)
        os.utime(made, ns=(mtime_ns, mtime_ns))
        made.rename(self.home.drop / peer / made.name)
        return Dropped(raw, len(content), hashlib.sha256(content).hexdigest(), mtime_ns)

    def wait_for_delivery(self, source: str, dropped: Dropped, name: str | None = None) -> Path:
        """Block until a file is in the inbox, and compare it; return its path."""
        path = self.home.inbox / source / (os.fsdecode(dropped.name) if name is None else name)
        wait_for(f"{path}", path.exists)
        status = path.stat()
        with path.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == dropped.sha256
        assert (status.st_size, status.st_mtime_ns) == (dropped.size_bytes, dropped.mtime_ns)
        assert status.st_mode & 0o7777 == 0o640
        return path

    def inbox_names(self, source: str) -> list[str]:
        """Return the names in the inbox folder of a source."""
        folder = self.home.inbox / source
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []

    def bytes_coming(self) -> int:
        """Return how many bytes of incoming files are durable."""
        return self.number("SELECT coalesce(sum(last - first), 0) FROM ranges")

    # Database

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return the rows of a query, from a read-only connection."""
        database = ReadOnlyDatabase(self.home.database, system_clock())
        try:
            return database.rows(sql, values)
        finally:
            database.close()

    def value(self, sql: str, *values: Value) -> Value:
        """Return the first column of the first row, or None."""
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def wait_for_rows(self, sql: str, *values: Value) -> list[Row]:
        """Block until a query returns rows; return them."""
        return wait_for(f"{self.name}: {sql} {values}", lambda: self.rows(sql, *values))

    def number(self, sql: str, *values: Value) -> int:
        """Return the number that a query selects."""
        value = self.value(sql, *values)
        assert isinstance(value, int), (sql, value)
        return value

    def audit(self, *types: int) -> list[Step]:
        """Return the audit of all messages of these types, in order."""
        rows = self.rows(
            "SELECT m.id, m.type, e.event, e.walk, e.actor, e.effect, e.at_s - c.offset_s"
            " FROM events e JOIN messages m ON m.id = e.message, clock c"
            f" WHERE m.type IN ({', '.join('?' * len(types))}) ORDER BY e.seq",
            *types,
        )
        return [Step(*row) for row in rows]  # type: ignore[arg-type]

    def errors(self) -> list[Row]:
        """Return the error lines of the log; a successful test has none."""
        return self.rows("SELECT process, event, text FROM logs WHERE level = 'error'")

    def wait_until_settled(self) -> None:
        """Block until no work is left: every row final, every file put away."""
        wait_for(f"{self.name} to have nothing left to do", lambda: not self.unsettled())

    def unsettled(self) -> list[str]:
        """Return descriptions of unfinished work."""
        # A hello or reply that is no longer needed goes to D, which is no loss.
        left = [
            f"message {number!s} of type {kind!s} in {state!s}: {reason!s}"
            for number, kind, state, reason in self.rows(
                "SELECT id, type, state, reason FROM messages"
                " WHERE id > 0 AND state <> 'F' AND NOT (type IN (4, 5) AND state = 'D')"
            )
        ]
        left += [
            f"file {name!s}" for (name,) in self.rows("SELECT name FROM files WHERE NOT closed")
        ]
        left += [f"receipt to {to!s}" for (to,) in self.rows("SELECT addressee FROM receipts_due")]
        return left

    def due_now(self) -> None:
        """Make every scheduled retry due now, which would otherwise take a minute."""
        self.change(
            "UPDATE messages SET due_s = 0 WHERE id > 0 AND due_s > 0",
            "UPDATE connections SET due_s = 0",
        )
        with self.line.environment():
            for process in ("processor_s", "initial_sender"):
                ring(self.home.runtime, process)

    def connect_now(self) -> None:
        """Make every pending connection attempt due now."""
        self.change("UPDATE connections SET due_s = 0")
        with self.line.environment():
            ring(self.home.runtime, "processor_s")

    def change(self, *statements: str) -> None:
        """Change the database in one transaction, as only a test does."""
        with self.line.environment():
            database = open_database(self.home, "story")
            try:
                with database.transaction():
                    for statement in statements:
                        database.execute(statement)
            finally:
                database.close()

    def put_off(self, seconds: float) -> None:
        """Postpone retries with a peer, as after many failures."""
        with self.line.environment():
            database = open_database(self.home, "story")
            try:
                with database.transaction():
                    due_s = database.now_s() + seconds
                    database.execute("UPDATE messages SET due_s = ? WHERE state = 'S-5'", (due_s,))
                    database.execute("UPDATE connections SET due_s = ?, failures = 20", (due_s,))
            finally:
                database.close()

    def move(self) -> None:
        """Change the address of a stopped node; its peers and its card keep the old one."""
        self.address = free_address()
        self.configure(address=self.address)

    def lose_database(self) -> None:
        """Replace the database of a stopped node by an empty one."""
        for path in self.home.path.glob(f"{self.home.database.name}*"):
            path.unlink()
        self.line.good("init", self.name)

    def describe(self) -> str:
        """Return a description of the node for the report of a failed test."""
        logs = [f"{row}" for row in self.rows("SELECT process, level, text FROM logs")]
        tail = self.log.read_text(errors="replace").splitlines()[-20:]
        walks = [
            f"{step}"
            for step in self.rows(
                "SELECT round(e.at_s, 2), e.message, m.type, e.event, e.walk, e.reason"
                " FROM events e JOIN messages m ON m.id = e.message ORDER BY seq DESC LIMIT 30"
            )
        ]
        hops = [f"{row}" for row in self.rows("SELECT *, clock() FROM connections")]
        return "\n".join([*self.unsettled(), *hops, *walks, *logs, *tail])


class NodePair(NamedTuple):
    """Two nodes that are peers with rights; in most tests shelf sends and boat receives."""

    shelf: RunningNode
    boat: RunningNode

    def start(self) -> None:
        """Start both nodes concurrently."""
        for node in self:
            node.begin()
        for node in self:
            node.wait_until_ready()

    def wait_until_settled(self) -> None:
        """Block until no work is left on either node."""
        for node in self:
            node.wait_until_settled()


class _Prepared:
    """Nodes that know each other and have done nothing, to be copied: with their addresses."""

    def __init__(self, names: Sequence[str], acquaint: Callable[[list[RunningNode]], None]) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nr-")
        nodes = [RunningNode(Path(self.folder.name), name) for name in names]
        acquaint(nodes)
        for node in nodes:
            forget_clock(node.home.database)
        self.addresses = {node.name: node.address for node in nodes}


# The nodes that are free: those of one set must not run twice.
_prepared: defaultdict[object, list[_Prepared]] = defaultdict(list)


class Homes:
    """A folder of homes, and their nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: list[RunningNode] = []
        self._borrowed: list[tuple[object, _Prepared]] = []

    def give_back(self) -> None:
        """Let others copy the nodes of which these were copies; after all have ended."""
        while self._borrowed:
            key, prepared = self._borrowed.pop()
            _prepared[key].append(prepared)

    def node(self, name: str) -> RunningNode:
        """Create a node without peers; it is not started."""
        node = RunningNode(self.folder, name)
        self.nodes.append(node)
        return node

    def copied(
        self, names: Sequence[str], acquaint: Callable[[list[RunningNode]], None], *more: object
    ) -> list[RunningNode]:
        """Copy nodes that know each other: typing that takes a second for three.

        acquaint: called with new nodes of these names, if none are there to be copied; it may
        depend on `more` and on nothing else.
        """
        key = (*names, acquaint.__qualname__, *more)
        prepared = _prepared[key].pop() if _prepared[key] else _Prepared(names, acquaint)
        self._borrowed.append((key, prepared))
        shutil.copytree(prepared.folder.name, self.folder, symlinks=True, dirs_exist_ok=True)
        nodes = [
            RunningNode(self.folder, name, self.folder / name, prepared.addresses[name])
            for name in names
        ]
        self.nodes += nodes
        return nodes

    def pair(self, shelf_bytes: int = CAPACITY_BYTES, boat_bytes: int = CAPACITY_BYTES) -> NodePair:
        """Create two nodes with these capacities that may deliver to each other; not started."""
        pair = NodePair(*self.copied(("shelf", "boat"), _let_deliver))
        for node, capacity_bytes in zip(pair, (shelf_bytes, boat_bytes), strict=True):
            node.configure(capacity=capacity_bytes)
        return pair


def _let_deliver(nodes: list[RunningNode]) -> None:
    for node, other in permutations(nodes, 2):
        node.enrol(other, "deliver")


@contextmanager
def homes(parent: str | None = None) -> Iterator[Homes]:
    """Yield an empty folder for homes, and stop all nodes at the end.

    It is in this folder, by default on tmpfs if that has room.
    """
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and shutil.disk_usage(memory).free > _HOMES_BYTES * _WORKERS
    if parent is None and in_memory:
        parent = str(memory)
    with tempfile.TemporaryDirectory(prefix="nr-", dir=parent) as folder:
        found = Homes(Path(folder))
        try:
            yield found
        finally:
            for node in found.nodes:
                node.stop()
            # Nodes that a test started by typing end when it closes their pipe, a little later.
            for lock in found.folder.rglob("up.lock"):
                wait_for(f"the end of the node with {lock}", partial(_is_free, lock))
            found.give_back()


def _is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
