"""`make hub`: measures one hub with thousands of light nodes, and writes docs/evidence/hub.md.

All is on loopback: the hub with its eight processes, and one process that plays all nodes, share
the processors of this machine.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from netrelay.core.printable import printable
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from tests.cli.command_line import CHECKOUT
from tests.story.hub.contact import Contact, Hub, Stage
from tests.story.hub.crowd import Crowd, Ended, want_all
from tests.story.hub.figures import Cost, costs, cpu_between, quantile
from tests.story.hub.fleet import LightNode, enrol_fleet, make_fleet
from tests.story.nodes import RunningNode, wait_for

_DOCUMENT = CHECKOUT / "docs/evidence/hub.md"
_COMMANDS = (
    *("status", "peer ls", "peer ls --failing", "jobs", "check", "why light-00007"),
    "peer ls light-00007",
)
_NETWORK = ("sender", "receiver", "initial_sender", "initial_receiver")


class Campaign:
    """The parts of the campaign, each adds lines to the report."""

    def __init__(self, folder: Path, count: int, contacts: int) -> None:
        self.count = count
        self.contacts_count = min(contacts, count)
        self.lines: list[str] = []
        self.facts: dict[str, str] = {}
        began_s = time.monotonic()
        self.fleet = make_fleet(folder / "fleet", count)
        self.hub = RunningNode(folder, "hub")
        enrol_fleet(self.hub, self.fleet)
        self.facts["identities and rows made"] = f"{time.monotonic() - began_s:.0f} s"
        self.identity = identities.load(self.hub.home.keys)
        self.address = Hub(self.hub.address, self.identity)
        self.numbers: Counter[str] = Counter()

    def number(self, node: LightNode) -> int:
        """Return the number of the file that a node delivers now."""
        return self.numbers[node.name] + 1

    def start(self) -> dict[str, Cost]:
        """Start the hub; return what each process has cost when it has settled."""
        began_s = time.monotonic()
        self.hub.start()
        self.facts[f"start with {self.count:,} peers, until all eight are ready"] = (
            f"{time.monotonic() - began_s:.1f} s"
        )
        return self.settle()

    def settle(self) -> dict[str, Cost]:
        """Wait until the hub does next to nothing; return what each process has cost."""
        before = costs(self.hub)
        for _ in range(10):
            time.sleep(2.0)
            after = costs(self.hub)
            if sum(cpu_between(before, after).values()) < 0.1:
                break
            before = after
        return after

    def add_one(self, folder: Path) -> list[str]:
        """Add one peer to all those; return rows of what it cost."""
        identity = identities.create(folder / "one-more")
        card = folder / "one-more.card"
        card.write_text(encode_card(identity, "one-more", ("127.0.0.1",), 7411))
        before = self.settle()
        began_s = time.monotonic()
        command_s = self._command(f"peer add {card}")
        took_s = time.monotonic() - began_s
        time.sleep(3.0)
        added = cpu_between(before, costs(self.hub))
        before = costs(self.hub)
        self._command("peer rm one-more")
        time.sleep(3.0)
        removed = cpu_between(before, costs(self.hub))
        self.facts["`peer add` of one more, CPU of the command"] = f"{command_s:.2f} s"
        self.facts["and as long as it took"] = f"{took_s:.2f} s"
        self.facts["CPU of the eight for it, in 3 s"] = f"{sum(added.values()):.2f} s"
        self.facts["CPU of the eight for `peer rm`, in 3 s"] = f"{sum(removed.values()):.2f} s"
        return [f"| {name} | {added[name]:.2f} | {removed[name]:.2f} |" for name in added]

    def _command(self, words: str) -> float:
        """Run a command; return the CPU seconds that it took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with self.hub.line.environment():
            subprocess.run(
                [sys.executable, "-m", "netrelay", *words.split(), "--home", self.hub.home.path],
                check=False,
                cwd=CHECKOUT,
                stdout=subprocess.DEVNULL,
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def commands(self) -> list[str]:
        """Return rows with the CPU seconds of commands, of three runs the middle one."""
        return [
            f"| `netrelay {words}` | {sorted(self._command(words) for _ in range(3))[1]:.2f} |"
            for words in _COMMANDS
        ]

    def contacts(self, nodes: list[LightNode], most: int, within_s: float) -> list[Ended]:
        """Have each of these nodes deliver a file and hear its receipt."""
        crowd = Crowd(self.address, most)
        want_all(crowd, nodes, within_s)
        crowd.run(self.number, time.monotonic() + 900)
        crowd.close()
        assert crowd.is_over, (len(crowd.ended), crowd.reasons)
        for ended in crowd.ended:
            self.numbers[ended.node.name] += 1
        self.crowd = crowd
        return crowd.ended

    def steady(self, most: int) -> None:
        """Measure contacts of which so many are under way at any time."""
        before, began_s = costs(self.hub), time.monotonic()
        ended = self.contacts(self.fleet[: self.contacts_count], most, 0.0)
        took_s = time.monotonic() - began_s
        used = cpu_between(before, costs(self.hub))
        times_s = [each.ended_s - each.begun_s for each in ended]
        each_s = f"{len(ended) / took_s:.0f}"
        self.facts[f"contacts a second, of {len(ended):,}, each a file and its receipt"] = each_s
        each_ms = {name: cpu_s / len(ended) * 1e3 for name, cpu_s in used.items()}
        self.facts["CPU of the hub for a contact"] = f"{sum(each_ms.values()):.1f} ms"
        self.facts["of that by process, ms"] = ", ".join(
            f"{name} {taken_ms:.1f}" for name, taken_ms in each_ms.items() if taken_ms >= 0.1
        )
        middle = quantile(times_s, 0.5)
        self.facts[f"a contact takes, {most} at once: median, 99 %, worst"] = (
            f"{middle:.2f} s, {quantile(times_s, 0.99):.2f} s, {max(times_s):.2f} s"
        )
        self.facts["worst against median"] = f"{max(times_s) / middle:.1f}"
        self._check_inbox()

    def _check_inbox(self) -> None:
        """Assert that each file of each node is in the inbox, once."""
        for node in self.fleet:
            there = self.hub.inbox_names(node.name)
            wanted = [f"reading-{number}" for number in range(1, self.numbers[node.name] + 1)]
            assert sorted(there) == sorted(wanted), (node.name, there, wanted)

    def _stay(self, node: LightNode) -> Contact:
        return Contact(node, self.address, 0, stays=True)

    def stayers(self, count: int) -> None:
        """Open connections that stay, without anything to send; then others want to come in."""
        before = costs(self.hub)
        staying = [self._stay(node) for node in self.fleet[:count]]

        def step() -> bool:
            for place, each in enumerate(staying):
                each.step()
                if each.is_over:  # it was crowded out before it was known
                    staying[place] = self._stay(each.node)
            return sum(each.stage is Stage.SENDING for each in staying) == count

        wait_for("all to stay", step)
        after = self.settle()
        each_bytes = {
            name: (after[name].memory_bytes - before[name].memory_bytes) / count
            for name in ("receiver", "sender")
        }
        self.facts[f"memory of receiver for one of {count} idle connections"] = (
            f"{each_bytes['receiver'] / 1024:.0f} KiB"
        )
        more = after["receiver"].descriptors - before["receiver"].descriptors
        self.facts["descriptors of receiver for one"] = f"{more / count:.2f}"
        began_s = time.monotonic()
        others = self.fleet[count : count + min(300, len(self.fleet) - count)]
        ended = self.contacts(others, 64, 0.0)
        took_s = time.monotonic() - began_s
        for each in staying:
            each.step()
        closed = [each for each in staying if each.is_over]
        in_order = sum(each.was_closed_in_order for each in closed)
        self.facts[f"{len(ended)} others while those stay"] = (
            f"{took_s:.1f} s; {len(closed)} idle connections made room, {in_order} of them closed"
            " in order"
        )
        for each in staying:
            each.close()

    def herd(self) -> list[str]:
        """Restart the hub while nodes want to deliver; return rows of when they came in."""
        self.settle()
        self.hub.stop()
        crowd = Crowd(self.address, 4096)
        want_all(crowd, self.fleet[: self.contacts_count], 0.3)
        began_s = time.monotonic()
        self.hub.begin()
        peak = 0
        while not crowd.is_over:
            crowd.run(self.number, time.monotonic() + 1.0)
            with_receiver = self.hub.processes().get("receiver")
            if with_receiver is not None:
                descriptors = len(list(Path(f"/proc/{with_receiver}/fd").iterdir()))
                peak = max(peak, descriptors)
            assert time.monotonic() < began_s + 1800, (len(crowd.ended), crowd.reasons)
        self.hub.wait_until_ready()
        crowd.close()
        for ended in crowd.ended:
            self.numbers[ended.node.name] += 1
        waits = sorted(each.ended_s - began_s for each in crowd.ended)
        self.facts[f"herd: all {len(waits):,} have delivered after the restart"] = (
            f"{waits[-1]:.0f} s"
        )
        self.facts["herd: attempts, of them told to wait (BUSY)"] = (
            f"{crowd.attempts:,}, {len(crowd.told_s):,}"
        )
        if crowd.told_s:
            self.facts["herd: told to wait for, median and longest"] = (
                f"{quantile([float(s) for s in crowd.told_s], 0.5):.0f} s, {max(crowd.told_s)} s"
            )
        self.facts["herd: most descriptors of receiver"] = str(peak)
        a_second = Counter(int(wait) for wait in waits)
        self.facts["herd: most that came in within one second"] = str(max(a_second.values()))
        self.facts["herd: failed attempts, most frequent reason"] = (
            printable(max(crowd.reasons, key=lambda r: crowd.reasons[r]))
            if crowd.reasons
            else "none"
        )
        self._check_inbox()
        return [
            f"| {part:.0%} | {quantile(waits, part):.1f} |" for part in (0.01, 0.1, 0.5, 0.9, 0.99)
        ]


def _memory(found: dict[str, Cost]) -> list[str]:
    rows = [
        f"| {name} | {cost.cpu_s:.1f} | {cost.memory_bytes / 2**20:.1f} | {cost.descriptors} |"
        for name, cost in found.items()
    ]
    whole = sum(cost.memory_bytes for cost in found.values()) / 2**20
    return [*rows, f"| all | {sum(c.cpu_s for c in found.values()):.1f} | {whole:.1f} | |"]


def _report(campaign: Campaign, parts: dict[str, list[str]]) -> str:
    head = [
        "# A hub with thousands of nodes",
        "",
        f"Written by `make hub` on {time.strftime('%Y-%m-%d')}: one real hub and {campaign.count:,}"
        " light nodes on loopback, all played by one process (`tests/story/hub`), on"
        f" {os.cpu_count()} processors that both share. The nodes have identities and frames of the"
        " product's own making; each contact is a handshake, one small file, a second connection"
        " on which the node hears its receipt, and the end. The load of the machine was"
        f" {os.getloadavg()[2]:.1f} on average: where others ran beside it, times and rates are"
        " those of that machine, CPU seconds less so. [scale.md](../scale.md) says what follows.",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {value} |" for what, value in campaign.facts.items()),
    ]
    return "\n".join([*head, "", *(line for part in parts.values() for line in [*part, ""])]) + "\n"


def main() -> None:
    """Run all parts, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--contacts", type=int, default=10_000, help="of so many nodes at most")
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--stay", type=int, default=1024)
    parser.add_argument("--folder", type=Path, default=None, help="where the homes are made")
    parser.add_argument("--report", type=Path, default=_DOCUMENT)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 32768), hard))
    folder = Path(tempfile.mkdtemp(prefix="netrelay-hub-", dir=options.folder))
    campaign: Campaign | None = None
    try:
        campaign = Campaign(folder, options.nodes, options.contacts)
        parts: dict[str, list[str]] = {}
        started = campaign.start()
        parts["start"] = [
            f"## The eight after the start with {options.nodes:,} peers",
            "",
            "| process | CPU, s | memory (PSS), MiB | descriptors |",
            "|---|---|---|---|",
            *_memory(started),
        ]
        parts["one more"] = [
            "## CPU of the eight for one more peer, and one less",
            "",
            "| process | `peer add`, s | `peer rm`, s |",
            "|---|---|---|",
            *campaign.add_one(folder),
        ]
        campaign.steady(options.at_once)
        parts["commands"] = [
            "## Commands",
            "",
            "| command | CPU, s |",
            "|---|---|",
            *campaign.commands(),
        ]
        options.report.write_text(_report(campaign, parts))
        campaign.stayers(min(options.stay, options.nodes // 2))
        options.report.write_text(_report(campaign, parts))
        parts["herd"] = [
            "## The herd after a restart",
            "",
            "The nodes of the contacts have a file when the hub stops. Seconds from its start until"
            " so many have delivered it and heard the receipt:",
            "",
            "| nodes | s |",
            "|---|---|",
            *campaign.herd(),
        ]
        options.report.write_text(_report(campaign, parts))
        print(options.report.read_text())
    finally:
        if campaign is not None:
            for what, value in campaign.facts.items():
                print(f"{what}: {value}", file=sys.stderr)
            campaign.hub.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
