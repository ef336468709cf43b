"""What people and power cuts leave on a boot partition stops no boot, on Linux's own FAT."""

import json

import pytest

from rig.card_protocol import CardProtocol
from rig.node import Node
from rig.strategy import Status

pytestmark = pytest.mark.nodes("alone")

BOOT = "/boot/firmware"
FIRST_BOOT = f"netrelay first-boot --boot {BOOT}"
# mtools has 16 bits for a character.
STRAY = "netrelay - Kopie \u00fc\u4e2d\u6587.toml"
SECRET = "geheim123"
WIFI = f'[wifi]\\nssid = "house"\\ncountry = "GB"\\npassword = "{SECRET}"'


@pytest.fixture(scope="module")
def littered(alone: Node) -> Node:
    """Return a running node whose boot partition had all that at its first boot."""

    def litter(_: CardProtocol) -> None:
        boot = alone.boot_partition()
        boot.write("netrelay.toml", b'[node]\r\nname = "shelf"\r\n')
        boot.write("FSCK0000.REC", f'[wifi]\npassword = "{SECRET}"\n'.encode())
        boot.write("FSCK0001.REC", bytes(2048))
        boot.write(STRAY, b'[node]\nname = "boat"\n')
        boot.write("boat.card", b"")
        for folder in ("cards", "netrelay-node.txt", "shelf.card", "System Volume Information"):
            boot.make_folder(folder)
        boot.write("cards/" + "\u00e9" * 90 + ".card", b"no card")

    alone.strategy.card_with(litter)
    return alone.to(Status.ready)


def state(node: Node) -> dict[str, str]:
    found: dict[str, str] = json.loads(node.run(f"netrelay card-state --json --boot {BOOT}"))
    return found


def test_it_is_a_node_and_tells_what_it_found(littered: Node) -> None:
    assert littered.run("hostname") == "shelf"
    failed = littered.run("systemctl --failed --plain --no-legend")
    assert failed == "", littered.run("journalctl --lines 60 --priority notice")
    told = littered.run(f"cat {BOOT}/netrelay-node.txt")
    assert "fsck0000.rec is a piece of a file" in told
    assert f"{STRAY.lower()} is not read, netrelay.toml is" in told
    assert SECRET not in told
    there = littered.run(f"ls -1N {BOOT}").splitlines()
    assert {"FSCK0000.REC", "netrelay-node.txt (folder)", "shelf.card (folder)"} <= {*there}
    assert "FSCK0001.REC" not in there
    assert littered.run(FIRST_BOOT) == "nothing changed"


def test_one_that_is_read_only_is_told_by_the_light(littered: Node) -> None:
    littered.run(f"mount -o remount,ro {BOOT}")
    try:
        assert littered.run(FIRST_BOOT) == "nothing changed"
        found = state(littered)
        assert found["state"] == "needs a person"
        assert "read-only" in found["health"] or "Read-only" in found["health"]
    finally:
        littered.run(f"mount -o remount,rw {BOOT}")
    assert state(littered)["state"] != "needs a person"


def test_one_that_is_full_keeps_no_password(littered: Node) -> None:
    littered.run(f"printf '{WIFI}\\n' >>{BOOT}/netrelay.toml")
    littered.ask(f"cat /dev/zero >{BOOT}/film.mp4")
    try:
        assert state(littered)["state"] == "needs a person"
        said, status = littered.ask(FIRST_BOOT)
        assert (status, "No space left" in said) == (74, True)
        assert SECRET not in littered.run(f"cat {BOOT}/netrelay.toml")
    finally:
        littered.run(f"rm {BOOT}/film.mp4")
    assert "applied: this is shelf" in littered.run(FIRST_BOOT)
    assert "Wi-Fi     house" in littered.run(f"cat {BOOT}/netrelay-node.txt")
    assert state(littered)["state"] != "needs a person"
