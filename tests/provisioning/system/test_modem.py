"""A modem is the last way, and no socket for a fixed address."""

from pathlib import Path

from netrelay.provisioning.system.modem import NETWORK as MODEM
from netrelay.provisioning.system.network_files import (
    ETHERNET,
    ETHERNET_DRIVERS,
    MODEM_METRIC,
    Network,
    ethernet_config,
)
from netrelay.provisioning.system.update_settings import SETTINGS, read_update_settings
from tests.image.stub_root import STAGE
from tests.provisioning.card.boot_partition import Card

IMAGE_FILE = STAGE / "01-network/files/usr/lib/systemd/network/60-netrelay-modem.network"


def make_socket(card: Card, name: str, driver: str) -> None:
    device = card.root / "sys/class/net" / name / "device"
    device.mkdir(parents=True)
    (device.parent / "type").write_text("1\n")
    target = card.root / "sys/bus/drivers" / driver
    target.mkdir(parents=True, exist_ok=True)
    (device / "driver").symlink_to(target)


def test_the_address_is_not_that_of_a_modem(card: Card) -> None:
    make_socket(card, "eth0", "cdc_ether")
    make_socket(card, "eth1", "r8152")
    make_socket(card, "eth2", "r8152")
    card.write('[network]\naddress = "fd00::7/64"\n[wwan]\ninterface = "eth1"\n')
    card.good()
    ethernet = card.of_root(ETHERNET)
    assert "[Match]\nName=eth2\n" in ethernet
    assert "Address=fd00::7/64\n" in ethernet


def test_the_only_socket_has_the_address_though_its_driver_is_that_of_modems(card: Card) -> None:
    make_socket(card, "eth0", "cdc_ether")
    card.write('[network]\naddress = "10.0.0.7/24"\n')
    card.good()
    assert "[Match]\nName=eth0\n" in card.of_root(ETHERNET)


def test_a_modem_is_used_last_and_not_for_updates(card: Card) -> None:
    card.write('[wwan]\ninterface = "eth1"\n')
    card.good()
    text = card.of_root(MODEM)
    assert "[Match]\nName=eth1\n" in text
    assert "DHCP=yes" in text
    assert text.count("RouteMetric=1000") == 2
    settings = card.root / SETTINGS.lstrip("/")
    assert read_update_settings(settings).modem == "eth1"
    assert "modem     eth1, by DHCP" in card.read("netrelay-node.txt")
    # Its file is read before that of a fixed address, which may match it too.
    assert Path(MODEM).name < Path(ETHERNET).name
    card.write('[node]\nname = "shelf"\n')
    card.good()
    assert not (card.root / MODEM.lstrip("/")).exists()
    assert not settings.exists()


def test_the_image_knows_the_same_drivers_before_its_file_for_all_sockets() -> None:
    text = IMAGE_FILE.read_text()
    assert f"Driver={' '.join(ETHERNET_DRIVERS)}\n" in text
    assert text.count(f"RouteMetric={MODEM_METRIC}\n") == 2
    assert f"Driver=!{' '.join(ETHERNET_DRIVERS)}\n" in ethernet_config(Network(dns=("::1",)))
    names = sorted(path.name for path in IMAGE_FILE.parent.iterdir())
    assert names.index(IMAGE_FILE.name) < names.index("70-netrelay-wired.network")
