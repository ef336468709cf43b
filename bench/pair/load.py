"""The loads: a large file, many small files, texts; sent by netrelay and its peers in turn."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.pair.errors import BenchError, TimeIsUpError
from bench.pair.figures import Figures
from bench.pair.footprint import processor_s
from bench.pair.nodes import BenchPair, Relayed
from bench.pair.place import BenchPlace, Side
from bench.pair.waiting import Arrivals
from bench.peers.peer import FilePeer

MEBIBYTE = 1024 * 1024


class Load(NamedTuple):
    """Files of one size; name: part of the names of its figures."""

    name: str
    files: int
    size_bytes: int

    @property
    def payload_bytes(self) -> int:
        """Bytes of content of all files."""
        return self.files * self.size_bytes

    def rate(self, took_s: float) -> float:
        """Return the rate of this load: files per second of many files, MiB/s of one."""
        return (self.files if self.files > 1 else self.payload_bytes / MEBIBYTE) / took_s


LARGE = Load("large", 1, 256 * MEBIBYTE)
SMALL = Load("small", 2000, 4096)


TEXTS = Load("texts", 4000, 256)


class Track:
    """Runs loads with one pair of nodes and with its peers in turn, and collects the figures.

    A peer that fails is left out from then on; `left_out` has the reason.
    """

    def __init__(
        self, place: BenchPlace, pair: BenchPair, peers: Sequence[FilePeer], figures: Figures
    ) -> None:
        """Use these peers, which have started."""
        self._place = place
        self._pair = pair
        self._peers = list(peers)
        self._figures = figures
        self.left_out: dict[str, str] = {}

    def round(self, load: Load, number: int) -> None:
        """Run one load with each contestant once, beginning with another one in each round."""
        contestants: list[Callable[[], None]] = [
            lambda: send_files(self._pair, two_sides(self._place), load, number, self._figures)
        ]
        contestants += [partial(self._peer, load, peer, number) for peer in self._peers]
        first = number % len(contestants)
        for contestant in contestants[first:] + contestants[:first]:
            self._figures.load.append(os.getloadavg()[0])
            contestant()

    def _peer(self, load: Load, peer: FilePeer, number: int) -> None:
        if load.files > peer.most_files:
            self.left_out[peer.label] = (
                f"{load.files} files would measure how often its command starts"
            )
        if peer.label in self.left_out:
            return
        try:
            copy_files(peer, self._place, load, number, self._figures)
        except TimeIsUpError:
            raise
        except BenchError as error:
            self.left_out[peer.label] = str(error)


def copy_files(
    peer: FilePeer, place: BenchPlace, load: Load, number: int, figures: Figures
) -> None:
    """Send files with a peer until they are durable at the destination; add the figures."""
    prefix = f"{load.name}{number}-"
    before_s = peer.processor_s()
    made = make_files(place.source.folder / "made", load, prefix)
    written = _Written(two_sides(place))
    try:
        begin_s = time.monotonic()
        peer.send(made)
        peer.wait(_names(load, prefix))
        if not peer.flushes:
            place.destination.written_bytes()
        took_s = time.monotonic() - begin_s
        figures.add(f"{load.name}/{peer.label}/rate", load.rate(took_s))
        figures.add(f"{load.name}/{peer.label}/processor_s", peer.processor_s() - before_s)
        written.note(figures, f"{load.name}/{peer.label}", load)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        peer.clear()


def two_sides(place: BenchPlace) -> dict[str, Side]:
    """Return the sides of a direct transfer by what they are."""
    return {"source": place.source, "destination": place.destination}


def relay_files(
    relayed: Relayed, place: BenchPlace, load: Load, number: int, figures: Figures
) -> None:
    """Send the files of a load through a relay."""
    sides = {"source": place.source, "relay": place.destination, "destination": place.third}
    send_files(relayed, sides, load, number, figures)


def send_files(
    pair: BenchPair, sides: dict[str, Side], load: Load, number: int, figures: Figures
) -> None:
    """Drop files, wait until they are delivered, receipted and put away; add the figures."""
    prefix = f"{load.name}{number}-"
    made = make_files(sides["source"].folder / "made", load, prefix)
    files = list(made.iterdir())
    jobs = pair.source.delivered_jobs() + load.files
    pair.inbox.mkdir(exist_ok=True)
    written = _Written(sides)
    used_s = processor_s(pair.pids())
    arrivals = Arrivals(pair.inbox, pair.deadline)
    try:
        with pair.cleared():
            begin_s = time.monotonic()
            for file in files:
                file.rename(pair.drop / file.name)
            arrived_s = arrivals.wait(_names(load, prefix))
            receipted_s = pair.wait_for_receipts(jobs)
            pair.wait_until_idle()
            figures.add(f"{load.name}/netrelay/rate", load.rate(arrived_s - begin_s))
            figures.add(f"{load.name}/netrelay/receipted", load.rate(receipted_s - begin_s))
            used_s = processor_s(pair.pids()) - used_s
            figures.add(f"{load.name}/netrelay/processor_s", used_s)
            written.note(figures, f"{load.name}/netrelay", load)
    finally:
        arrivals.close()
        shutil.rmtree(made, ignore_errors=True)


def send_texts(pair: BenchPair, figures: Figures, load: Load = TEXTS) -> None:
    """Send short texts with one command, and wait until all are durable and receipted."""
    source, destination = pair.source, pair.destination
    lines = b"".join(text_line() for _ in range(load.files))
    arrived = destination.last_text() + load.files
    last = source.last_message()
    begin_s = time.monotonic()
    source.send_texts(destination.name, lines)
    figures.add(f"{load.name}/netrelay/stored", load.rate(time.monotonic() - begin_s))
    pair.deadline.wait("the texts", lambda: destination.last_text() >= arrived)
    figures.add(f"{load.name}/netrelay/rate", load.rate(time.monotonic() - begin_s))
    pair.deadline.wait("their receipts", lambda: not source.has_open_texts(last))
    figures.add(f"{load.name}/netrelay/receipted", load.rate(time.monotonic() - begin_s))


def text_line() -> bytes:
    """Return a random text of 256 bytes, and the end of its line."""
    return os.urandom(TEXTS.size_bytes // 2).hex().encode() + b"\n"


class _Written:
    """The bytes that the devices write after construction."""

    def __init__(self, sides: dict[str, Side]) -> None:
        self._sides = sides
        self._before = {name: side.written_bytes() for name, side in self._sides.items()}

    def note(self, figures: Figures, label: str, load: Load) -> None:
        """Flush, and add the written bytes for each byte of payload to the figures."""
        for name, side in self._sides.items():
            before, after = self._before[name], side.written_bytes()
            if before is not None and after is not None:
                share = (after - before) / load.payload_bytes
                figures.add(f"{label}/written/{name}", share)


def latency_ms(pair: BenchPair, made: Path, count: int) -> list[float]:
    """Send single 4 KiB files between idle nodes; return the time of each to the inbox."""
    arrivals = Arrivals(pair.inbox, pair.deadline)
    took_ms = []
    try:
        for number in range(count):
            name = f"latency-{number}"
            jobs = pair.source.delivered_jobs() + 1
            file = made / name
            file.write_bytes(os.urandom(4096))
            begin_s = time.monotonic()
            file.rename(pair.drop / name)
            took_ms.append(1000 * (arrivals.wait({name}, 20) - begin_s))
            pair.wait_for_receipts(jobs)
            pair.wait_until_idle()
    finally:
        arrivals.close()
    return took_ms


def warm_up(pair: BenchPair, made: Path) -> None:
    """Send one file, so that agreement, connection and folders exist."""
    made.mkdir(exist_ok=True)
    (made / "first").write_bytes(b"first")
    (made / "first").rename(pair.drop / "first")
    pair.wait_for_receipts(1)
    pair.wait_until_idle()


def flush_ms(folder: Path, count: int = 50) -> list[float]:
    """Return the times to append and flush 4 KiB: the lower bound of a commit."""
    took_ms = []
    block = os.urandom(4096)
    path = folder / "flushed"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(count):
            begin_s = time.monotonic()
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            took_ms.append(1000 * (time.monotonic() - begin_s))
    finally:
        os.close(descriptor)
        path.unlink()
    return took_ms


def make_files(folder: Path, load: Load, prefix: str) -> Path:
    """Create the files of a load; random content, since a contestant may compress."""
    folder.mkdir()
    for name in _names(load, prefix):
        with (folder / name).open("wb") as file:
            for start in range(0, load.size_bytes, MEBIBYTE):
                file.write(os.urandom(min(MEBIBYTE, load.size_bytes - start)))
    return folder


def _names(load: Load, prefix: str) -> set[str]:
    return {f"{prefix}{number:05}" for number in range(load.files)}
