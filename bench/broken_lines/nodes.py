"""Two nodes in network namespaces: shelf, which sends, and boat, which receives."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

_Node = TypeVar("_Node", bound="Node")


class Node:
    """A node in a network namespace of this run."""

    def __init__(self, folder: Path, name: str, space: str, address: str) -> None:
        self.name = name
        self.home = folder / name
        self._space = space
        self._address = address
        self._up: subprocess.Popen[bytes] | None = None

    def netrelay(self, *arguments: str) -> None:
        """Run one command of this node."""
        command = [*self._command(*arguments)]
        subprocess.run(command, check=True, capture_output=True)

    def make(self) -> None:
        """Create its home, and its card beside it."""
        self.netrelay("init", self.name, "--address", self._address)
        self.netrelay("id", "--card", str(self.home.with_suffix(".card")))

    def enrol(self, other: "Node") -> None:
        """Add another node, which may deliver here."""
        self.netrelay("peer", "add", str(other.home.with_suffix(".card")))
        self.netrelay("peer", "allow", other.name, "deliver")

    def drop(self, name: str, content: bytes) -> None:
        """Drop a file for boat; it appears whole."""
        unfinished = self.home / f"{name}.unfinished"
        unfinished.write_bytes(content)
        unfinished.rename(self.home / "drop" / "boat" / name)

    def start(self) -> None:
        """Start it; `stop` ends it."""
        self._up = subprocess.Popen(
            ["ip", "netns", "exec", self._space, *self._command("up")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Stop it in order."""
        if self._up is not None:
            self._up.terminate()
            self._up.wait()

    def _command(self, *arguments: str) -> list[str]:
        return [
            str(Path(sys.executable).with_name("netrelay")), *arguments, "--home", str(self.home)
        ]  # fmt: skip


@contextmanager
def running_pair(shelf: _Node, boat: _Node) -> Iterator[tuple[_Node, _Node]]:
    """Yield two nodes that know each other and run; they are stopped at the end."""
    for node in (shelf, boat):
        node.make()
    shelf.enrol(boat)
    boat.enrol(shelf)
    try:
        for node in (shelf, boat):
            node.start()
        yield shelf, boat
    finally:
        for node in (shelf, boat):
            node.stop()
