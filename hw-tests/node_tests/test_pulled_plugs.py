"""Power cuts at random moments of what a card does with itself: first boot, growing, reset, update.

Each is cut several times in a row; then it has to come to its end by itself. test_plug.py says what
an emulated power cut proves.
"""

import os
import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from rig.card import partitions
from rig.evidence import Evidence
from rig.machine import OFFICE_ROUTER
from rig.node import Node
from rig.security_archive import SecurityArchive
from rig.strategy import Status
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("alone")

CUTS = int(os.environ.get("NETRELAY_HW_PLUGS", "5"))
SEED = int(os.environ.get("NETRELAY_HW_SEED", str(random.randrange(10**6))))
BOOT_S = float(os.environ.get("NETRELAY_HW_BOOT_S", "90"))
"""About as long as an emulated boot takes on a quiet machine."""
RESET_S = float(os.environ.get("NETRELAY_HW_RESET_S", "30"))
"""About as long as an emulated reset takes, from the start of its unit."""
UPDATE_S = float(os.environ.get("NETRELAY_HW_UPDATE_S", "25"))
TITLE = "Pulled plugs"
HEAD = ("during", "plug pulled after (s)", "the console's last words", "then")
GROWN_BYTES = 1 << 30
MOUNTED_S = 900.0
KEPT = "/var/lib/netrelay/hw-file"
RESET = "netrelay-reset"
_CONTROL = re.compile(r"\x1b\[[0-9;?!]*[A-Za-z]|\x1b\][0-9;]*(?:\x07|\x1b\\)?|[\x00-\x09\x0b-\x1f]")


class Plug:
    """The plug of a node, pulled at random moments of something that has a name."""

    def __init__(self, node: Node, during: str, evidence: Evidence) -> None:
        self._node, self._during, self._evidence = node, during, evidence
        self._chance = random.Random(f"{SEED} {during}")
        self._pulled: list[tuple[float, str]] = []

    def pull(self, longest_s: float, state: Callable[[], str] | None = None) -> None:
        """Wait for the random moment, then cut the power; note what `state` says of the card."""
        moment_s = self._chance.uniform(0.03, 1.0) * longest_s
        time.sleep(moment_s)
        words = _CONTROL.sub("", self._node.strategy.power.said())
        printable = [line.strip() for line in words.splitlines() if line.strip()][-1:]
        self._node.strategy.pull_plug()
        last = "".join(printable)[:60] or "nothing"
        if state is not None:
            last = f"{last}; {state()}"
        self._pulled.append((moment_s, last))
        print(f"seed {SEED}, {self._during}: pulled after {moment_s:.1f} s: {last}")

    def boots(self) -> None:
        """Cut several boots one after the other, then let one come to its end."""
        for _ in range(CUTS):
            self._node.strategy.start()
            self.pull(BOOT_S)
        self._node.to(Status.ready)

    def starts_of(self, unit: str, longest_s: float, state: Callable[[], str]) -> None:
        """Cut boots after the start of a unit, then let one come to its end."""
        began = f"[ -e /sys/fs/cgroup/system.slice/{unit} ] || systemctl --quiet is-active {unit}"
        for _ in range(CUTS):
            self._node.to(Status.booted)
            self._node.run(f"until {began}; do sleep 0.2; done", timeout_s=MOUNTED_S)
            self.pull(longest_s, state)
        self._node.to(Status.ready)

    def good(self, what: str) -> None:
        """Note that all is well after these cuts."""
        for moment_s, words in self._pulled:
            self._evidence.row(TITLE, HEAD, self._during, f"{moment_s:.1f}", words, what)


@pytest.fixture
def plug(alone: Node, evidence: Evidence, request: pytest.FixtureRequest) -> Iterator[Plug]:
    yield Plug(alone, request.node.name.removeprefix("test_").replace("_", " "), evidence)


