"""Cards of a fleet file: flashed, booted, and a file is transferred without any command."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.card.boot_partition import Card
from tests.provisioning.card.fat import make_image, needs_mtools, unpack
from tests.story.nodes import MIB, Homes, RunningNode, free_address

pytestmark = needs_mtools


@pytest.fixture
def fleet(homes: Homes) -> Iterator[dict[str, RunningNode]]:
    """Yield the running nodes of three cards: b relays between a and c."""
    folder = homes.folder
    addresses = {name: free_address() for name in "abc"}
    lines = []
    for name, address in addresses.items():
        lines += [f"[nodes.{name}]", f'listen = "{address}"']
        lines += {
            "a": ['deliver = "all"', 'via = { c = "b" }'],
            "b": ['deliver = "all"', 'relay = "all"'],
            "c": ['deliver = "all"', 'via = { a = "b" }'],
        }[name]
    (folder / "fleet.toml").write_text("\n".join(lines))
    nodes = {}
    for name, address in addresses.items():
        card = Card(folder / name)
        write_and_flash(folder, card, name)
        assert card.good().name == name
        node = RunningNode(folder, name, card.home.path)
        node.address = address
        nodes[name] = node
        homes.nodes.append(node)
    for node in nodes.values():
        node.start()
    yield nodes
    for node in nodes.values():
        node.stop()


def write_and_flash(folder: Path, card: Card, name: str) -> None:
    """Write a node's card, and return the boot partition as a Pi would find it."""
    from tests.cli.command_line import CommandLine

    image = make_image(folder / f"{name}.img")
    command = CommandLine(folder / "no-node")
    fleet = str(folder / "fleet.toml")
    command.good("fleet", "card", name, "--image", str(image), "--fleet", fleet)
    for path in card.boot.iterdir():
        path.unlink()
    unpack(image, card.boot)
    image.unlink()


def test_a_file_is_transferred_without_any_command(fleet: dict[str, RunningNode]) -> None:
    dropped = fleet["a"].drop("b", "photo.jpg", os.urandom(2 * MIB + 7))
    fleet["b"].wait_for_delivery("a", dropped)
    fleet["a"].wait_until_settled()


def test_a_file_is_relayed_and_its_receipt_comes_back(
    fleet: dict[str, RunningNode],
) -> None:
    dropped = fleet["a"].drop("c", "film.mkv", os.urandom(3 * MIB + 7))
    fleet["c"].wait_for_delivery("a", dropped)
    fleet["a"].wait_until_settled()
    assert fleet["b"].number("SELECT count(*) FROM messages WHERE salt IS NOT NULL") > 0
    assert all(node.errors() == [] for node in fleet.values())
