"""One file over a serial line, by netrelay, kermit and zmodem; writes docs/evidence/serial.md.

    make bench-serial                                    about a quarter of an hour
    make bench-serial BENCH_ARGUMENTS='--only netrelay --scale 0.1 --no-record'

The line is a pair of pseudo-terminals with a rate, errors and turns (tests/story/serial_cable.py).
netrelay are two whole nodes; kermit and zmodem are Debian's ckermit and lrzsz, where they are
installed. The time is from the beginning to the whole file at the other end: for netrelay until it
is in the inbox, durable, with greeting and TLS.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.cli.command_line import CHECKOUT
from tests.story.nodes import Homes, homes
from tests.story.serial_cable import PACKET_BYTES, SerialCable, serial_cable

EVIDENCE = CHECKOUT / "docs" / "evidence" / "serial.md"
KIB = 1024
LONGEST_S = 420.0
GOAL_SHARE = 0.85


class Case(NamedTuple):
    """A line, and the size of the file that goes over it."""

    name: str
    baud: int
    size_bytes: int
    bit_errors: float = 0.0
    packet_loss: float = 0.0
    turnaround_s: float | None = None


CASES = (
    Case("115,200, clean", 115_200, 1024 * KIB),
    Case("115,200, bit error rate 1e-5", 115_200, 256 * KIB, bit_errors=1e-5),
    Case("115,200, bit error rate 1e-4", 115_200, 256 * KIB, bit_errors=1e-4),
    Case(f"115,200, 2 % of packets of {PACKET_BYTES} bytes lost", 115_200, 256 * KIB, 0.0, 0.02),
    Case("9,600 half duplex, 200 ms turnaround", 9_600, 48 * KIB, turnaround_s=0.2),
)


class Result(NamedTuple):
    """seconds: None if the file did not arrive; line_bytes: what its sender put on the line."""

    program: str
    seconds: float | None
    line_bytes: int


def netrelay(case: Case, cable: SerialCable) -> float | None:
    """Send the file between two nodes that only the line joins."""
    with homes() as found:
        return _between(found, case, cable)


def _between(found: Homes, case: Case, cable: SerialCable) -> float | None:
    pair = found.pair()
    words = ["--baud", str(case.baud)]
    if case.turnaround_s is not None:
        words += ["--half-duplex", "--turnaround-ms", str(round(case.turnaround_s * 1000))]
    for node, other, device in zip(pair, reversed(pair), cable.devices, strict=True):
        node.line.good("peer", "ways", other.name, "--serial", device, *words)
        node.line.good("peer", "ways", other.name, "--remove", other.address)
    shelf, boat = pair
    content = os.urandom(case.size_bytes)
    begun_s = time.monotonic()
    pair.start()
    shelf.drop("boat", "measured.bin", content)
    arrived = boat.home.inbox / "shelf" / "measured.bin"
    if not _within(arrived.exists):
        return None
    taken_s = time.monotonic() - begun_s
    return taken_s if arrived.read_bytes() == content else None


def kermit(case: Case, cable: SerialCable) -> float | None:
    """Send the file by C-Kermit, with its fast settings."""
    begin = f"set carrier-watch off, set speed {case.baud}, set flow none, set modem type none"
    fast = "set window 30, set send packet 4000, set receive packet 4000, set file type binary"
    duplex = "" if case.turnaround_s is None else ", set window 1"

    def words(device: str, act: str) -> list[str]:
        line = f"set line {device}, {begin}, robust, {fast}{duplex}, {act}, exit"
        return ["kermit", "-Y", "-C", line]

    return _by_programs(
        case,
        lambda file: words(cable.devices[0], f"send {file}"),
        words(cable.devices[1], "receive"),
    )


def zmodem(case: Case, cable: SerialCable) -> float | None:
    """Send the file by sz and rz of lrzsz."""
    return _by_programs(
        case,
        lambda file: ["sh", "-c", f"exec sz -b -q {file} <{cable.devices[0]} >{cable.devices[0]}"],
        ["sh", "-c", f"exec rz -b -q -y <{cable.devices[1]} >{cable.devices[1]}"],
    )


def _by_programs(
    case: Case, send: Callable[[str], list[str]], receive: Sequence[str]
) -> float | None:
    with tempfile.TemporaryDirectory() as folder:
        here, there = Path(folder, "from"), Path(folder, "to")
        here.mkdir()
        there.mkdir()
        file = here / "measured.bin"
        file.write_bytes(os.urandom(case.size_bytes))
        begun_s = time.monotonic()
        quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        programs = [
            subprocess.Popen(receive, cwd=there, stdin=subprocess.DEVNULL, **quiet),  # type: ignore[call-overload]
            subprocess.Popen(send(str(file)), cwd=here, stdin=subprocess.DEVNULL, **quiet),  # type: ignore[call-overload]
        ]
        try:
            is_over = _within(lambda: programs[1].poll() is not None)
            taken_s = time.monotonic() - begun_s
            arrived = there / "measured.bin"
            _within(lambda: programs[0].poll() is not None, 10)
            is_whole = arrived.exists() and arrived.read_bytes() == file.read_bytes()
            return taken_s if is_over and is_whole else None
        finally:
            for program in programs:
                program.kill()
                program.wait()


def _within(condition: Callable[[], bool], seconds: float = LONGEST_S) -> bool:
    last_s = time.monotonic() + seconds
    while time.monotonic() < last_s:
        if condition():
            return True
        time.sleep(0.02)
    return False


PROGRAMS: dict[str, Callable[[Case, SerialCable], float | None]] = {
    "netrelay": netrelay,
    "kermit": kermit,
    "zmodem": zmodem,
}
NEEDS = {"kermit": "kermit", "zmodem": "sz"}


def measure(case: Case, program: str) -> Result:
    """Send one file over a new line."""
    with serial_cable(case.baud, case.bit_errors, case.turnaround_s, case.packet_loss) as cable:
        seconds = PROGRAMS[program](case, cable)
        return Result(program, seconds, cable.directions[0].passed_bytes)


def row(case: Case, result: Result) -> str:
    """Return a row of the table."""
    size = f"{case.size_bytes // KIB} KiB"
    if result.seconds is None:
        gave_up = f"not in {LONGEST_S:.0f} s, or it gave up"
        return f"| {case.name} | {size} | {result.program} | {gave_up} | | |"
    rate = case.size_bytes / result.seconds
    of_line = 10 * rate / case.baud
    share = case.size_bytes / result.line_bytes
    return (
        f"| {case.name} | {size} | {result.program} | {result.seconds:.1f} | {rate:,.0f} |"
        f" {of_line:.0%} | {share:.0%} |"
    )


def page(rows: Sequence[str], goal: str) -> str:
    """Return docs/evidence/serial.md."""
    return "\n".join(
        [
            "# Files over serial lines",
            "",
            "Written by `make bench-serial` (`bench/serial_lines.py`): one file over a line of two"
            " pseudo-terminals, with the rate of 8N1, errors in each direction, and turns. netrelay"
            " are two whole nodes: the time begins before they start, and ends when the file is in"
            " the inbox, durable; greeting and TLS are in it. kermit is ckermit with windows,"
            " zmodem is lrzsz.",
            "",
            "Of the line: bytes of the file a second, of those that the line could carry. Payload:"
            " bytes of the file, of all that its sender put on the line.",
            "",
            "| line | file | program | seconds | bytes/s | of the line | payload |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            goal,
            "",
        ]
    )


def main() -> int:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", choices=PROGRAMS, action="append")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes of files")
    parser.add_argument("--no-record", action="store_true", help="do not write the page")
    options = parser.parse_args()
    rows: list[str] = []
    goal = "netrelay was not measured on a clean line."
    for case in CASES:
        sized = case._replace(size_bytes=int(case.size_bytes * options.scale))
        for program in options.only or PROGRAMS:
            if program in NEEDS and shutil.which(NEEDS[program]) is None:
                print(f"{program}: not installed", file=sys.stderr)
                continue
            result = measure(sized, program)
            rows.append(row(sized, result))
            print(rows[-1], flush=True)
            if program == "netrelay" and case is CASES[0] and result.seconds is not None:
                share = sized.size_bytes / result.line_bytes
                word = "reached" if share >= GOAL_SHARE else "missed"
                goal = f"The goal, {GOAL_SHARE:.0%} payload on a clean line: {word} ({share:.1%})."
    if not options.no_record:
        EVIDENCE.write_text(page(rows, goal))
    return 0


if __name__ == "__main__":
    sys.exit(main())
