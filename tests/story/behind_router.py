"""Nodes behind masquerading routers, in network namespaces of their own.

hub      198.18.0.1, in the outer namespace
router   198.18.N.1 outside, the only way out of the inner namespace N
node     10.77.0.2, in the inner namespace N; nobody can dial it
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from tests.cli.command_line import CHECKOUT
from tests.story.nodes import Homes, RunningNode, wait_for

HUB_ADDRESS = "198.18.0.1"
_INNER_ADDRESS = "10.77.0.2"
_numbers = count(1)
can_route = os.geteuid() == 0 and shutil.which("ip") is not None and Path("/dev/net/tun").exists()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True)


@contextmanager
def _namespace() -> Iterator[str]:
    # The kernel frees a name with a delay, so each has its own.
    name = f"netrelay-{os.getpid()}-r{next(_numbers)}"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], timeout=20, capture_output=True)


class Router:
    """A running `tests.story.masquerade`; each method is one of its commands."""

    def __init__(self, words: list[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.story.masquerade", *words],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def forget(self) -> None:
        """Empty the connection table."""
        assert self._ask("forget") == "done"

    def move(self, address: str) -> None:
        """Change the outer address, and empty the connection table."""
        assert self._ask(f"address {address}") == "done"

    def count(self) -> dict[str, int]:
        """Return what was forwarded and refused since the last count."""
        counts = self._ask("count")
        assert isinstance(counts, dict)
        return counts

    def end(self) -> None:
        """Stop it; its interfaces go with it."""
        self._process.kill()
        self._process.wait()

    def _ask(self, command: str) -> object:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> object:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


class Network:
    """The outer namespace, and a router for each inner one."""

    def __init__(self, stack: ExitStack, homes: Homes) -> None:
        self._stack = stack
        self._homes = homes
        self._outer = stack.enter_context(_namespace())
        self._inner = 0
        _ip("-n", self._outer, "address", "add", f"{HUB_ADDRESS}/32", "dev", "lo")

    def hub(self, name: str) -> RunningNode:
        """Create the node that everybody can dial."""
        return self._node(name, self._outer, HUB_ADDRESS)

    def inner(self, name: str, idle_s: float) -> tuple[RunningNode, Router]:
        """Create a node behind a router that forgets what is idle for so long."""
        self._inner += 1
        inner, outside = self._stack.enter_context(_namespace()), f"outside{self._inner}"
        words = [inner, "inside", self._outer, outside, f"198.18.{self._inner}.1", str(idle_s)]
        router = Router(words)
        self._stack.callback(router.end)
        _ip("-n", inner, "address", "add", f"{_INNER_ADDRESS}/32", "dev", "inside")
        _ip("-n", inner, "route", "add", "default", "dev", "inside", "src", _INNER_ADDRESS)
        _ip("-n", self._outer, "route", "add", f"198.18.{self._inner}.0/24", "dev", outside)
        return self._node(name, inner, _INNER_ADDRESS), router

    def _node(self, name: str, namespace: str, address: str) -> RunningNode:
        node = self._homes.node(name)
        node.address = address
        node.configure(address=address)
        node.enter = ["nsenter", f"--net=/run/netns/{namespace}"]
        self._stack.callback(node.stop)
        return node


@contextmanager
def network(homes: Homes) -> Iterator[Network]:
    """Yield a network without nodes; its nodes are stopped at the end of the block."""
    with ExitStack() as stack:
        yield Network(stack, homes)


def wait_for_call(caller: RunningNode, peer: str) -> None:
    """Block until the call of a node to a peer is open."""
    call = "SELECT 1 FROM peer_overview WHERE peer = ? AND call = 'open'"
    wait_for(f"the call of {caller.name}", lambda: caller.rows(call, peer))
