"""Bytes on the wire between two nodes: greeting, a first text, further ones, ten at once.

    make bench-wire          as root; writes docs/evidence/wire.md

Both nodes run on loopback in a network namespace of their own, with an MTU of 1,500 bytes. What is
counted are the bytes in TCP between their addresses, both ways (TLS with its handshakes, frames),
and the IP packets with all their headers: bare acknowledgements, begins and ends of connections.
"""

import argparse
import ctypes
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from struct import unpack_from
from typing import NamedTuple

from bench.tls_records import SERVER_MESSAGES, Stream
from tests.cli.command_line import CHECKOUT
from tests.story.nodes import RunningNode, homes, wait_for

EVIDENCE = CHECKOUT / "docs" / "evidence" / "wire.md"
TEXT = "The boat is in"  # 14 bytes
ALONE = 5
TOGETHER = 10
QUIET_S = 2.0
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_ETH_P_IP = 0x0800  # linux/if_ether.h
_BEGIN, _END = "<!-- measured -->\n", "<!-- end of measured -->\n"
GOALS = {"greeting": 2500, "first": 1500, "on commsport": 1500, "alone": 250, "together": 120}


class Count(NamedTuple):
    """Bytes in TCP, and of the IP packets that carried them."""

    tcp: int
    ip: int


class Part(NamedTuple):
    """The bytes of a part of the measurement, and those of its TLS records by what they are."""

    carried: Count
    pieces: Counter[str]
    handshakes: int


class Meter:
    """Counts what passes between two addresses of this network namespace."""

    def __init__(self, addresses: list[str]) -> None:
        packed = [socket.inet_aton(address) for address in addresses]
        self._between = {one + other for one in packed for other in packed}
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP))
        self._socket.bind(("lo", _ETH_P_IP))
        self._count = Count(0, 0)
        self._streams: dict[bytes, Stream] = {}
        self._heard_s = time.monotonic()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            # A socket for one protocol has each packet as it comes, and not as it leaves.
            packet = self._socket.recv(1 << 17)
            if packet[12:20] in self._between:
                ip_header = (packet[0] & 15) * 4
                headers = ip_header + (packet[ip_header + 12] >> 4) * 4
                self._follow(packet, ip_header, headers)
                tcp, ip = self._count
                self._count = Count(tcp + len(packet) - headers, ip + len(packet))
                self._heard_s = time.monotonic()

    def _follow(self, packet: bytes, ip_header: int, headers: int) -> None:
        payload = packet[headers:]
        if payload:
            ends = packet[12:20] + packet[ip_header : ip_header + 4]
            (sequence,) = unpack_from(">I", packet, ip_header + 4)
            self._streams.setdefault(ends, Stream()).add(sequence, payload)

    def during(self, act: Callable[[], None]) -> Part:
        """Return the bytes of an act, and of what follows until nothing is said for 2 s."""
        self._await_quiet()
        before = self._count
        self._streams.clear()
        act()
        self._heard_s = time.monotonic()
        self._await_quiet()
        pieces: Counter[str] = Counter()
        handshakes = 0
        for stream in self._streams.values():
            for name, size_bytes in stream.pieces():
                pieces[name] += size_bytes
                handshakes += name == "ClientHello"
        count = Count(self._count.tcp - before.tcp, self._count.ip - before.ip)
        return Part(count, pieces, handshakes)

    def _await_quiet(self) -> None:
        while time.monotonic() < self._heard_s + QUIET_S:
            time.sleep(0.05)


