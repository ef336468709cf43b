"""The root file system is read-only in service, and a boot does not write to its partition."""

import pytest

from rig.node import Node
from rig.root_writes import root_sectors_written
from rig.strategy import Status

pytestmark = pytest.mark.nodes("alone")


@pytest.fixture(autouse=True)
def _ready(alone: Node) -> None:
    alone.to(Status.ready)


def test_nothing_of_the_system_can_be_written(alone: Node) -> None:
    assert alone.run("cat /card/mode") == "closed"
    for path in ("/usr/file", "/file", "/card/root/etc/file"):
        assert not alone.succeeds(f"touch {path}")
    assert "read-only" in alone.run("netrelay card status")


def test_a_boot_after_a_cut_writes_nothing_to_the_root(alone: Node) -> None:
    alone.run("echo kept >/etc/netrelay-kept; sync /etc/netrelay-kept /etc; echo lost >/var/lost")
    alone.strategy.pull_plug()
    alone.to(Status.ready)
    assert root_sectors_written(alone) == 0
    assert alone.run("cat /etc/netrelay-kept") == "kept"
    assert not alone.succeeds("ls /var/lost")


def test_unlocked_from_one_boot_to_the_next(alone: Node) -> None:
    alone.run("netrelay card unlock")
    alone.reboot()
    assert alone.run("cat /card/mode") == "unlocked"
    alone.run("touch /usr/kept /var/kept")
    alone.reboot()
    assert alone.run("cat /card/mode") == "closed"
    alone.run("ls /usr/kept /var/kept")
