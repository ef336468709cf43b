"""The nodes a, b and c from one fleet.toml: what a test gets unless it needs a blank card."""

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from rig.card_protocol import CardProtocol
from rig.node import Node
from rig.strategy import Status
from rig.workplace import CHECKOUT

COMMSPORT = 7421
DATAPORT = 7422
ADDRESSES = {"a": "10.77.1.1", "b": "10.77.1.2", "c": "10.77.2.3"}
"""a and b share a cable, b and c another; b's second address is SECOND_ADDRESS_OF_B."""
SECOND_ADDRESS_OF_B = "10.77.2.2"
NETRELAY = CHECKOUT / ".venv" / "bin" / "netrelay"
CARD_S = 300.0


def fleet_toml() -> str:
    """The whole fleet: a and c reach each other through b. Ports are not the usual ones, so that
    a node which ignores its file is found out."""
    raise NotImplementedError


class Fleet:
    """Those nodes of the fleet that a test has power for."""

    def __init__(self, find: Callable[[str], Node], names: Iterable[str], folder: Path) -> None:
        self._nodes = {name: find(name) for name in names}
        self._file = folder / "fleet.toml"
        if not self._file.exists():
            self._file.write_text(fleet_toml())

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def address(self, name: str) -> str:
        """Where a node is found by its neighbours."""
        return ADDRESSES[name]

    def bring_up(self) -> None:
        """Flashes and provisions those that have no card of this fleet yet, and starts them all."""
        for node in self._nodes.values():
            if node.strategy.provision != self._card:
                node.strategy.card_with(self._card)
            node.strategy.start()
        for node in self._nodes.values():
            node.to(Status.ready)

    def start(self, *names: str) -> None:
        """Gives nodes power again, side by side, and waits until they are ready."""
        for name in names:
            self[name].strategy.start()
        for name in names:
            self[name].to(Status.ready)

    def join_c(self) -> None:
        """Gives b an address on its second cable: netrelay.toml has one for all of them."""
        b = self["b"]
        second = b.run("ls /sys/class/net | grep -v '^lo$' | sort | sed -n 2p")
        if not second:
            raise AssertionError("b has no second network card for the cable to c")
        b.run(f"ip address flush dev {second} scope global")
        b.run(f"ip address add {SECOND_ADDRESS_OF_B}/24 dev {second}")

    def cut(self, name: str) -> None:
        """Pulls the plug of a node where it stands, and starts it again."""
        self[name].strategy.pull_plug()
        self.start(name)

    def _card(self, card: CardProtocol) -> None:
        name = card.target.name
        command = [str(NETRELAY), "fleet", "card", name, card.fleet_option, str(card.path)]
        command += ["--file", str(self._file)]
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=CARD_S, check=False, env=_environment()
        )
        if answer.returncode:
            raise AssertionError(f"{' '.join(command)}: {answer.stdout}{answer.stderr}")


def _environment() -> dict[str, str]:
    """sfdisk and mkfs live where an ordinary user's PATH does not look."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
