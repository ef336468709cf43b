"""How fast lander puts files into a real store, beside rclone with the same files and store.

    python -m bench.landing [--record FILE]

Files lie complete in the staging folder, with their rows, and exporter has handed them over: the
clock runs from the start of `netrelay land` until the store has acknowledged the last of them, and
that is noted. rclone copies the same files from the same folder. Both start anew each time, and
store and files are on one disk. It needs what `make landing` installs, and rclone.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.pair.machine import machine
from netrelay.runtime.node import open_database
from netrelay.store.arrivals import Arrival, store_arrivals
from netrelay.store.coming_files import staged_name
from tests.cli.command_line import CHECKOUT, CommandLine
from tests.landed.swift_store import BUCKET, SwiftStore, swift_store, why_not, write_keys
from tests.landed.test_swift import rclone_environment
from tests.story.nodes import KIB, MIB, free_address

SOURCE, EPOCH = "a" * 32, bytes(8)
BEGIN, END = "<!-- measured -->", "<!-- end -->"
AT_ONCE = 8
DEADLINE_S = 300.0


class Load(NamedTuple):
    """So many files of one size."""

    words: str
    number: int
    size_bytes: int


class Took(NamedTuple):
    """Time and memory of one run; memory_bytes: peak of the process, 0 if it is not known."""

    seconds: float
    memory_bytes: int = 0


LOADS = (Load("one file of 256 MiB", 1, 256 * MIB), Load("2,000 files of 4 KiB", 2000, 4 * KIB))


def measure(load: Load, folder: Path, store: SwiftStore) -> dict[str, Took]:
    """Return what each program took for one load."""
    line = CommandLine(folder / "hub")
    line.good("init", "hub")
    _configure(line, store)
    staged = _arrive(line, load)
    found = {}
    with line.environment():
        with _running("run", "exporter", line=line):
            _wait(line, "SELECT count(*) FROM landings", load.number)
        began_s = time.monotonic()
        with _running("land", line=line) as pid:
            _wait(line, "SELECT count(*) FROM landings WHERE object IS NOT NULL", load.number)
            found["netrelay"] = Took(time.monotonic() - began_s, _most_bytes(pid))
    for name, words in (("rclone", ()), ("rclone, 8 at once", ("--transfers", str(AT_ONCE)))):
        began_s = time.monotonic()
        subprocess.run(
            [
                *("rclone", "--config", "/dev/null", "copy", "--s3-no-check-bucket", *words),
                *(
                    staged,
                    f":s3:{BUCKET}/{name.replace(', ', '-').replace(' ', '-')}/{load.number}",
                ),
            ],
            env=rclone_environment(store),
            check=True,
        )
        found[name] = Took(time.monotonic() - began_s)
    return found


def _configure(line: CommandLine, store: SwiftStore) -> None:
    path = line.home.config
    text = path.read_text().replace('endpoint = ""', f'endpoint = "{store.endpoint}"')
    text = text.replace('bucket = ""', f'bucket = "{BUCKET}"').replace(
        "at_once = 8", f"at_once = {AT_ONCE}"
    )
    path.write_text(text)
    write_keys(line.home.path)


def _arrive(line: CommandLine, load: Load) -> Path:
    """Lay complete files into the staging folder, with their rows; return the folder."""
    with line.environment():
        database = open_database(line.home, "processor_r")
        own = str(database.value("SELECT node FROM selfinfo"))
        line.home.make_folders()
        with database.transaction():
            database.execute(
                "INSERT INTO peers (node, name, pin, via) VALUES (?1, 'boat', zeroblob(32), ?1)",
                (SOURCE,),
            )
        for sequence in range(1, load.number + 1):
            path = line.home.staging / staged_name(SOURCE, EPOCH, sequence, 1)
            path.write_bytes(os.urandom(load.size_bytes))
            whole = _arrival(own, sequence, load.size_bytes)
            with database.transaction():
                assert store_arrivals(database, [whole]) == {}
        database.close()
    return line.home.staging


def _arrival(own: str, sequence: int, size_bytes: int) -> Arrival:
    return Arrival(
        "processor_r",
        1,
        SOURCE,
        own,
        EPOCH,
        sequence,
        attempt=1,
        previous_hop=SOURCE,
        size_bytes=size_bytes + 1,
        total_bytes=size_bytes + 1,
        hash=bytes(32),
        found=bytes(32),
        lifetime_s=86_400,
        has_body=True,
        file_name=f"file-{sequence}",
        file_kind=1,
        file_bytes=size_bytes,
        mtime_ns=0,
        unix_s=0,
    )


@contextmanager
def _running(*words: str, line: CommandLine) -> Iterator[int]:
    """Run a process of the node; yield its pid."""
    run = subprocess.Popen(
        [sys.executable, "-m", "netrelay", *words, "--home", str(line.home.path)], cwd=CHECKOUT
    )
    try:
        yield run.pid
    finally:
        run.terminate()
        run.wait(30)


def _wait(line: CommandLine, query: str, wanted: int) -> None:
    database = open_database(line.home, "bench")
    deadline_s = time.monotonic() + DEADLINE_S
    while int(str(database.value(query))) < wanted:
        assert time.monotonic() < deadline_s, database.value(query)
        time.sleep(0.02)
    database.close()


def _most_bytes(pid: int) -> int:
    for text in Path(f"/proc/{pid}/status").read_text().splitlines():
        if text.startswith("VmHWM:"):
            return int(text.split()[1]) * KIB
    return 0


def table(measured: dict[Load, dict[str, Took]]) -> list[str]:
    """Return the figures as a table."""
    lines = [
        f"Measured on {time.strftime('%-d %B %Y')}: {machine()}.",
        "",
        "| what | netrelay | rclone | rclone, 8 at once | to the faster | memory of lander |",
        "|---|---|---|---|---|---|",
    ]
    for load, found in measured.items():
        bytes_ = load.number * load.size_bytes
        rates = [
            f"{bytes_ / took.seconds / MIB:.0f} MiB/s"
            if load.number == 1
            else f"{load.number / took.seconds:.0f} files/s"
            for took in found.values()
        ]
        own, *others = (took.seconds for took in found.values())
        memory = found["netrelay"].memory_bytes / MIB
        lines.append(
            f"| {load.words} | {' | '.join(rates)} | {min(others) / own:.2f} x | {memory:.0f} MiB |"
        )
    return lines


def main() -> int:
    """Measure all loads."""
    parser = argparse.ArgumentParser(prog="python -m bench.landing")
    parser.add_argument("--record", type=Path, help="write the table between the marks there")
    options = parser.parse_args()
    missing = why_not() or ("" if shutil.which("rclone") else "rclone is not installed")
    if missing:
        print(missing, file=sys.stderr)
        return 69
    measured = {}
    for load in LOADS:
        with tempfile.TemporaryDirectory(prefix="nr-landing-", dir="/var/tmp") as name:
            folder = Path(name)
            with swift_store(folder / "store", free_address()) as store:
                measured[load] = measure(load, folder, store)
    lines = table(measured)
    print("\n".join(lines))
    if options.record is not None:
        text = options.record.read_text()
        before, _, rest = text.partition(BEGIN)
        options.record.write_text("\n".join((before + BEGIN, *lines, END)) + rest.partition(END)[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
