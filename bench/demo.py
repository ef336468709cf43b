"""Demo: three nodes on this machine exchange files; every result is checked and printed.

    shelf --> boat --> buoy     boat receives files, and relays one that it cannot read; nobody can
                                dial buoy, which calls boat and receives on that connection

    demo/
      .netrelay-demo     marker: each run removes and recreates the folder
      made/              the files that are sent
      shelf/ boat/ buoy/ the homes of the nodes; kept
      shelf.log ...      output of `netrelay up` and its processes

Exit status: 0 everything arrived and is correct, 1 otherwise, 69 a port is in use, 73 demo/ has no
marker.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import NamedTuple, NoReturn

from netrelay.cli.text import duration, size, table
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

DEMO = Path(__file__).resolve().parent.parent / "demo"
MARKER = DEMO / ".netrelay-demo"
PORTS = (7411, 7412)
DEADLINE_S = 120.0
LARGE = "large.bin"
LARGE_BYTES = 64 * 1024 * 1024
RELAYED = "for-the-buoy.bin"
RELAYED_BYTES = 8 * 1024 * 1024
SMALL_FILES = 10
LOOK_S = 0.1
LOG_LINES = 20


class DemoPlan(NamedTuple):
    """A node of the demo; the first one sends to the others."""

    name: str
    address: str
    capacity_bytes: int
    can_be_dialled: bool = True


PLANS = (
    DemoPlan("shelf", "127.0.0.1", 1024 * 1024),
    DemoPlan("boat", "127.0.0.2", 512 * 1024),
    DemoPlan("buoy", "127.0.0.3", 128 * 1024, can_be_dialled=False),
)


class DemoError(Exception):
    """The demo failed; the text has the reason."""

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Deadline:
    """A time limit for the whole demo."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._end_s = time.monotonic() + limit_s

    def wait(self, what: str, is_done: Callable[[], bool]) -> float:
        """Poll ten times a second until it is done; return the seconds that it took."""
        begin_s = time.monotonic()
        while not is_done():
            if time.monotonic() > self._end_s:
                raise DemoError(f"after {self._limit_s:.0f} s still waiting for {what}")
            time.sleep(LOOK_S)
        return time.monotonic() - begin_s


class DemoNode:
    """A node: its home, its commands, and its `netrelay up`."""

    def __init__(self, plan: DemoPlan) -> None:
        self.name, self.address, self.capacity_bytes, self.can_be_dialled = plan
        self.home = Home(DEMO / plan.name)
        self.log = DEMO / f"{plan.name}.log"
        self._up: subprocess.Popen[bytes] | None = None

    def make(self) -> str:
        """Create the node with its capacity; return its id."""
        self.netrelay("init", self.name, "--address", self.address)
        text = self.home.config.read_text()
        capacity = f"capacity = {self.capacity_bytes}"
        text = re.sub(r"(?m)^capacity = .*$", capacity, text)
        dialled = f"can_be_dialled = {str(self.can_be_dialled).lower()}"
        self.home.config.write_text(re.sub(r"(?m)^can_be_dialled = .*$", dialled, text))
        return str(json.loads(self.netrelay("id", "--json"))["node"])

    def netrelay(self, *arguments: str) -> str:
        """Run one command for this node; return its output."""
        command = self._command(*arguments)
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if run.returncode:
            raise DemoError(
                f"{' '.join(command)}\n  exited with {run.returncode}: {run.stderr.strip()}"
            )
        return run.stdout

    def start(self, parent_fd: int) -> None:
        """Start `netrelay up`; it ends with this process, however that ends."""
        with self.log.open("wb") as log:
            self._up = subprocess.Popen(
                self._command("up"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(parent_fd,),
                env={**os.environ, "NETRELAY_PARENT_FD": str(parent_fd)},
                # Ctrl-C reaches only this process, which stops the nodes.
                process_group=0,
            )

    def is_ready(self) -> bool:
        """Return True if all eight processes are ready; DemoError when `up` has ended."""
        if self._up is not None and self._up.poll() is not None:
            raise DemoError(f"{self.name}: `netrelay up` ended with {self._up.returncode}")
        return f"{self.name} is up" in self.log.read_text(errors="replace")

    def stop(self) -> str | None:
        """Stop the node; return a complaint if it did not end in order."""
        up, self._up = self._up, None
        if up is None:
            return None
        if up.poll() is None:
            up.send_signal(signal.SIGTERM)
        try:
            code = up.wait(timeout=20)
        except subprocess.TimeoutExpired:
            up.kill()
            up.wait()
            return f"{self.name}: `netrelay up` did not end within 20 s of SIGTERM"
        return f"{self.name}: `netrelay up` ended with {code}" if code else None

    @contextmanager
    def database(self) -> Iterator[ReadOnlyDatabase]:
        """Open the database for reading."""
        database = ReadOnlyDatabase(self.home.database, system_clock())
        try:
            yield database
        finally:
            database.close()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "netrelay", *arguments, "--home", str(self.home.path)]


