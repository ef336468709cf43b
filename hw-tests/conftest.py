"""Nodes for the tests: which of them run, on what image, and in what order the tests go."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rig.emulator import needs
from rig.fleet import Fleet, FleetCard
from rig.node import Node
from rig.strategy import Status
from rig.workplace import CHECKOUT

IMAGE_VARIABLE = "LG_NETRELAY_IMAGE"
IMAGES = "netrelay-*-arm64.img"
# On one pair of nodes these go first: what follows cuts, fills and turns clocks back.
GENTLE = ("test_fleet_card.py", "test_first_boot.py", "test_transfer.py")
# sfdisk: fdisk; setpriv: util-linux; the rest by their own names.
PROGRAMS = ("sfdisk", "mcopy", "qemu-img", "qemu-system-aarch64", "setpriv", "bmaptool")


def pytest_configure(config: pytest.Config) -> None:
    """Finds the image before labgrid reads the environment file, which names it by a variable."""
    config.addinivalue_line("markers", "nodes(*names): the nodes that have power during the test")
    images = sorted(
        (CHECKOUT / "build" / "image").glob(IMAGES), key=lambda path: path.stat().st_mtime
    )
    if images:
        os.environ.setdefault(IMAGE_VARIABLE, str(images[-1]))
    os.environ.setdefault(IMAGE_VARIABLE, str(CHECKOUT / "build" / "image" / "no-image"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts tests with the same nodes beside one another, those with the fewest first."""
    items.sort(key=lambda item: (len(_nodes_of(item)), _nodes_of(item), _roughness_of(item)))


def _nodes_of(item: pytest.Item) -> tuple[str, ...]:
    marker = item.get_closest_marker("nodes")
    return marker.args if marker else ()


def _roughness_of(item: pytest.Item) -> int:
    return GENTLE.index(item.path.name) if item.path.name in GENTLE else len(GENTLE)


class Bench:
    """All nodes of the environment file, as far as they are asked for."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self._nodes: dict[str, Node] = {}

    def node(self, name: str) -> Node:
        """A node by its name; the test is skipped on a bench that has no such node."""
        if name not in self._nodes:
            target = self._env.get_target(name)
            if target is None:
                pytest.skip(f"this bench has no node {name}: see {self._env.config_file}")
            self._nodes[name] = Node(target)
        return self._nodes[name]

    def only(self, *names: str) -> None:
        """Takes the power from every other node: an emulated one needs a processor of ours."""
        for name, node in self._nodes.items():
            if name not in names and node.strategy.has_power:
                node.to(Status.off)

    def off(self) -> None:
        """Takes the power from all."""
        self.only()


@pytest.fixture(scope="session")
def image() -> Path:
    """The image that is tested."""
    path = Path(os.environ[IMAGE_VARIABLE])
    if not path.is_file():
        pytest.exit(f"there is no image at {path}: type `make image`, or set {IMAGE_VARIABLE}", 69)
    return path


@pytest.fixture(scope="session")
def bench(env: Any, image: Path) -> Iterator[Bench]:
    """The bench; every node loses its power at the end."""
    if "qemu" in env.get_features() and (missing := needs(*PROGRAMS)):
        pytest.exit(
            f"this machine lacks {', '.join(missing)}: hw-tests/README.md says what to install", 69
        )
    found = Bench(env)
    yield found
    found.off()


@pytest.fixture(autouse=True)
def _power(request: pytest.FixtureRequest) -> None:
    nodes = _nodes_of(request.node)
    if nodes:
        request.getfixturevalue("bench").only(*nodes)


@pytest.fixture(scope="session")
def fleet_card(tmp_path_factory: pytest.TempPathFactory) -> FleetCard:
    """What provisions the cards of one fleet; its keys lie beside its fleet.toml."""
    return FleetCard(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def fleet(bench: Bench, fleet_card: FleetCard) -> Fleet:
    """a and b, ready, from one fleet.toml."""
    found = Fleet(bench.node, ("a", "b"), fleet_card)
    found.bring_up()
    return found


@pytest.fixture
def chain(bench: Bench, fleet_card: FleetCard) -> Fleet:
    """a, b and c, ready: b lies between a and c, on a cable to each."""
    found = Fleet(bench.node, ("a", "b", "c"), fleet_card)
    found.bring_up()
    return found


@pytest.fixture
def pi3b(bench: Bench) -> Node:
    """A Raspberry Pi 3 B."""
    return bench.node("pi3b")


@pytest.fixture(scope="session")
def alone(bench: Bench) -> Node:
    """A node by itself, in a network with DHCP."""
    return bench.node("alone")
