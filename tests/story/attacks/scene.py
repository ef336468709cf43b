"""One attacked node, an honest peer of it, and what the node keeps while it is attacked."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from netrelay.seal import identity as identities
from netrelay.seal.identity import Identity
from tests.story.light_peers import enrol
from tests.story.nodes import KIB, Homes, RunningNode, free_address

HONEST_BYTES = 256 * KIB


class Party(NamedTuple):
    """A node as its peers know it, and its keys."""

    id: str
    identity: Identity


class Kept(NamedTuple):
    """What a node keeps for others; memory and descriptors: of all its processes together."""

    rows: int
    database_bytes: int
    home_bytes: int
    memory_bytes: int
    descriptors: int


class Scene:
    """The attacked node `shelf`, the honest peer `boat`, and `away`, a peer that is never there.

    `attacker` has the rights that the attack needs, and a quota of 1 MiB.
    """

    attacker: Party

    def __init__(self, homes: Homes) -> None:
        self.shelf, self.boat = pair = homes.pair()
        self._folder = homes.folder
        self._sent = self._attackers = 0
        pair.start()
        self.away = self._enrolled("away", ())
        real = identities.load(self.shelf.home.keys)
        self.target = Party(real.node_id, real)

    def enrol_attacker(self, rights: tuple[str, ...]) -> None:
        """Put another peer into the place of the attacker, which is a peer no more."""
        if self._attackers:
            self.shelf.line.good("peer", "rm", f"attacker-{self._attackers}")
        self._attackers += 1
        name = f"attacker-{self._attackers}"
        self.attacker = self._enrolled(name, rights)
        self.shelf.line.good("peer", "quota", name, "1M")

    def _enrolled(self, name: str, rights: tuple[str, ...]) -> Party:
        identity = identities.create(self._folder / f"{name}-keys")
        enrol(self.shelf, identity, name, free_address(), rights)
        return Party(identity.node_id, identity)

    def honest_file_s(self) -> float:
        """Send one file from the honest peer; return the seconds until it is in the inbox."""
        self._sent += 1
        began_s = time.monotonic()
        dropped = self.boat.drop("shelf", f"honest-{self._sent}", os.urandom(HONEST_BYTES))
        self.shelf.wait_for_delivery("boat", dropped)
        return time.monotonic() - began_s

    def honest_files_s(self, count: int) -> list[float]:
        """Send files one after the other; return the seconds of each."""
        return [self.honest_file_s() for _ in range(count)]

    def kept(self) -> Kept:
        """Return what the attacked node keeps now."""
        return kept_by(self.shelf)

    def attackers_rows(self) -> int:
        """Return how many messages of the attacker, or that it brought, have a row."""
        return self.shelf.number(
            "SELECT count(*) FROM messages WHERE id > 0 AND ?1 IN (source, previous_hop)",
            self.attacker.id,
        )


def kept_by(node: RunningNode) -> Kept:
    """Return what a node keeps now."""
    pids = node.pids()
    tables = node.rows(_TABLES)
    return Kept(
        sum(node.number(f"SELECT count(*) FROM {table[0]!s}") for table in tables),
        sum(path.stat().st_size for path in _database_files(node)),
        sum(_allocated_bytes(path) for path in node.home.path.rglob("*")),
        sum(anonymous_bytes(pid) for pid in pids),
        sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
    )


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def _database_files(node: RunningNode) -> Iterator[Path]:
    for suffix in ("", "-wal"):
        path = node.home.database.with_name(node.home.database.name + suffix)
        if path.exists():
            yield path


def _allocated_bytes(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except FileNotFoundError:
        return 0


def anonymous_bytes(pid: int) -> int:
    """Return the memory that a process has allocated; 0 if there is none of this pid."""
    # The rings are mapped files; what a peer can make a process allocate is not.
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
