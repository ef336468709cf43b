"""The root file system is read-only in service, and a boot does not write to its partition."""

import pytest

from rig.fleet import Fleet

pytestmark = pytest.mark.nodes("a")

# Sectors written, in the line of Documentation/block/stat.rst in Linux; a flush has none.
SECTORS_WRITTEN = (
    "part=$(lsblk --noheadings --raw --output NAME,LABEL | awk '$2 == \"rootfs\" { print $1 }');"
    " awk '{ print $7 }' /sys/class/block/$part/stat"
)


def test_nothing_of_the_system_can_be_written(fleet: Fleet) -> None:
    node = fleet["a"]
    assert node.run("cat /card/mode") == "closed"
    for path in ("/usr/file", "/file", "/card/root/etc/file"):
        assert not node.succeeds(f"touch {path}")
    assert "read-only" in node.run("netrelay card status")


def test_a_boot_after_a_cut_writes_nothing_to_the_root(fleet: Fleet) -> None:
    node = fleet["a"]
    node.run("echo kept >/etc/netrelay-kept; sync /etc/netrelay-kept /etc; echo lost >/var/lost")
    fleet.cut("a")
    assert node.run(SECTORS_WRITTEN) == "0"
    assert node.run("cat /etc/netrelay-kept") == "kept"
    assert not node.succeeds("ls /var/lost")


def test_unlocked_from_one_boot_to_the_next(fleet: Fleet) -> None:
    node = fleet["a"]
    node.run("netrelay card unlock")
    node.reboot()
    assert node.run("cat /card/mode") == "unlocked"
    node.run("touch /usr/kept /var/kept")
    node.reboot()
    assert node.run("cat /card/mode") == "closed"
    node.run("ls /usr/kept /var/kept")
