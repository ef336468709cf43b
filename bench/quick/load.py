"""The loads: a large file, many small files, texts; sent by netrelay and its peers in turn."""

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from bench.quick.figures import Figures
from bench.quick.footprint import processor_s
from bench.quick.nodes import BenchPair, Relayed
from bench.quick.place import BenchPlace, Side
from bench.quick.waiting import Arrivals

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


class CopyProgram(Protocol):
    """A program that copies files into a folder, for comparison."""

    folder: Path

    def send(self, source: Path, flush: bool) -> float:
        """Send the content of a folder; return the CPU time that it took in seconds."""


class Track:
    """Runs loads with one pair of nodes and with its peers in turn, and collects the figures."""

    def __init__(
        self,
        place: BenchPlace,
        pair: BenchPair,
        peers: dict[str, tuple[CopyProgram, bool]],
        figures: Figures,
    ) -> None:
        """Use these peers, by name; True: the peer flushes itself, False: syncfs(2) follows."""
        self._place = place
        self._pair = pair
        self._peers = peers
        self._figures = figures

    def round(self, load: Load, number: int) -> None:
        """Run one load with each contestant once, beginning with another one in each round."""
        contestants: list[Callable[[], None]] = [
            lambda: send_files(self._pair, _two_sides(self._place), load, number, self._figures)
        ]
        contestants += [partial(self._peer, load, label) for label in self._peers]
        first = number % len(contestants)
        for contestant in contestants[first:] + contestants[:first]:
            self._figures.load.append(os.getloadavg()[0])
            contestant()

    def _peer(self, load: Load, label: str) -> None:
        peer, flush = self._peers[label]
        made = make_files(self._place.source.folder / "made", load, "file-")
        written = _Written(_two_sides(self._place))
        try:
            begin_s = time.monotonic()
            used_s = peer.send(made, flush)
            if not flush:
                self._place.destination.written_bytes()
            took_s = time.monotonic() - begin_s
            self._figures.add(f"{load.name}/{label}/rate", load.rate(took_s))
            self._figures.add(f"{load.name}/{label}/processor_s", used_s)
            written.note(self._figures, f"{load.name}/{label}", load)
        finally:
            shutil.rmtree(made, ignore_errors=True)
            for entry in peer.folder.iterdir():
                entry.unlink(missing_ok=True)


def _two_sides(place: BenchPlace) -> dict[str, Side]:
    return {"source": place.source, "destination": place.destination}


def relay_file(relayed: Relayed, place: BenchPlace, number: int, figures: Figures) -> None:
    """Send the large file through a relay."""
    sides = {"source": place.source, "relay": place.destination, "destination": place.third}
    send_files(relayed, sides, LARGE._replace(name="relayed"), number, figures)


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


def send_texts(pair: BenchPair, figures: Figures) -> None:
    """Send short texts with one command, and wait until all are durable and receipted."""
    source, destination = pair.source, pair.destination
    lines = b"".join(os.urandom(128).hex().encode() + b"\n" for _ in range(TEXTS.files))
    arrived = destination.texts() + TEXTS.files
    receipted = source.delivered_texts() + TEXTS.files
    begin_s = time.monotonic()
    source.send_texts(destination.name, lines)
    figures.add("texts/netrelay/stored", TEXTS.rate(time.monotonic() - begin_s))
    pair.deadline.wait("the texts", lambda: destination.texts() >= arrived)
    figures.add("texts/netrelay/rate", TEXTS.rate(time.monotonic() - begin_s))
    pair.deadline.wait("their receipts", lambda: source.delivered_texts() >= receipted)
    figures.add("texts/netrelay/receipted", TEXTS.rate(time.monotonic() - begin_s))


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
    return {f"{prefix}{number:04}" for number in range(load.files)}
