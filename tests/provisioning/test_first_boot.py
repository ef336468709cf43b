"""Boots of a card: the first, the next, after an edit, and with a mistake."""

import json
import os
from pathlib import Path

import pytest

from netrelay.provisioning.system.update_settings import (
    SETTINGS,
    UpdateSettings,
    read_update_settings,
)
from netrelay.provisioning.system.wifi import pre_shared_key
from netrelay.provisioning.system.wireguard import DEVICE
from netrelay.provisioning.system.wireguard import NETWORK as TUNNEL_NETWORK
from netrelay.runtime.config import load
from netrelay.seal.card import decode_card
from tests.provisioning.card.boot_partition import KEY, NAMED, WIFI, Card

ETHERNET = "etc/systemd/network/05-netrelay-ethernet.network"


def test_an_unedited_card_becomes_a_node(card: Card) -> None:
    outcome = card.good()
    assert outcome.is_changed
    assert outcome.name.startswith("netrelay-")
    assert len(outcome.name) == len("netrelay-XXXX")
    config = load(card.home.config)
    assert (config.name, config.commsport, config.dataports) == (outcome.name, 7411, (7412,))
    assert card.rows("SELECT node, name FROM selfinfo") == [(card.node_id, outcome.name)]
    assert card.of_root("/etc/hostname") == f"{outcome.name}\n"
    assert f"127.0.1.1\t{outcome.name}\n" in card.of_root("/etc/hosts")
    assert not (card.root / ETHERNET).exists()
    found = decode_card(card.read(f"{outcome.name}.card"))
    assert (found.node_id, found.addresses) == (card.node_id, (f"{outcome.name}.local",))
    described = card.read("netrelay-node.txt")
    assert card.node_id in described
    assert "\r\n" in described


def test_it_is_called_after_its_board_where_that_has_a_number(card: Card) -> None:
    serial = card.root / "proc" / "device-tree" / "serial-number"
    serial.parent.mkdir(parents=True)
    serial.write_bytes(b"10000000a1b2C3D4\0")
    assert card.good().name == "netrelay-c3d4"


@pytest.mark.parametrize(
    ("host_name", "said", "wanted"),
    [
        ("", "", "netrelay-"),
        ("netrelay", "", "netrelay-"),
        ("Not A Name", "", "netrelay-"),
        ("garage", "", "garage"),
        ("garage", "shelf", "shelf"),
    ],
)
def test_who_names_it_first(card: Card, host_name: str, said: str, wanted: str) -> None:
    (card.root / "etc" / "hostname").write_text(f"{host_name}\n")
    card.write(f'[node]\nname = "{said}"\n' if said else "")
    assert card.good().name.startswith(wanted)


def test_a_boot_without_a_change_changes_nothing(card: Card) -> None:
    card.write(NAMED + WIFI)
    card.good()
    before = card.everything()
    stamps = {path: path.stat().st_mtime_ns for path in card.boot.rglob("*")}
    outcome = card.good()
    assert not outcome.is_changed
    assert card.everything() == before
    assert {path: path.stat().st_mtime_ns for path in card.boot.rglob("*")} == stamps


