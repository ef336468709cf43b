"""Microbenchmarks: one number for each part that bytes pass through, so a regression has a place.

    make bench-parts
    .venv/bin/python -m bench.parts --only seal,hash --seconds 2 --directory DIR

Each takes a few seconds and prints the median of five runs with its unit. The parts are netrelay's
own code in one process, in processor time; commit and write take the time of the wall, and depend
on the disk of --directory.
"""

import argparse
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple, cast

from blake3 import blake3

from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.link.contexts import client_context, server_context
from netrelay.ring.layout import RING_FILE_BYTES, RING_RECORDS
from netrelay.ring.ring import RingReader, RingWriter
from netrelay.seal.segment_seal import SegmentSeal, fastest_suite
from netrelay.transfer.staging import Staging
from tests.link.certificates import TlsNode
from tests.sql.node import Node
from tests.store.node import OpenNode

_MIB: Final = 1024 * 1024
_RUNS: Final = 5
_CHUNK_BYTES: Final = _MIB
_STAGED_BYTES: Final = 64 * _MIB

# It does some work once, and returns how much that was, in what the part counts.
Work = Callable[[], float]


class Part(NamedTuple):
    """A part; open: yields its work in a folder. is_rate: what counts is work in a second.

    Otherwise it is the time of one piece of work, in microseconds. The clock is that of the
    processor where other programs shall not count, and the wall's where the disk does.
    """

    name: str
    what: str
    unit: str
    is_rate: bool
    open: Callable[[Path], Iterator[Work]]
    clock: Callable[[], float] = time.process_time


def main() -> int:
    """Measure the asked parts, and print a line for each."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.parts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [part.name for part in PARTS]
    parser.add_argument("--only", default=",".join(names), help="parts, separated by commas")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each may take")
    parser.add_argument("--directory", type=Path, help="whose disk commit and write use")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - set(names):
        parser.error(f"no part {unknown.pop()!r}; there are {', '.join(names)}")
    for part in PARTS:
        if part.name in asked:
            value = measure(part, options.seconds, options.directory)
            print(f"{part.name:8}{value:12,.1f} {part.unit:12}{part.what}", flush=True)
    return 0


def measure(part: Part, seconds: float, directory: Path | None = None) -> float:
    """Return the number of a part; a run ends after a fifth of the time."""
    with (
        tempfile.TemporaryDirectory(prefix="netrelay-parts-", dir=directory) as folder,
        contextmanager(part.open)(Path(folder)) as work,
    ):
        # The first run compiles and allocates, so it is not measured.
        work()
        found = [_run(part, work, seconds / _RUNS) for _ in range(_RUNS)]
    rate = median(found)
    return rate if part.is_rate else 1e6 / rate


def _run(part: Part, work: Work, span_s: float) -> float:
    done = 0.0
    end_s = time.monotonic() + span_s
    begin_s = part.clock()
    while True:
        done += work()
        took_s = part.clock() - begin_s
        if took_s > 0 and time.monotonic() >= end_s:
            return done / took_s


def _walk(_folder: Path) -> Iterator[Work]:
    node = Node("here")
    node.know("there")
    node.agree("there", _MIB)
    sequence = 0

    def work() -> float:
        nonlocal sequence
        sequence += 1
        with node.transaction():
            job = node.job("there", 256, sequence=sequence)
            (piece,) = node.pieces(job)
            node.send(piece)
        return 1

    yield work
    node.connection.close()


def _commit(folder: Path) -> Iterator[Work]:
    node = OpenNode(folder)

    def work() -> float:
        node.write(
            "INSERT INTO logs (unix_s, at_s, process, level, event, text)"
            " VALUES (0, 0, 'bench', 'notice', 'bench', 'one row')"
        )
        return 1

    yield work
    node.close()


def _ring(_folder: Path) -> Iterator[Work]:
    memory = mmap(-1, RING_FILE_BYTES)
    writer, reader = RingWriter(memory), RingReader(memory)
    payload = bytes(100)

    def work() -> float:
        for _ in range(RING_RECORDS):
            writer.append(payload)
        reader.note_published(writer.appended)
        taken = len(reader.take())
        writer.note_consumed(reader.consumed)
        return taken

    yield work


def _seal(_folder: Path) -> Iterator[Work]:
    plain = memoryview(os.urandom(_CHUNK_BYTES))
    out = memoryview(bytearray(sealed_bytes(len(plain))))

    def work() -> float:
        sealing = SegmentSeal(fastest_suite(), bytes(32), os.urandom(16), b"")
        sealing.seal_into(plain, 0, out)
        return len(plain) / _MIB

    yield work


def _hash(_folder: Path) -> Iterator[Work]:
    body = memoryview(os.urandom(_CHUNK_BYTES))

    def work() -> float:
        blake3(body).digest()
        return len(body) / _MIB

    yield work


def _tls(folder: Path) -> Iterator[Work]:
    nodes = [TlsNode.make(folder, name) for name in ("anna", "bert")]
    dialler, listener = nodes
    client = client_context(dialler.certificate_path, dialler.key_path, [listener.certificate_der])
    server = server_context(listener.certificate_path, listener.key_path, [dialler.certificate_der])
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sending = client.wrap_bio(back, there)
    receiving = server.wrap_bio(there, back, server_side=True)
    _shake_hands(sending, receiving)
    body = memoryview(os.urandom(_CHUNK_BYTES))
    room = bytearray(SEGMENT_BYTES)

    def work() -> float:
        sending.write(body)
        left = len(body)
        while left:
            left -= cast("int", receiving.read(len(room), room))
        return len(body) / _MIB

    yield work


def _shake_hands(*ends: ssl.SSLObject) -> None:
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    # It has to be done by now: this raises if it is not.
    for end in ends:
        end.do_handshake()


def _write(folder: Path) -> Iterator[Work]:
    staging = Staging(folder)
    body = memoryview(os.urandom(SEGMENT_BYTES))

    def work() -> float:
        staging.admit("file", _STAGED_BYTES)
        for offset in range(0, _STAGED_BYTES, len(body)):
            staging.write("file", offset, body)
        staging.flush()
        return _STAGED_BYTES / _MIB

    yield work


PARTS: Final = (
    Part("walk", "a small file at its source in the engine: made, cut, sent", "us", False, _walk),
    Part("commit", "one row, durable", "us", False, _commit, time.perf_counter),
    Part("ring", "records of 100 bytes through a ring", "records/s", True, _ring),
    Part("seal", "a chunk of 1 MiB sealed by segments", "MiB/s", True, _seal),
    Part("hash", "BLAKE3 of a body of 1 MiB", "MiB/s", True, _hash),
    Part("tls", "1 MiB written to TLS and read from it, both ends", "MiB/s", True, _tls),
    Part(
        "write",
        "64 MiB into staging by segments, and a flush",
        "MiB/s",
        True,
        _write,
        time.perf_counter,
    ),
)


if __name__ == "__main__":
    sys.exit(main())
