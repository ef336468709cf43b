"""Nodes a and b, booted from cards of one fleet.toml, have each other as peers."""

import pytest

from rig.fleet import Fleet
from rig.node import HOME

pytestmark = pytest.mark.nodes("a", "b")


def test_a_file_arrives_although_nobody_typed_anything(fleet: Fleet) -> None:
    assert "b" in fleet["a"].run("netrelay peer ls")
    file = fleet["a"].send("first.txt", 1000, "b")
    fleet["b"].await_file(file, "a")
    fleet["a"].await_delivered(file)


def test_the_keys_lie_on_the_root_partition_for_nobody_else(fleet: Fleet) -> None:
    keys = fleet["a"].run(f"stat --format='%a %U %n' {HOME}/keys/*").splitlines()
    assert keys
    assert [line for line in keys if not line.startswith(("600 netrelay", "400 netrelay"))] == []


def test_no_secret_is_left_on_the_boot_partition(fleet: Fleet) -> None:
    """Search all bytes of the partition, in files and in free space."""
    node = fleet["a"]
    secrets = [
        bytes.fromhex(node.run(f"tail -c 24 {path} | od -An -tx1 -v | tr -d ' \\n'"))
        for path in node.run(f"find {HOME}/keys -type f").splitlines()
    ]
    node.power_off()
    content = node.boot_partition().content()
    fleet.start("a")
    assert secrets
    assert [secret for secret in secrets if secret in content] == []
