"""Nodes a, b and c from one fleet.toml."""

import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rig.card import BootPartition
from rig.card_protocol import CardProtocol
from rig.node import Node
from rig.strategy import Status
from rig.workplace import CHECKOUT

# Not the default ports, to detect a node that does not read its file.
COMMSPORT, DATAPORT = 7421, 7422
ADDRESSES = {"a": "10.77.1.1", "b": "10.77.1.2", "c": "10.77.2.3"}
SECOND_ADDRESS_OF_B = "10.77.2.2"
"""On the cable to c; the one to a has the address in ADDRESSES."""
PAGE_PORT, METRICS_PORT = 80, 7481
PAGE_PASSWORDS = ("zebra umbrella 7", "violin compass 4")
"""For looking at the page of b, and for acting on it."""
VISIT = "page_visit.py"
NETRELAY = CHECKOUT / ".venv" / "bin" / "netrelay"
CARD_S = 300.0

FLEET_TOML = f"""\
# a ===== b ===== c: no cable joins a and c, and b carries what they have for each other.
[nodes.a]
network = {{ address = "{ADDRESSES["a"]}/24" }}
addresses = ["{ADDRESSES["a"]}"]
commsport = {COMMSPORT}
dataports = [{DATAPORT}]
deliver = "all"
via = {{ c = "b" }}

[nodes.b]
network = {{ address = "{ADDRESSES["b"]}/24" }}
addresses = ["{ADDRESSES["b"]}", "{SECOND_ADDRESS_OF_B}"]
commsport = {COMMSPORT}
dataports = [{DATAPORT}]
deliver = "all"
relay = "all"

[nodes.c]
network = {{ address = "{ADDRESSES["c"]}/24" }}
addresses = ["{ADDRESSES["c"]}"]
commsport = {COMMSPORT}
dataports = [{DATAPORT}]
deliver = "all"
via = {{ a = "b" }}
"""

# Keys that a person adds to a card's file, below the empty sections that it has.
ADDED_KEYS = {
    "page": f"""\
password = "{PAGE_PASSWORDS[0]}"
control = true
control_password = "{PAGE_PASSWORDS[1]}"
""",
    "metrics": f"""\
listen = "[::]:{METRICS_PORT}"
from = ["{ADDRESSES["a"]}"]
""",
}


class Fleet:
    """The nodes of the fleet that a test uses."""

    def __init__(
        self, find: Callable[[str], Node], names: Iterable[str], card: "FleetCard"
    ) -> None:
        self._nodes = {name: find(name) for name in names}
        self._card = card

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def address(self, name: str) -> str:
        """Return the address of a node for its neighbours."""
        return ADDRESSES[name]

    def bring_up(self) -> None:
        """Flash and provision the nodes without a card of this fleet, and start all."""
        for node in self._nodes.values():
            if node.strategy.provision != self._card:
                node.strategy.card_with(self._card)
        self.start(*self._nodes)

    def start(self, *names: str) -> None:
        """Switch on nodes in parallel, and wait until they are ready."""
        for name in names:
            self[name].strategy.start()
        for name in names:
            self[name].to(Status.ready)
        if "b" in names:
            self._lay_second_cable()

    def _lay_second_cable(self) -> None:
        """Set a separate address of b on the cable to c, once for each of its starts.

        netrelay.toml has one address, for one Ethernet socket.
        """
        b = self["b"]
        second = b.run("ls /sys/class/net | grep -E '^(e|usb)' | sort | sed -n 2p")
        if second and not b.succeeds(f"ip address show | grep -F {SECOND_ADDRESS_OF_B}/"):
            b.run(f"ip address flush dev {second} scope global")
            b.run(f"ip address add {SECOND_ADDRESS_OF_B}/24 dev {second}")

    def cut(self, name: str) -> None:
        """Cut the power of a node and start it again."""
        self[name].strategy.pull_plug()
        self.start(name)


@dataclass(frozen=True, slots=True)
class FleetCard:
    """Provision a card by `netrelay fleet card`; b has page and metrics, and a visits them.

    The keys of the fleet are beside its fleet.toml in the folder; each run has its own fleet.
    """

    folder: Path

    def __call__(self, card: CardProtocol) -> None:
        fleet = self.folder / "fleet.toml"
        fleet.write_text(FLEET_TOML)
        command = [str(NETRELAY), "fleet", "card", card.target.name, "--fleet", str(fleet)]
        command += [card.fleet_option, str(card.path)]
        command += ["--yes"] if card.fleet_option == "--device" else []
        # sfdisk is in a folder that is not in the PATH of ordinary users.
        environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=CARD_S, check=False, env=environment
        )
        if answer.returncode:
            raise AssertionError(f"{' '.join(command)}: {answer.stdout}{answer.stderr}")
        boot = BootPartition(card.path)
        if card.target.name == "b":
            boot.write("netrelay.toml", with_keys(boot.read("netrelay.toml")))
        boot.write(VISIT, Path(__file__).with_name(VISIT).read_bytes())


def with_keys(boot_file: bytes) -> bytes:
    """Return a card's file with `ADDED_KEYS` in their sections."""
    for section, keys in ADDED_KEYS.items():
        head = f"\n[{section}]\n".encode()
        assert boot_file.count(head) == 1, section
        boot_file = boot_file.replace(head, head + keys.encode())
    return boot_file