def enter_own_network() -> None:
    """Move this process into a network namespace of its own, with loopback as of an Ethernet."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network namespace needs root")
    for words in (("mtu", "1500"), ("up",)):
        subprocess.run(["ip", "link", "set", "lo", *words], check=True)


def receipted(shelf: RunningNode) -> int:
    """Return how many texts of a node have their receipt."""
    count = shelf.value("SELECT count(*) FROM messages WHERE type = 1 AND state = 'F'")
    assert isinstance(count, int)
    return count


def send(shelf: RunningNode, count: int) -> None:
    """Send texts at once, and wait until each is receipted."""
    wanted = receipted(shelf) + count
    # While sender is paused they gather.
    shelf.line.good("pause", "boat")
    for _ in range(count):
        shelf.line.good("message", "--to", "boat", TEXT)
    shelf.line.good("resume", "boat")
    wait_for("the receipts", lambda: receipted(shelf) >= wanted)


def measured(folder: Path) -> dict[str, Part]:
    """Return each part."""
    with homes(str(folder)) as place:
        pair = place.pair()
        shelf, boat = pair.shelf, pair.boat
        meter = Meter([shelf.address, boat.address])

        def start() -> None:
            pair.start()
            pair.wait_until_settled()

        start()
        # They meet, and what a start keeps of the one before is there.
        found = {"meeting": meter.during(lambda: send(shelf, 1))}
        for node in pair:
            node.stop()
        found["greeting"] = meter.during(start)
        found["first"] = meter.during(lambda: send(shelf, 1))
        alone = [meter.during(lambda: send(shelf, 1)) for _ in range(ALONE)]
        found["alone"] = sorted(alone, key=lambda part: part.carried)[ALONE // 2]
        found["together"] = meter.during(lambda: send(shelf, TOGETHER))
        for node in pair:
            node.stop()
            node.configure(small_data_on_commsport=True)
        start()
        found["on commsport"] = meter.during(lambda: send(shelf, 1))
        for node in pair:
            node.stop()
    return found


ROWS = {
    "meeting": "two nodes that never met: a first text, with its receipt",
    "greeting": "both start again, until they are agreed",
    "first": f"the first text of {len(TEXT)} bytes after that, with its receipt",
    "on commsport": "the same where both say `small_data_on_commsport`",
    "alone": f"each further one alone (the median of {ALONE})",
    "together": f"each of {TOGETHER} that go together",
}

MESSAGES = (
    *("ClientHello", "ServerHello", "ChangeCipherSpec"),
    *SERVER_MESSAGES,
)


def table(found: dict[str, Part]) -> str:
    """Return the tables of the evidence."""
    lines = ["| | bytes in TCP | goal | bytes in IP |", "|---|---|---|---|"]
    for key, what in ROWS.items():
        goal = f"{GOALS[key]:,}" if key in GOALS else ""
        each = TOGETHER if key == "together" else 1
        tcp, ip = found[key].carried
        lines.append(f"| {what} | {tcp // each:,} | {goal} | {ip // each:,} |")
    lines += ["", "| where they are | handshakes | their bytes | carried | close_notify |"]
    lines += ["|---|---|---|---|---|"]
    for key, what in ROWS.items():
        _, pieces, handshakes = found[key]
        carried, ends = pieces["carried"], pieces["close_notify"]
        in_handshakes = pieces.total() - carried - ends
        what = what if key != "together" else f"all {TOGETHER} that go together"
        lines.append(f"| {what} | {handshakes} | {in_handshakes:,} | {carried:,} | {ends} |")
    lines += ["", "| of one handshake, both sides | bytes |", "|---|---|"]
    of_greeting = found["greeting"]
    for name in MESSAGES:
        lines.append(f"| {name} | {of_greeting.pieces[name] // of_greeting.handshakes:,} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print the table and write it into the evidence."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--folder", type=Path, default=Path("/dev/shm"))
    options.add_argument("--print", action="store_true", help="leave the evidence as it is")
    chosen = options.parse_args()
    enter_own_network()
    made = table(measured(chosen.folder))
    print(made, end="")
    if not chosen.print:
        before, _, rest = EVIDENCE.read_text(encoding="utf-8").partition(_BEGIN)
        after = rest.partition(_END)[2]
        EVIDENCE.write_text(f"{before}{_BEGIN}{made}{_END}{after}", encoding="utf-8")
        os.chown(EVIDENCE, CHECKOUT.stat().st_uid, CHECKOUT.stat().st_gid)


if __name__ == "__main__":
    main()
