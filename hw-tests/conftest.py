"""Fixtures of the tests on machines: nodes, image and order of the tests."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rig.emulator import needs
from rig.evidence import Evidence
from rig.fleet import Fleet, FleetCard
from rig.node import Node
from rig.strategy import Status
from rig.workplace import CHECKOUT

IMAGE_VARIABLE = "LG_NETRELAY_IMAGE"
IMAGES = "netrelay-*-arm64.img"
# These run first on a pair of nodes; the others cut power, fill disks and change clocks.
GENTLE = ("test_fleet_card.py", "test_first_boot.py", "test_transfer.py")
# Packages: sfdisk is in fdisk, setpriv in util-linux, mcopy in mtools, mkfs.vfat in dosfstools,
# mkfs.exfat in exfatprogs, the others in packages of their names.
PROGRAMS = (
    "sfdisk",
    "mcopy",
    "mkfs.vfat",
    "mkfs.exfat",
    "qemu-img",
    "qemu-system-aarch64",
    "setpriv",
    "bmaptool",
)


def pytest_configure(config: pytest.Config) -> None:
    """Set the variable of the image before labgrid reads the environment file that uses it."""
    config.addinivalue_line("markers", "nodes(*names): the nodes that have power during the test")
    images = sorted(
        (CHECKOUT / "build" / "image").glob(IMAGES), key=lambda path: path.stat().st_mtime
    )
    if images:
        os.environ.setdefault(IMAGE_VARIABLE, str(images[-1]))
    os.environ.setdefault(IMAGE_VARIABLE, str(CHECKOUT / "build" / "image" / "no-image"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by their nodes, those with the fewest nodes first."""
    items.sort(key=lambda item: (len(_nodes_of(item)), _nodes_of(item), _roughness_of(item)))


def _nodes_of(item: pytest.Item) -> tuple[str, ...]:
    marker = item.get_closest_marker("nodes")
    return marker.args if marker else ()


def _roughness_of(item: pytest.Item) -> int:
    return GENTLE.index(item.path.name) if item.path.name in GENTLE else len(GENTLE)


class Bench:
    """The nodes of the environment file, created on demand."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self._nodes: dict[str, Node] = {}

    def node(self, name: str) -> Node:
        """Return a node by name; skip the test on a bench without it."""
        if name not in self._nodes:
            target = self._env.get_target(name)
            if target is None:
                pytest.skip(f"this bench has no node {name}: see {self._env.config_file}")
            self._nodes[name] = Node(target)
        return self._nodes[name]

    def only(self, *names: str) -> None:
        """Switch off every other node, since emulated ones compete for the processor."""
        for name, node in self._nodes.items():
            if name not in names and node.strategy.has_power:
                node.to(Status.off)

    def off(self) -> None:
        """Switch off all nodes."""
        self.only()


@pytest.fixture(scope="session")
def image() -> Path:
    """Return the image that is tested."""
    path = Path(os.environ[IMAGE_VARIABLE])
    if not path.is_file():
        pytest.exit(f"there is no image at {path}: type `make image`, or set {IMAGE_VARIABLE}", 69)
    return path


@pytest.fixture(scope="session")
def bench(env: Any, image: Path) -> Iterator[Bench]:
    """Yield the bench; switch off every node at the end."""
    if "qemu" in env.get_features() and (missing := needs(*PROGRAMS)):
        pytest.exit(
            f"this machine lacks {', '.join(missing)}: hw-tests/README.md says what to install", 69
        )
    found = Bench(env)
    yield found
    found.off()


@pytest.fixture(scope="session")
def evidence(image: Path) -> Evidence:
    """Return the figures of this run (rig/evidence.py)."""
    return Evidence(f"{datetime.now(UTC):%Y-%m-%d}, `{image.name}`, by `make hw-test`.")


@pytest.fixture(autouse=True)
def _power(request: pytest.FixtureRequest) -> None:
    nodes = _nodes_of(request.node)
    if nodes:
        request.getfixturevalue("bench").only(*nodes)


@pytest.fixture(scope="session")
def fleet_card(tmp_path_factory: pytest.TempPathFactory) -> FleetCard:
    """Return the provisioner of the cards of one fleet, with its keys beside its fleet.toml."""
    return FleetCard(tmp_path_factory.mktemp("fleet"))


@pytest.fixture
def fleet(bench: Bench, fleet_card: FleetCard) -> Fleet:
    """Return a and b, ready, from one fleet.toml."""
    found = Fleet(bench.node, ("a", "b"), fleet_card)
    found.bring_up()
    return found


@pytest.fixture
def chain(bench: Bench, fleet_card: FleetCard) -> Fleet:
    """Return a, b and c, ready: b is between a and c, with a cable to each."""
    found = Fleet(bench.node, ("a", "b", "c"), fleet_card)
    found.bring_up()
    return found


@pytest.fixture
def pi3b(bench: Bench) -> Node:
    """Return a Raspberry Pi 3 B."""
    return bench.node("pi3b")


@pytest.fixture(scope="session")
def alone(bench: Bench) -> Node:
    """Return a single node in a network with DHCP; NETRELAY_HW_KEEP_CARD: with its last card."""
    node = bench.node("alone")
    if os.environ.get("NETRELAY_HW_KEEP_CARD"):
        node.strategy.force(Status.flashed)
    return node