def test_a_boot_without_a_change_needs_to_write_nothing(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    card.good()

    def refuse(path: Path) -> None:
        # unlink(2) refuses before it looks for the file.
        raise OSError(30, os.strerror(30), str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert card.command()[:2] == (0, "nothing changed\n")


def test_a_missing_file_is_one_that_says_nothing(card: Card) -> None:
    (card.boot / "netrelay.toml").unlink()
    assert card.good().name.startswith("netrelay-")


def test_a_file_that_windows_named_is_found_out(card: Card) -> None:
    (card.boot / "netrelay.toml").rename(card.boot / "netrelay.toml.txt")
    [mistake] = card.start().mistakes
    assert "netrelay.toml.txt" in mistake.said
    assert "rename it" in mistake.text


def test_everything_that_is_said_is_applied(card: Card) -> None:
    card.write(
        '[node]\nname = "shelf"\ncommsport = 7500\ndataports = [7501, 7502]\n'
        'can_be_dialled = false\ncall_every = "6h"\ncapacity = 131072\n'
        'overseer = "hq"\ndisk_endurance_tb = 30\n'
        'listen = "127.0.0.9"\n[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.0.1"\n'
        f'dns = ["10.0.0.1"]\n[ssh]\nuser = "anna"\nkeys = ["{KEY}"]\n' + WIFI
    )
    card.good()
    config = load(card.home.config)
    assert config[:5] == ("shelf", "127.0.0.9", 7500, (7501, 7502), False)
    assert (config.call_every, config.capacity_bytes) == ("6h", 131072)
    assert (config.overseer, config.disk_endurance_tb) == ("hq", 30)
    ethernet = card.of_root(ETHERNET)
    assert "Address=10.0.0.7/24\nGateway=10.0.0.1\nDNS=10.0.0.1\n" in ethernet
    assert "DHCP" not in ethernet
    assert card.of_root("/etc/ssh/authorized_keys.d/anna") == f"{KEY}\n"
    assert "authorized_keys.d/%u" in card.of_root("/etc/ssh/sshd_config.d/40-netrelay.conf")
    assert "Type=ether" in ethernet
    supplicant = card.root / "etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
    assert supplicant.stat().st_mode & 0o777 == 0o600
    assert f"ssid={b'home'.hex()}" in supplicant.read_text()


def test_one_of_several_sockets_has_the_address(card: Card) -> None:
    card.write('[network]\naddress = "10.0.0.7/24"\ninterface = "eth1"\n')
    card.good()
    assert "[Match]\nName=eth1\n" in card.of_root(ETHERNET)


def test_an_address_is_that_of_the_first_socket_where_none_is_named(card: Card) -> None:
    for name, kind, more in (
        ("eth10", "1", "device"),
        ("eth2", "1", "device"),
        ("wlan0", "1", "wireless"),
        ("lo", "772", "device"),
        ("br0", "1", "bridge"),
    ):
        folder = card.root / "sys/class/net" / name
        (folder / more).mkdir(parents=True)
        if more == "wireless":
            (folder / "device").mkdir()
        (folder / "type").write_text(f"{kind}\n")
    card.write('[network]\naddress = "10.0.0.7/24"\n')
    card.good()
    assert "[Match]\nName=eth2\n" in card.of_root(ETHERNET)
    text = (card.boot / "netrelay-node.txt").read_text()
    assert "Ethernet  10.0.0.7/24 on eth2, which nobody named; eth10 by DHCP" in text


def test_several_networks_are_kept_and_starred_out(card: Card) -> None:
    said = (
        '[wifi]\ncountry = "GB"\n[wifi.home]\nssid = "home"\npassword = "geheim123"\n'
        'priority = 5\n[wifi.boat]\nssid = "boat"\npassword = "geheim123"\n'
        '[wifi.cafe]\nssid = "cafe"\npassword = ""\n'
    )
    card.write(NAMED + said)
    card.good()
    supplicant = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert supplicant.count("network={") == 3
    assert supplicant.count("country=GB") == 1
    home, boat = (pre_shared_key(name, "geheim123") for name in (b"home", b"boat"))
    assert f"ssid={b'home'.hex()}\n\tpriority=5\n\tkey_mgmt=WPA-PSK\n\tpsk={home}" in supplicant
    starred = (card.boot / "netrelay.toml").read_text()
    assert "geheim123" not in starred
    assert starred.count('password = "*********"') == 2
    assert "Wi-Fi     home, boat, cafe" in (card.boot / "netrelay-node.txt").read_text()
    card.write(starred.replace("priority = 5", "hidden = true"))
    card.good()
    supplicant = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert home in supplicant
    assert boat in supplicant
    assert "priority" not in supplicant


def test_the_one_network_of_an_earlier_netrelay_is_kept(card: Card) -> None:
    card.write(NAMED + WIFI)
    card.good()
    path = card.root / "var/lib/netrelay-first-boot/applied.json"
    stored = json.loads(path.read_text())
    (network,) = stored["wifi"]
    stored["wifi"] = network[:4]
    del stored["tunnel_keys"]
    path.write_text(json.dumps(stored))
    card.write(NAMED.replace("shelf", "boat") + WIFI.replace("geheim123", "*********"))
    card.good()
    supplicant = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert pre_shared_key(b"home", "geheim123") in supplicant


def test_a_tunnel_is_made_and_its_keys_are_starred_out(card: Card) -> None:
    private, public, shared = (f"{letter * 42}A=" for letter in "bcd")
    said = (
        f'[wireguard]\nprivate_key = "{private}"\naddress = "10.8.0.2/24"\n'
        f'public_key = "{public}"\nendpoint = "vpn.example.org:51820"\n'
        f'preshared_key = "{shared}"\n'
    )
    card.write(NAMED + said)
    card.good()
    device = card.root / DEVICE.lstrip("/")
    assert device.stat().st_mode & 0o777 == 0o640
    text = device.read_text()
    assert f"PrivateKey={private}\n" in text
    assert f"PublicKey={public}\nEndpoint=vpn.example.org:51820\nAllowedIPs=10.8.0.0/24\n" in text
    assert f"PresharedKey={shared}\nPersistentKeepalive=25\n" in text
    assert "Address=10.8.0.2/24\n" in card.of_root(TUNNEL_NETWORK)
    starred = (card.boot / "netrelay.toml").read_text()
    assert private not in starred
    assert shared not in starred
    card.write(starred.replace("51820", "51821"))
    card.good()
    assert f"PrivateKey={private}\n" in device.read_text()
    assert "Endpoint=vpn.example.org:51821\n" in device.read_text()
    card.write(NAMED)
    card.good()
    assert not device.exists()
    card.write(starred)
    (mistake, *_) = card.start().mistakes
    assert mistake.said == "wireguard.private_key is not said, and none is kept"


def test_updates_and_journal_are_as_the_file_says(card: Card) -> None:
    settings = card.root / SETTINGS.lstrip("/")
    journal = card.root / "etc/systemd/journald.conf.d/zz-netrelay.conf"
    card.write(NAMED)
    card.good()
    assert not settings.exists()
    card.write(
        NAMED + '[updates]\nsecurity = true\nwindow = "01:00-05:00 UTC"\nmegabytes_a_month = 50\n'
        'restart = true\n[card]\njournal = true\non_damage = "wait"\n'
    )
    card.good()
    assert read_update_settings(settings) == UpdateSettings(True, "01:00-05:00 UTC", 50, True)
    assert "Storage=persistent" in journal.read_text()
    card.write(NAMED)
    card.good()
    assert read_update_settings(settings) == UpdateSettings()
    assert not journal.exists()


def test_an_edit_is_applied_and_the_rest_stays(card: Card) -> None:
    card.write(NAMED + '[network]\naddress = "10.0.0.7/24"\n' + WIFI)
    card.good()
    node = card.node_id
    text = card.home.config.read_text().replace("lifetime_s = 2592000", "lifetime_s = 3600")
    card.home.config.write_text(text)
    card.write('[node]\nname = "boat"\ncommsport = 7500\n')
    card.good()
    config = load(card.home.config)
    assert (config.name, config.commsport, config.lifetime_s) == ("boat", 7500, 3600)
    assert card.node_id == node
    assert card.of_root("/etc/hostname") == "boat\n"
    assert "127.0.1.1\tboat\n" in card.of_root("/etc/hosts")
    assert "shelf" not in card.of_root("/etc/hosts")
    assert not (card.root / ETHERNET).exists()
    assert not (card.root / "etc/wpa_supplicant/wpa_supplicant-wlan0.conf").exists()
    assert sorted(path.name for path in card.boot.glob("*.card")) == ["boat.card"]


def test_what_is_no_longer_said_is_as_before_and_what_a_person_set_stays(card: Card) -> None:
    card.write(NAMED + "commsport = 7500\n")
    card.good()
    text = card.home.config.read_text().replace("dataports = [7412]", "dataports = [7600]")
    card.home.config.write_text(text)
    card.write("")
    card.good()
    config = load(card.home.config)
    assert (config.name, config.commsport, config.dataports) == ("shelf", 7411, (7600,))


def test_a_card_of_somebody_else_at_the_top_is_left_alone(card: Card, tmp_path: Path) -> None:
    (card.boot / "boat.card").write_text("not a card")
    card.good()
    assert (card.boot / "boat.card").exists()


# Mistakes


def test_a_mistake_leaves_the_node_as_it_was_and_says_so(card: Card) -> None:
    card.write(NAMED + WIFI)
    card.good()
    before = card.everything()
    card.write('[node]\r\nname = "boat"\r\ncommsport = 70000\r\n')
    code, out, err = card.command()
    assert code == 78
    assert out == ""
    assert err == (
        f"netrelay: {card.boot}/netrelay.toml, line 3: node.commsport is 70000;"
        " allowed: 1 to 65535\n"
    )
    said = card.read("netrelay-error.txt")
    assert "\r\n" in said
    for word in ("line 3", "node.commsport is 70000", "1 to 65535", "cure", "as it was before"):
        assert word in said
    after = card.everything()
    del after["boot/netrelay-error.txt"], after["boot/netrelay.toml"]
    del before["boot/netrelay.toml"]
    assert after == before


@pytest.mark.parametrize("wrong", ["netrelay.toml", "keys/identity.key"])
def test_a_home_that_somebody_broke_is_told_too(card: Card, wrong: str) -> None:
    card.write(NAMED)
    card.good()
    (card.home.path / wrong).write_text("[")
    card.write('[node]\nname = "boat"\n')
    code, _, err = card.command()
    assert code == 78
    assert wrong in err
    assert wrong in card.read("netrelay-error.txt")
    assert card.of_root("/etc/hostname") == "shelf\n"


@pytest.mark.parametrize("again", [NAMED, '[node]\nname = "boat"\n'])
def test_the_error_goes_when_it_is_corrected_or_taken_back(card: Card, again: str) -> None:
    card.write(NAMED)
    card.good()
    card.write("[nod]\n")
    assert card.start().mistakes
    assert (card.boot / "netrelay-error.txt").exists()
    card.write(again)
    card.good()
    assert not (card.boot / "netrelay-error.txt").exists()


def test_a_mistake_on_a_new_card_makes_no_node(card: Card) -> None:
    card.write("[nod]\n")
    assert card.start().mistakes
    assert not card.home.path.exists()
    assert not (card.root / "etc/hostname").exists()


def test_the_words_of_the_command(card: Card) -> None:
    card.write(NAMED)
    code, out, err = card.command()
    assert (code, err) == (0, "")
    assert out == f"applied: this is shelf, node {card.node_id}\n"
    assert card.command() == (0, "nothing changed\n", "")