def assert_whole(alone: Node) -> None:
    """Check a node that runs: closed, nothing failed; then switch it off and check its root.

    Leaves a file among its data.
    """
    alone.run(f"echo kept >{KEPT}; sync {KEPT}")
    assert alone.run("cat /card/mode") == "closed"
    assert alone.run("systemctl --failed --plain --no-legend") == ""
    assert alone.run("dpkg --root=/card/root --audit") == ""
    alone.power_off()
    card = alone.boot_partition().card
    root = partitions(card)[1]
    checked = subprocess.run(
        ["/usr/sbin/e2fsck", "-fn", f"{card}?offset={root.start_bytes}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def node_cards(alone: Node) -> set[bytes]:
    """Return the cards that the node has written to its boot partition; it must be off."""
    boot = alone.boot_partition()
    return {boot.read(name) for name in boot.names() if name.endswith(".card")}


def have_a_node(alone: Node) -> None:
    """Let the card be a node, unless the test before has done it; then it is off."""
    if not alone.strategy.is_card_ours:
        alone.to(Status.ready)
        alone.power_off()
    alone.to(Status.off)


def test_first_boot(alone: Node, plug: Plug) -> None:
    alone.strategy.card_with(None)
    plug.boots()
    assert_whole(alone)
    assert len(partitions(alone.boot_partition().card)) == 3
    plug.good("a node, root closed and clean")


def test_growing(alone: Node, plug: Plug) -> None:
    have_a_node(alone)
    before = node_cards(alone)
    card = alone.boot_partition().card
    size_bytes = partitions(card)[2].size_bytes
    os.truncate(card, card.stat().st_size + GROWN_BYTES)
    plug.boots()
    assert int(alone.run("df --output=size --block-size=1 /card/data | tail -n 1")) > size_bytes
    assert_whole(alone)
    assert node_cards(alone) == before
    assert partitions(card)[2].size_bytes >= size_bytes + GROWN_BYTES - (8 << 20)
    plug.good("the same node, partition and file system grown")


def test_reset(alone: Node, plug: Plug) -> None:
    have_a_node(alone)
    before = node_cards(alone)
    alone.boot_partition().write(RESET, b"everything\n")
    plug.starts_of(
        "card-first-boot.service",
        RESET_S,
        lambda: "asked for" if RESET in alone.boot_partition().names() else "begun",
    )
    assert not alone.succeeds(f"ls {KEPT}")
    assert not alone.succeeds(f"ls /boot/firmware/{RESET}")
    assert "everything, on" in alone.run("grep ^reset /boot/firmware/netrelay-node.txt")
    assert_whole(alone)
    assert len(node_cards(alone)) == 1
    assert not node_cards(alone) & before
    plug.good("another node, reset once")


def await_boot_partition(alone: Node) -> None:
    wait_for(
        lambda: alone.succeeds("mountpoint -q /boot/firmware"),
        "boot partition",
        within_s=MOUNTED_S,
    )


def reach_archive(alone: Node, archive: SecurityArchive) -> None:
    """Make the archive that of this boot; updates need a way to the Internet, too."""
    await_boot_partition(alone)
    archive.point_to_it()
    # QEMU's server names no router where nothing leads out.
    wait_for(
        lambda: alone.succeeds(f"ip route replace default via {OFFICE_ROUTER}"),
        "address in the office",
        within_s=MOUNTED_S,
    )


def test_update(alone: Node, plug: Plug) -> None:
    have_a_node(alone)
    archive = SecurityArchive(alone)
    alone.to(Status.booted)
    await_boot_partition(alone)
    archive.make()
    for _ in range(CUTS):
        alone.to(Status.booted)
        reach_archive(alone, archive)
        archive.install_old()
        alone.strategy.type_line("netrelay card update")
        plug.pull(UPDATE_S)
    alone.to(Status.ready)
    reach_archive(alone, archive)
    alone.run("netrelay card update", timeout_s=1800)
    assert archive.installed() == "2 install ok installed"
    assert archive.files_agree()
    assert_whole(alone)
    plug.good("booted, and the next run installed all of it")
