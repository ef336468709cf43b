"""Two nodes in a network without IPv4, whose addresses come from a router's advertisements."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from netrelay.link.listen import EVERY_ADDRESS
from tests.cli.command_line import CHECKOUT
from tests.story.nodes import KIB, Homes, RunningNode, wait_for

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and ip(8)"
)
PREFIX = "fd00:77::"
# IFA_F_TENTATIVE, of an address that is still looked for on the network (linux/if_addr.h).
TENTATIVE = "tentative"


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True, text=True)
    return done.stdout


class Network:
    """A bridge with a router, and a namespace for each node, joined by Ethernet pairs."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._router = self._namespace("r")
        ip("-n", self._router, "link", "add", "lan", "type", "bridge")
        # Its address on the bridge may be used at once.
        self._write("r", "net/ipv6/conf/lan/accept_dad", "0")
        ip("-n", self._router, "link", "set", "lan", "up")

    def _namespace(self, word: str) -> str:
        name = f"netrelay-{os.getpid()}-6{word}"
        ip("netns", "add", name)
        self._stack.callback(subprocess.run, ["ip", "netns", "delete", name], timeout=20)
        ip("-n", name, "link", "set", "lo", "up")
        return name

    def _write(self, word: str, path: str, value: str) -> None:
        name = f"netrelay-{os.getpid()}-6{word}"
        script = f"echo {value} >/proc/sys/{path}"
        subprocess.run(["ip", "netns", "exec", name, "sh", "-c", script], check=True, timeout=20)

    def advertise(self) -> None:
        """Start the router."""
        command = ["ip", "netns", "exec", self._router, sys.executable, "-m"]
        command += ["tests.story.router_advertisements", "lan", PREFIX]
        router = self._stack.enter_context(
            subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )
        self._stack.callback(router.kill)
        assert router.stdout is not None
        assert router.stdout.readline() == b"ready\n"

    def join(self, word: str) -> str:
        """Return a namespace with an Ethernet interface of the network, without an address."""
        name = self._namespace(word)
        pair = ["type", "veth", "peer", "name", "eth0", "netns", name]
        ip("-n", self._router, "link", "add", f"to-{word}", *pair)
        ip("-n", self._router, "link", "set", f"to-{word}", "master", "lan", "up")
        ip("-n", name, "link", "set", "eth0", "up")
        return name


def advertised_address(namespace: str) -> str:
    """Return the address that a namespace has given itself, "" while it has none."""
    (link,) = json.loads(ip("-n", namespace, "-6", "-j", "address", "show", "dev", "eth0"))
    found = [each for each in link["addr_info"] if each["scope"] == "global"]
    return next((str(each["local"]) for each in found if TENTATIVE not in each), "")


@pytest.fixture
def network() -> Iterator[Network]:
    with ExitStack() as stack:
        yield Network(stack)


def test_files_go_both_ways(homes: Homes, network: Network) -> None:
    network.advertise()
    nodes: list[RunningNode] = []
    for name in ("shelf", "boat"):
        namespace = network.join(name[0])
        address = wait_for(f"an address of {name}", lambda: advertised_address(namespace))  # noqa: B023
        node = homes.node(name)
        # As a new card: it listens everywhere, and its card says where it is.
        node.address = address
        node.configure(address=EVERY_ADDRESS)
        node.enter = ["nsenter", f"--net=/run/netns/{namespace}"]
        nodes.append(node)
    shelf, boat = nodes
    for one, other in ((shelf, boat), (boat, shelf)):
        card = other.home.path.with_name(f"{other.name}.card")
        other.line.good("id", "--card", str(card), "--address", other.address)
        one.line.good("peer", "add", str(card))
        one.line.good("peer", "allow", other.name, "deliver")
        one.begin()
    for node in nodes:
        node.wait_until_ready()
    for one, other in ((shelf, boat), (boat, shelf)):
        dropped = one.drop(other.name, f"{one.name}.bin", os.urandom(300 * KIB))
        other.wait_for_delivery(one.name, dropped)
        one.wait_until_settled()
    for one, other in ((shelf, boat), (boat, shelf)):
        assert one.errors() == []
        assert one.value("SELECT seen_address FROM peers") == other.address
        assert socket.inet_pton(socket.AF_INET6, other.address).startswith(
            socket.inet_pton(socket.AF_INET6, PREFIX)[:8]
        )
