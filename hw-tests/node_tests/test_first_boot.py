"""Two cards from one image become two nodes without a common identity or secret."""

import pytest

from rig.fleet import ADDRESSES, COMMSPORT, DATAPORT, Fleet
from rig.node import HOME, Node
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

# Commands whose output must differ on every card.
IDENTITIES = {
    "machine-id": "cat /etc/machine-id",
    "ssh host key": "cat /etc/ssh/ssh_host_ed25519_key.pub",
    "node id": f"sha256sum {HOME}/keys/identity.crt",
    "host name": "hostname",
    "random seed": "sha256sum /var/lib/systemd/random-seed",
}


@pytest.mark.parametrize("what", IDENTITIES)
def test_each_card_has_its_own(fleet: Fleet, what: str) -> None:
    one, other = (fleet[name].run(IDENTITIES[what]) for name in ("a", "b"))
    assert one
    assert one != other


@pytest.mark.parametrize("name", ["a", "b"])
def test_no_unit_has_failed(fleet: Fleet, name: str) -> None:
    node = fleet[name]
    wait_for(
        lambda: node.ask("systemctl is-system-running")[0] in {"running", "degraded"},
        f"end of the start of {name}",
        within_s=300,
    )
    assert node.ask("systemctl --failed --no-legend --plain")[0] == ""


@pytest.mark.parametrize("name", ["a", "b"])
def test_it_listens_where_its_file_says(fleet: Fleet, name: str) -> None:
    listening = fleet[name].run("ss --listening --tcp --numeric --no-header")
    ports = {line.split()[3].rpartition(":")[2] for line in listening.splitlines()}
    assert {str(COMMSPORT), str(DATAPORT)} <= ports


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_file_systems_fill_the_card(fleet: Fleet, name: str) -> None:
    node = fleet[name]
    sizes = node.run("lsblk --noheadings --bytes --raw --output TYPE,SIZE").splitlines()
    disk_bytes, parts_bytes = (
        sum(int(line.split()[1]) for line in sizes if line.startswith(kind))
        for kind in ("disk", "part")
    )
    assert parts_bytes > 0.95 * disk_bytes


def test_nobody_has_a_password(fleet: Fleet) -> None:
    """The bench gets its shell from the kernel command line; the card permits no login."""
    hashes = fleet["a"].run("cut --delimiter=: --fields=1,2 /etc/shadow").splitlines()
    open_doors = [line for line in hashes if line.partition(":")[2] == ""]
    assert open_doors == []
    assert not [line for line in hashes if "$" in line]


def test_its_name_is_the_one_in_its_file(fleet: Fleet) -> None:
    node: Node = fleet["a"]
    assert node.run("hostname") == "a"
    assert "a.local" in node.run("cat /boot/firmware/netrelay-node.txt")


def test_one_of_two_sockets_has_the_fixed_address(fleet: Fleet) -> None:
    """Nobody has named a socket in netrelay.toml; b has two, the second is to c."""
    b = fleet["b"]
    sockets = b.run("ls /sys/class/net | grep -E '^(e|usb)' | sort").splitlines()
    if len(sockets) < 2:
        pytest.skip("b has one socket")
    said = b.run("grep ^Ethernet /boot/firmware/netrelay-node.txt")
    assert said.endswith(
        f"{ADDRESSES['b']}/24 on {sockets[0]}, which nobody named; {sockets[1]} by DHCP"
    )
    found = b.run(f"ip -oneline address show | grep -F {ADDRESSES['b']}/").splitlines()
    assert [line.split()[1] for line in found] == sockets[:1]