class Progress:
    """Progress: one updated line on a terminal, else a line for every ten per cent."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._last_step = -1

    def show(self, fraction: float, text: str) -> None:
        """Print the progress."""
        step = int(fraction * 10)
        bar = "#" * (2 * step)
        if self._is_terminal:
            print(f"\r  [{bar:20}] {text}\033[K", end="", flush=True)
        elif step > self._last_step:
            print(f"  [{bar:20}] {text}", flush=True)
        self._last_step = max(step, self._last_step)

    def end(self) -> None:
        """End the line."""
        if self._is_terminal:
            print()


def main() -> int:
    """Run the demo; return the exit status."""
    for name in ("NETRELAY_RUNTIME_DIRECTORY", "NETRELAY_HOME", "NOTIFY_SOCKET"):
        os.environ.pop(name, None)
    begin_s = time.monotonic()
    try:
        check_ports()
        with lay_out() as deadline:
            nodes = [DemoNode(plan) for plan in PLANS]
            faults = run_nodes(nodes, deadline)
    except DemoError as error:
        print(f"netrelay demo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nnetrelay demo: interrupted; the nodes are stopped", file=sys.stderr)
        return 130
    for fault in faults:
        print(f"netrelay demo: {fault}", file=sys.stderr)
    if faults:
        return 1
    print_hints(nodes, time.monotonic() - begin_s)
    return 0


def run_nodes(nodes: list[DemoNode], deadline: Deadline) -> list[str]:
    """Run the exchange, and stop the nodes in any case; return the faults."""
    # The nodes end when this pipe closes, even if this process is killed.
    parent, held = os.pipe()
    try:
        faults = exchange(nodes, parent, deadline)
    except DemoError as error:
        faults = [str(error)]
    finally:
        if sys.exc_info()[0] is None and faults:
            diagnose(nodes)
        complaints = [complaint for complaint in map(DemoNode.stop, nodes) if complaint]
        os.close(parent)
        os.close(held)
    return faults + complaints


def check_ports() -> None:
    """Raise DemoError for a port in use, before the nodes fail to listen on it."""
    for plan in PLANS:
        for port in PORTS:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((plan.address, port))
                except OSError as error:
                    raise DemoError(
                        f"{plan.address} port {port}: {error.strerror}; the demo needs the ports"
                        f" {PORTS[0]} and {PORTS[1]} there (`ss -ltnp 'sport = :{port}'` shows"
                        " who has it)",
                        69,
                    ) from error


@contextmanager
def lay_out() -> Iterator[Deadline]:
    """Recreate demo/ and lock it, so that two demos cannot disturb each other."""
    if DEMO.exists() and not MARKER.exists() and any(DEMO.iterdir()):
        raise DemoError(f"{DEMO} is not a demo's folder ({MARKER.name} is missing): move it", 73)
    DEMO.mkdir(exist_ok=True)
    with MARKER.open("a") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"another demo runs in {DEMO}", 69) from None
        for entry in DEMO.iterdir():
            if entry.is_dir():
                shutil.rmtree(Home(entry).runtime, ignore_errors=True)
                shutil.rmtree(entry)
            elif entry != MARKER:
                entry.unlink()
        yield Deadline(DEADLINE_S)


def exchange(nodes: list[DemoNode], parent_fd: int, deadline: Deadline) -> list[str]:
    """Create the nodes, send files, wait for receipts; return the faults."""
    shelf, boat, buoy = nodes
    print(f"{len(nodes)} nodes on this machine, in {DEMO}")
    for node in nodes:
        identity = node.make()
        print(
            f"  {node.name:6} {node.address}  {identity}, takes {size(node.capacity_bytes)} at once"
            f"{'' if node.can_be_dialled else ', nobody can dial it'}"
        )
    for one, other in permutations(nodes, 2):
        enrol(one, other)
    print("  they have each other's cards, and may deliver to each other")
    route(shelf, boat, buoy)
    for node in nodes:
        node.start(parent_fd)
    took_s = deadline.wait("the processes to be ready", lambda: all(n.is_ready() for n in nodes))
    print(f"  {8 * len(nodes)} processes are ready after {took_s:.1f} s")

    hashes = make_files()
    drop(hashes, shelf, boat, deadline)
    relayed = drop_relayed(nodes, deadline)
    waited_s = deadline.wait("the receipts", lambda: not any(unfinished(n) for n in nodes))
    print(f"  the receipts are back, and nothing is left to do, after {waited_s:.1f} s more")
    faults = compare(hashes, shelf, boat) + compare(relayed, shelf, buoy)
    faults += look_for_name(shelf, boat) + look_for_call(boat, buoy)
    print("\nwhat the databases counted")
    print("\n".join(count_messages(nodes)))
    for node in nodes:
        print(f"\nthe walk of {RELAYED}, at {node.name}")
        print(node.netrelay("trace", RELAYED if node is not boat else carried(boat)), end="")
    return faults


def route(shelf: DemoNode, boat: DemoNode, buoy: DemoNode) -> None:
    """Make boat the relay between shelf and buoy."""
    shelf.netrelay("peer", "route", buoy.name, "--via", boat.name)
    buoy.netrelay("peer", "route", shelf.name, "--via", boat.name)
    buoy.netrelay("peer", "allow", boat.name, "carry", shelf.name)
    for end in (shelf, buoy):
        boat.netrelay("peer", "allow", end.name, "relay")
    print(f"  {shelf.name} and {buoy.name} reach each other through {boat.name} alone")


def drop_relayed(nodes: list[DemoNode], deadline: Deadline) -> dict[str, str]:
    """Send a file through boat, and wait until it has left the spool there."""
    shelf, boat, buoy = nodes
    content = os.urandom(RELAYED_BYTES)
    made = DEMO / "made" / RELAYED
    made.write_bytes(content)
    folder = shelf.home.drop / buoy.name
    print(f"\ndropping {size(RELAYED_BYTES)} into {shown(folder)}/, to go through {boat.name}")
    made.rename(folder / RELAYED)
    arrived = buoy.home.inbox / shelf.name / RELAYED

    def is_there() -> bool:
        for node in nodes:
            unfinished(node)
        return arrived.exists()

    took_s = deadline.wait(f"{RELAYED} to arrive", is_there)
    print(f"  it is in the inbox after {took_s:.1f} s, {size(int(RELAYED_BYTES / took_s))}/s")
    deadline.wait(f"{boat.name} to let go of it", lambda: not list(boat.home.spool.iterdir()))
    return {RELAYED: hashlib.sha256(content).hexdigest()}


def carried(boat: DemoNode) -> str:
    """Return the message number of the relayed file at boat, which does not know its name."""
    with boat.database() as database:
        return str(database.value("SELECT min(id) FROM messages WHERE type = 2 AND salt NOTNULL"))


def look_for_name(shelf: DemoNode, boat: DemoNode) -> list[str]:
    """Return a fault if the name of the relayed file is anywhere on the disk of boat.

    The search is validated on shelf, where it must find the name.
    """

    def places(node: DemoNode) -> list[Path]:
        files = [path for path in node.home.path.rglob("*") if path.is_file()]
        return [path for path in files if RELAYED.encode() in path.read_bytes()]

    if not places(shelf):
        return [f"{RELAYED} is not found at {shelf.name}: the search finds nothing"]
    found = places(boat)
    if not found:
        print(f"  nowhere on the disk of {boat.name} is the name {RELAYED}")
    return [f"{path} knows the name {RELAYED}" for path in found]


def look_for_call(boat: DemoNode, buoy: DemoNode) -> list[str]:
    """Return a fault if what boat sent to buoy did not go over a call of buoy."""
    with boat.database() as database:
        calls = database.value("SELECT calls FROM peer_overview WHERE peer = ?", (buoy.name,))
    with buoy.database() as database:
        call = database.value("SELECT call FROM peer_overview WHERE peer = ?", (boat.name,))
    if (calls, call) != (1, "open"):
        return [f"{buoy.name} has no call open to {boat.name}"]
    print(f"  {boat.name} never dialled {buoy.name}, whose call brought it there")
    return []


def drop(
    hashes: dict[str, str], source: DemoNode, destination: DemoNode, deadline: Deadline
) -> None:
    """Move the files into the drop folder, and wait until they are in the inbox."""
    folder = source.home.drop / destination.name
    print(f"\ndropping {size(LARGE_BYTES)} and {SMALL_FILES} small files into {shown(folder)}/")
    begin_s = time.monotonic()
    for name in hashes:
        (DEMO / "made" / name).rename(folder / name)
    follow(destination, source, hashes, deadline)
    took_s = time.monotonic() - begin_s
    inbox = destination.home.inbox / source.name
    total_bytes = sum((inbox / name).stat().st_size for name in hashes)
    print(f"  all of it is in the inbox after {took_s:.1f} s, {size(int(total_bytes / took_s))}/s")


def enrol(node: DemoNode, other: DemoNode) -> None:
    """Add the card of another node as a peer that may deliver."""
    card = DEMO / f"{other.name}.card"
    other.netrelay("id", "--card", str(card))
    node.netrelay("peer", "add", str(card))
    node.netrelay("peer", "allow", other.name, "deliver")


def make_files() -> dict[str, str]:
    """Create the files; return their SHA-256 by name."""
    folder = DEMO / "made"
    folder.mkdir()
    sizes = {f"small-{number}.txt": 100 * number + 1 for number in range(SMALL_FILES)}
    hashes = {}
    for name, size_bytes in {LARGE: LARGE_BYTES, **sizes}.items():
        content = os.urandom(size_bytes)
        (folder / name).write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    return hashes


def follow(
    destination: DemoNode, source: DemoNode, hashes: dict[str, str], deadline: Deadline
) -> None:
    """Print the progress until every file is in the inbox."""
    inbox = destination.home.inbox / source.name
    progress = Progress()

    def is_done() -> bool:
        unfinished(source)
        here = [name for name in hashes if (inbox / name).exists()]
        large_bytes = LARGE_BYTES if LARGE in here else incoming_bytes(destination)
        small = len([name for name in here if name != LARGE])
        progress.show(
            large_bytes / LARGE_BYTES,
            f"{size(large_bytes)} of {size(LARGE_BYTES)}, {small} of {SMALL_FILES} small files",
        )
        return len(here) == len(hashes)

    try:
        deadline.wait("the files to arrive", is_done)
    finally:
        progress.end()


def incoming_bytes(node: DemoNode) -> int:
    """Return how many bytes of incoming files are durable."""
    with node.database() as database:
        found = database.value("SELECT coalesce(sum(last - first), 0) FROM ranges")
    return int(str(found))


def unfinished(node: DemoNode) -> int:
    """Count unfinished messages and unclaimed files; DemoError when a message is dead."""
    with node.database() as database:
        reason = database.value("SELECT reason FROM messages WHERE state = 'D' LIMIT 1")
        if reason is not None:
            raise DemoError(f"{node.name}: a message died: {reason!s}")
        moving = database.value("SELECT count(*) FROM messages WHERE id > 0 AND state <> 'F'")
    return int(str(moving)) + len(list(node.home.drop.glob("[!.]*/*")))


def compare(hashes: dict[str, str], source: DemoNode, destination: DemoNode) -> list[str]:
    """Compare the hashes of what arrived; return wrong and unexpected files as faults."""
    inbox = destination.home.inbox / source.name
    faults = []
    for name, wanted in hashes.items():
        with (inbox / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wanted:
            faults.append(f"{inbox / name} has SHA-256 {found}, {wanted} was sent")
    strange = sorted({entry.name for entry in inbox.iterdir()} - hashes.keys())
    faults += [f"{inbox / name} was never sent" for name in strange]
    if not faults:
        print(f"  {destination.name}: SHA-256 of all {len(hashes)} is that of what was sent")
    return faults


def count_messages(nodes: list[DemoNode]) -> list[str]:
    """Return a table of the messages in each database by type and state."""
    found: dict[tuple[int, str], dict[str, int]] = {}
    for node in nodes:
        with node.database() as database:
            for kind, state, count in database.rows(
                "SELECT type, state, count(*) FROM messages WHERE id > 0 GROUP BY type, state"
            ):
                key = int(str(kind)), str(state)
                found.setdefault(key, {})[node.name] = int(str(count))
    rows = [
        [f"  {kind}  {type_words(kind)}", f"{state}  {state_words(state)}"]
        + [f"{counts.get(node.name, 0):>{len(node.name)}}" for node in nodes]
        for (kind, state), counts in sorted(found.items())
    ]
    return table(("  TYPE", "STATE", *(node.name for node in nodes)), rows)


def print_hints(nodes: list[DemoNode], took_s: float) -> None:
    """Print which folders and commands show the result."""
    source, destination, last = nodes
    home = shown(source.home.path)
    print(f"\nall is right, after {duration(took_s)}; the nodes are stopped. To look at:")
    rows = [
        (f"  {shown(destination.home.inbox / source.name)}/", "what arrived"),
        (f"  {shown(last.home.inbox / source.name)}/", f"what came through {destination.name}"),
        (f"  {shown(source.home.sent / destination.name)}/", "what was dropped, kept"),
        (f"  {shown(source.log)}", f"what {source.name}'s processes said"),
        (f"  netrelay status --home {home}", f"what {source.name} knows"),
        (f"  netrelay trace small-0.txt --home {home}", "the walk of a small file"),
        (f"  netrelay up --home {home}", f"start {source.name} again"),
    ]
    width = max(len(left) for left, _ in rows)
    print("\n".join(f"{left:{width}}  {right}" for left, right in rows))


def diagnose(nodes: list[DemoNode]) -> None:
    """Print the status of each node, and the end of its log."""
    for node in nodes:
        if not node.home.database.exists():
            continue
        print(f"\n--- {node.name}: netrelay status", file=sys.stderr)
        try:
            print(node.netrelay("status"), end="", file=sys.stderr)
        except (DemoError, subprocess.TimeoutExpired) as error:
            print(error, file=sys.stderr)
        if node.log.exists():
            lines = node.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            print(f"--- {node.name}: end of {node.log}", *lines, sep="\n", file=sys.stderr)


def shown(path: Path) -> str:
    """Return a path relative to the working directory if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _stop_on_sigterm(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop_on_sigterm)
    sys.exit(main())
