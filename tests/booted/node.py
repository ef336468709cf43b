"""A node on a booted machine: its commands, folders and journal."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.core.words import PROCESSES
from tests.booted.machine import Machine

HOME = Path("/var/lib/netrelay")
RUNTIME = Path("/run/netrelay")
TARGET = "netrelay.target"
SERVICES = tuple(f"netrelay-{process}.service" for process in PROCESSES)
SHELF_ADDRESS = "10.77.0.1"
BOAT_ADDRESS = "10.77.0.2"


class BootedNode:
    """A machine with the package, and its address."""

    def __init__(self, machine: Machine, address: str) -> None:
        self.machine = machine
        self.address = address

    @property
    def name(self) -> str:
        """Name of the node."""
        return self.machine.name

    @property
    def home(self) -> Path:
        """Outside path of the node's home."""
        return self.machine.root / HOME.relative_to("/")

    @property
    def runtime(self) -> Path:
        """Outside path of the runtime directory of a running node."""
        return self.machine.inside(RUNTIME)

    def type(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> str:
        """Run a command of netrelay as root; return its output."""
        return self.machine.run("netrelay", *arguments, allowed=allowed)

    def begin(self) -> None:
        """Create the node as the documents describe, and wait until all processes run."""
        self.type("init", self.name, "--address", self.address)
        self.machine.run("systemctl", "enable", "--now", TARGET)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Block until every service is active, that is, has sent READY=1 (Type=notify)."""
        self.machine.wait_for("all eight", lambda: not self.not_running())

    def not_running(self) -> list[str]:
        """Return the services that are not active."""
        said = self.machine.run("systemctl", "is-active", *SERVICES, allowed=(0, 3)).split()
        return [unit for unit, state in zip(SERVICES, said, strict=True) if state != "active"]

    def restarts(self) -> dict[str, int]:
        """Return the number of automatic restarts of each service."""
        return {unit: int(self.machine.property_of(unit, "NRestarts") or 0) for unit in SERVICES}

    def drop(self, peer: str, name: str, body: bytes) -> None:
        """Move a file into the drop folder."""
        beside = self.home / "drop" / f".{name}"
        beside.write_bytes(body)
        os.chown(beside, *_owner(self.home))
        beside.rename(self.home / "drop" / peer / name)

    def received(self, peer: str) -> dict[str, str]:
        """Return the SHA-256 of each file in the inbox folder of a peer, by name."""
        folder = self.home / "inbox" / peer
        if not folder.is_dir():
            return {}
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
        }

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """Return the journal entries that match FIELD=VALUE, oldest first."""
        self.machine.run("journalctl", "--sync")
        said = self.machine.run("journalctl", "--output=json", "--no-pager", *matches)
        return [json.loads(line) for line in said.splitlines()]


class BootedPair(NamedTuple):
    """Two nodes that are peers."""

    shelf: BootedNode
    boat: BootedNode


def introduce(one: BootedNode, other: BootedNode) -> None:
    """Make two nodes peers that may deliver to each other."""
    for node, peer in ((one, other), (other, one)):
        peer.type("id", "--card", "/root/own.card", "--address", peer.address)
        card = node.machine.root / "root" / f"{peer.name}.card"
        card.write_bytes((peer.machine.root / "root/own.card").read_bytes())
        node.type("peer", "add", f"/root/{peer.name}.card")
        node.type("peer", "allow", peer.name, "deliver")


def send(source: BootedNode, destination: BootedNode, name: str, size_bytes: int) -> None:
    """Drop a file, and wait until it is complete in the inbox of the destination."""
    body = os.urandom(size_bytes)
    source.drop(destination.name, name, body)
    expect(source, destination, name, body)


def expect(source: BootedNode, destination: BootedNode, name: str, body: bytes) -> None:
    """Wait until a file is in the inbox, and compare it."""
    destination.machine.wait_for(
        f"{name} in the inbox", lambda: name in destination.received(source.name)
    )
    assert destination.received(source.name)[name] == hashlib.sha256(body).hexdigest()


def _owner(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid
