"""Boots of a card: the first, the next, after an edit, and after a power cut at each step."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.provisioning import first_boot
from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.home import new_home
from netrelay.provisioning.system import page_password
from netrelay.provisioning.system.metrics_socket import (
    SERVICE,
    SOCKET,
    UNIT,
    MetricsWish,
    set_metrics,
)
from netrelay.provisioning.system.page_socket import CONTROL, DROP_IN, PAGE
from netrelay.provisioning.system.target_system import TargetSystem
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
from netrelay.seal.identity import FILES, create
from netrelay.seal.identity import load as load_identity
from tests.cli.command_line import CommandLine
from tests.provisioning.card.boot_partition import KEY, Card

ETHERNET = "etc/systemd/network/05-netrelay-ethernet.network"
NAMED = '[node]\nname = "shelf"\n'
WIFI = '[wifi]\nssid = "home"\ncountry = "GB"\npassword = "geheim123"\n'


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
        'listen = "127.0.0.9"\n[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.0.1"\n'
        f'dns = ["10.0.0.1"]\n[ssh]\nuser = "anna"\nkeys = ["{KEY}"]\n' + WIFI
    )
    card.good()
    config = load(card.home.config)
    assert config[:5] == ("shelf", "127.0.0.9", 7500, (7501, 7502), False)
    assert (config.call_every, config.capacity_bytes) == ("6h", 131072)
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


def test_the_page_listens_with_hashes_of_its_passwords_and_goes_with_its_section(
    card: Card,
) -> None:
    passwords = ("zebra umbrella", "violin compass")
    card.write(
        f'{NAMED}[page]\npassword = "{passwords[0]}"\nport = 8080\ncontrol = true\n'
        f'control_password = "{passwords[1]}"\n'
    )
    card.good()
    home = card.home
    for file_name, mode, password in (
        (page_password.FILE_NAME, 0o640, passwords[0]),
        (page_password.CONTROL_FILE_NAME, 0o600, passwords[1]),
    ):
        kept = page_password.read_password(home, file_name)
        assert kept is not None
        assert page_password.is_right(kept, password)
        assert (home.path / file_name).stat().st_mode & 0o777 == mode
    for path in (*card.boot.rglob("*"), *card.root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(each.encode() in content for each in passwords), path
    assert load(home.config).page_control
    assert decode_card((home.path / "page.card").read_text()).node_id == card.node_id
    assert "ListenStream=\nListenStream=8080\n" in card.of_root(DROP_IN)
    wants = card.root / "etc/systemd/system/sockets.target.wants"
    assert {path.name for path in wants.iterdir()} == {PAGE, CONTROL}
    # What is starred out is what is kept.
    card.write(card.read("netrelay.toml").replace("control = true", "control = false"))
    card.good()
    assert {path.name for path in wants.iterdir()} == {PAGE}
    assert not load(home.config).page_control
    kept = page_password.read_password(home)
    assert kept is not None
    assert page_password.is_right(kept, passwords[0])
    card.write(NAMED)
    card.good()
    assert list(wants.iterdir()) == []
    assert not (card.root / DROP_IN.lstrip("/")).exists()


def test_a_page_that_a_person_enabled_stays_without_a_section(card: Card) -> None:
    card.write(NAMED)
    card.good()
    wants = card.root / "etc/systemd/system/sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / PAGE).symlink_to("/usr/lib/systemd/system/netrelay-page.socket")
    config = card.home.config
    config.write_text(config.read_text().replace("control = false", "control = true"))
    card.write('[node]\nname = "other"\n')
    card.good()
    assert [path.name for path in wants.iterdir()] == [PAGE]
    assert load(config).page_control


def test_stars_without_a_kept_password_are_a_mistake(card: Card) -> None:
    card.write(f'{NAMED}[page]\npassword = "********"\n')
    [mistake] = card.start().mistakes
    assert "page.password is not said, and none is kept" in mistake.text


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


def test_metrics_are_served_as_the_file_says(card: Card) -> None:
    socket, service = (card.root / path.lstrip("/") for path in (SOCKET, SERVICE))
    card.write(NAMED)
    card.good()
    assert not socket.exists()
    listed = '["192.168.1.10", "fd00::/8"]'
    card.write(NAMED + f'[metrics]\nlisten = "[::]:7481"\nfrom = {listed}\n')
    card.good()
    assert "\nListenStream=\nListenStream=[::]:7481\n" in socket.read_text()
    serves = "\nExecStart=/usr/bin/netrelay metrics --listen --from 192.168.1.10 --from fd00::/8\n"
    assert serves in service.read_text()
    described = (card.boot / "netrelay-node.txt").read_text()
    assert "metrics   http at [::]:7481, for 192.168.1.10, fd00::/8\n" in described
    card.write(NAMED)
    card.good()
    assert not socket.exists()
    assert not service.exists()


def test_the_socket_of_the_metrics_is_enabled_and_disabled(tmp_path: Path) -> None:
    system = TargetSystem(tmp_path)
    set_metrics(system, MetricsWish())
    assert system.noted == []
    set_metrics(system, MetricsWish("0.0.0.0:7481", ("192.168.1.10",)))
    # A boot may be cut short between the files and the commands.
    set_metrics(system, MetricsWish("0.0.0.0:7481", ("192.168.1.10",)))
    enabled = [("systemctl", "enable", UNIT), ("systemctl", "--no-block", "restart", UNIT)]
    assert system.noted == 2 * enabled
    set_metrics(system, MetricsWish())
    assert system.noted[4:] == [("systemctl", "--now", "disable", UNIT)]
    set_metrics(system, MetricsWish())
    assert len(system.noted) == 5


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


# Peers


def write_peer(card: Card, other: Card) -> str:
    """Copy the card of another node to the boot partition; return its node id."""
    [source] = other.boot.glob("*.card")
    (card.boot / "cards").mkdir(exist_ok=True)
    (card.boot / "cards" / source.name).write_bytes(source.read_bytes())
    return other.node_id


def command_line(card: Card) -> CommandLine:
    line = CommandLine(card.home.path)
    line.runtime = card.runtime
    return line


@pytest.fixture
def three(new_card: Callable[[str], Card]) -> tuple[Card, Card, Card]:
    cards = (new_card("shelf"), new_card("boat"), new_card("buoy"))
    for card in cards:
        card.write(f'[node]\nname = "{card.root.parent.name}"\n')
        card.good()
    write_peer(cards[0], cards[1])
    write_peer(cards[0], cards[2])
    return cards


BUDGETS = "SELECT limit_bytes, period FROM budgets"
PEERS = "SELECT name, via, quota_bytes FROM peers ORDER BY name"
RIGHTS = (
    "SELECT p.name, r.verb, r.subject FROM rights r JOIN peers p ON p.node = r.peer ORDER BY 1, 2"
)


def test_peers_are_enrolled_with_their_rights_and_routes(three: tuple[Card, Card, Card]) -> None:
    shelf, boat, buoy = three
    shelf.write(
        NAMED + '[peers.boat]\nmay = ["deliver", "carry buoy"]\nquota = "1M"\n'
        '[peers.buoy]\nmay = ["deliver"]\nvia = "boat"\n'
    )
    shelf.good()
    assert shelf.rows(PEERS) == [
        ("boat", boat.node_id, 1 << 20),
        ("buoy", boat.node_id, None),
    ]
    assert shelf.rows(RIGHTS) == [
        ("boat", "carry", buoy.node_id),
        ("boat", "deliver", ""),
        ("buoy", "deliver", ""),
    ]
    assert (shelf.home.drop / "buoy").is_dir()


def test_a_card_that_no_section_names_is_not_used_in_silence(
    three: tuple[Card, Card, Card],
) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n")
    (shelf.boot / "netrelay.toml.txt").touch()
    shelf.good()
    said = shelf.read("netrelay-node.txt")
    assert "cards/buoy.card is not used: [peers.buoy] in netrelay.toml enrols it" in said
    assert "cards/boat.card" not in said
    assert "netrelay.toml.txt is not read" in said


def test_what_the_file_gave_it_takes_back_and_what_a_person_gave_stays(
    three: tuple[Card, Card, Card],
) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + '[peers.boat]\nmay = ["deliver", "relay"]\n[peers.buoy]\n')
    shelf.good()
    line = command_line(shelf)
    line.good("peer", "allow", "boat", "carry", "buoy")
    shelf.write(NAMED + '[peers.boat]\nmay = ["relay"]\n[peers.buoy]\n')
    shelf.good()
    assert [verb for _, verb, _ in shelf.rows(RIGHTS)] == ["carry", "relay"]
    shelf.write(NAMED + '[peers.boat]\nmay = ["relay"]\n')
    shelf.good()
    assert shelf.rows("SELECT name FROM peers") == [("boat",)]
    assert not (shelf.home.drop / "buoy").exists()


def test_a_budget_of_the_file_is_set_and_lifted(three: tuple[Card, Card, Card]) -> None:
    shelf, _, _ = three
    for said, wanted in (
        ('budget = "500M/month"', [(500 << 20, "month")]),
        ('budget = "20M/day"', [(20 << 20, "day")]),
        ("", []),
    ):
        shelf.write(f"{NAMED}[peers.boat]\n{said}\n")
        shelf.good()
        assert shelf.rows(BUDGETS) == wanted


def test_a_budget_that_a_person_gave_stays(three: tuple[Card, Card, Card]) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n")
    shelf.good()
    command_line(shelf).good("budget", "boat", "1G/week")
    shelf.write(NAMED + '[peers.boat]\nmay = ["deliver"]\n')
    shelf.good()
    assert shelf.rows(BUDGETS) == [(1 << 30, "week")]


@pytest.mark.parametrize("kind", ["own card", "known by hand"])
def test_a_peer_that_cannot_be_is_a_mistake(three: tuple[Card, Card, Card], kind: str) -> None:
    shelf, boat, _ = three
    if kind == "own card":
        (shelf.boot / "cards" / "boat.card").write_bytes((shelf.boot / "shelf.card").read_bytes())
        wanted = "peers.boat has this node's own card"
    else:
        line = command_line(shelf)
        line.good("peer", "add", str(boat.boot / "boat.card"), "--name", "ship")
        wanted = "peers.boat is a node that this one knows as ship"
    shelf.write('[node]\nname = "other"\n[peers.boat]\n')
    [mistake] = shelf.start().mistakes
    assert mistake.said == wanted
    assert load(shelf.home.config).name == "shelf"
    assert shelf.of_root("/etc/hostname") == "shelf\n"


# Secrets


def bring_keys(card: Card, folder: Path) -> str:
    """Write an identity to the boot partition, as a fleet does; return its node id."""
    identity = create(folder / "made")
    (card.boot / "netrelay-keys").mkdir()
    for name in FILES:
        content = (folder / "made" / name).read_bytes()
        (card.boot / "netrelay-keys" / name).write_bytes(content)
    return identity.node_id


def secrets_on(boot: Path, folder: Path) -> list[str]:
    """Return the names of files that contain a part of a secret."""
    secrets = [b"geheim123"]
    if (folder / "made").is_dir():
        made = {name: (folder / "made" / name).read_bytes() for name in FILES}
        secrets += [made["identity.key"].split(b"\n")[1], made["sealing.key"][:32]]
        secrets.append(made["storage.secret"])
    return [
        str(path)
        for path in boot.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]


def test_secrets_move_to_the_root_and_are_wiped(card: Card, tmp_path: Path) -> None:
    node = bring_keys(card, tmp_path)
    card.write(NAMED + WIFI)
    assert secrets_on(card.boot, tmp_path) != []
    card.good()
    assert card.node_id == node
    for name in FILES:
        assert (card.home.keys / name).stat().st_mode & 0o777 == 0o600
    assert secrets_on(card.boot, tmp_path) == []
    assert not (card.boot / "netrelay-keys").exists()
    assert 'password = "*********"' in card.read("netrelay.toml")


def test_wiping_overwrites_before_it_removes(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is overwritten, not only unlinked."""
    bring_keys(card, tmp_path)
    held = os.open(card.boot / "netrelay-keys" / "identity.key", os.O_RDONLY)
    card.good()
    assert set(os.pread(held, 4096, 0)) == {0}
    os.close(held)


def test_the_kept_password_serves_on_and_another_network_needs_its_own(card: Card) -> None:
    card.write(NAMED + WIFI)
    card.good()
    kept = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    card.write(card.read("netrelay.toml").replace('country = "GB"', 'country = "DE"'))
    card.good()
    after = card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert after == kept.replace("country=GB", "country=DE")
    card.write(card.read("netrelay.toml").replace('"home"', '"other"'))
    [mistake] = card.start().mistakes
    assert "none is kept for the network 'other'" in mistake.said


def test_keys_of_another_node_are_refused(card: Card, tmp_path: Path) -> None:
    card.good()
    own = card.node_id
    bring_keys(card, tmp_path)
    [mistake] = card.start().mistakes
    assert own in mistake.said
    assert "flash the card anew" in mistake.hint
    assert card.node_id == own


def test_the_same_keys_again_are_only_wiped(card: Card, tmp_path: Path) -> None:
    node = bring_keys(card, tmp_path)
    card.good()
    (card.boot / "netrelay-keys").mkdir()
    for name in FILES:
        content = (tmp_path / "made" / name).read_bytes()
        (card.boot / "netrelay-keys" / name).write_bytes(content)
    card.good()
    assert card.node_id == node
    assert not (card.boot / "netrelay-keys").exists()


@pytest.mark.parametrize("wrong", ["missing", "mixed"])
def test_keys_that_are_not_whole_are_refused(card: Card, tmp_path: Path, wrong: str) -> None:
    bring_keys(card, tmp_path)
    path = card.boot / "netrelay-keys" / "identity.crt"
    if wrong == "missing":
        path.unlink()
    else:
        path.write_bytes((create(tmp_path / "other").certificate_path).read_bytes())
    [mistake] = card.start().mistakes
    assert "netrelay fleet card" in mistake.hint
    assert str(tmp_path) not in mistake.text
    assert not card.home.path.exists()


# Power cuts


class PowerCut(BaseException):
    """A power cut at this step."""


def steps_of(card: Card) -> list[str]:
    steps: list[str] = []
    card.start(steps.append)
    return steps


def cut_at(wanted: int) -> Callable[[str], None]:
    seen = 0

    def at_step(_: str) -> None:
        nonlocal seen
        if seen == wanted:
            raise PowerCut
        seen += 1

    return at_step


STEPS = [
    "note peers",
    "home",
    "system",
    "reports",
    "note applied",
    *(f"wipe {n}" for n in range(5)),
]
STEPS += ["note wiped"]


def full_card(card: Card, folder: Path) -> str:
    node = bring_keys(card, folder)
    card.write(NAMED + WIFI + f'[ssh]\nkeys = ["{KEY}"]\n')
    return node


def test_these_are_the_steps(card: Card, tmp_path: Path) -> None:
    full_card(card, tmp_path)
    assert steps_of(card) == STEPS


@pytest.mark.parametrize("place", range(len(STEPS)), ids=STEPS)
def test_a_power_cut_before_any_step_is_made_good(
    new_card: Callable[[str], Card], tmp_path: Path, place: int
) -> None:
    whole, card = new_card("whole"), new_card("cut")
    (tmp_path / "a").mkdir()
    node = full_card(whole, tmp_path / "a")
    (card.boot / "netrelay-keys").mkdir()
    for path in (whole.boot / "netrelay-keys").iterdir():
        (card.boot / "netrelay-keys" / path.name).write_bytes(path.read_bytes())
    card.write(whole.read("netrelay.toml"))
    whole.good()
    with pytest.raises(PowerCut):
        card.start(cut_at(place))
    card.good()
    assert card.node_id == node
    assert secrets_on(card.boot, tmp_path / "a") == []
    wanted = {path.replace("whole", "cut"): data for path, data in whole.everything().items()}
    assert card.everything() == wanted
    assert not card.good().is_changed


@pytest.mark.parametrize("torn", ["identity.key", "storage.secret"])
def test_a_key_that_was_half_wiped_is_wiped_and_not_judged(
    card: Card, tmp_path: Path, torn: str
) -> None:
    node = full_card(card, tmp_path)
    with pytest.raises(PowerCut):
        card.start(cut_at(STEPS.index("wipe 1")))
    path = card.boot / "netrelay-keys" / torn
    content = path.read_bytes()
    path.write_bytes(b"\0" * 20 + content[20:])
    card.good()
    assert card.node_id == node
    assert secrets_on(card.boot, tmp_path) == []
    assert not (card.boot / "netrelay-error.txt").exists()


def test_a_password_that_was_written_anew_meanwhile_is_not_starred_out_unread(card: Card) -> None:
    card.write(NAMED + WIFI)
    with pytest.raises(PowerCut):
        card.start(cut_at(STEPS.index("wipe 0")))
    card.write(NAMED + WIFI.replace("geheim123", "anders1234"))
    card.good()
    key = pre_shared_key(b"home", "anders1234")
    assert f"psk={key}" in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")
    assert "anders1234" not in card.read("netrelay.toml")


def test_a_peer_that_was_taken_out_after_a_power_cut_goes(three: tuple[Card, Card, Card]) -> None:
    """It was enrolled, and the power cut came before that was stored as applied."""
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n[peers.buoy]\n")
    with pytest.raises(PowerCut):
        shelf.start(cut_at(STEPS.index("system")))
    assert len(shelf.rows("SELECT name FROM peers")) == 2
    shelf.write(NAMED + "[peers.boat]\n")
    shelf.good()
    assert shelf.rows("SELECT name FROM peers") == [("boat",)]


def test_a_home_that_is_half_made_is_finished_with_its_keys(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(new_home, "create_database", die)
        with pytest.raises(PowerCut):
            card.start()
    node = load_identity(card.home.keys).node_id
    card.good()
    assert card.rows("SELECT node FROM selfinfo") == [(node,)]


def test_a_card_that_cannot_be_written_says_so_and_is_tried_again(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device", "netrelay-node.txt")

    with monkeypatch.context() as patch:
        patch.setattr(first_boot, "_write_reports", full)
        code, _, err = card.command()
    assert code == 74
    assert "No space left on device" in err
    told = card.read("netrelay-error.txt")
    assert "this could not be done: [Errno 28] No space left on device" in told
    assert "it is tried again by itself" in told
    card.good()
    assert not (card.boot / "netrelay-error.txt").exists()
    assert (card.boot / "netrelay-node.txt").exists()


def test_a_full_boot_partition_keeps_no_password(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, os.strerror(28))

    card.write(NAMED)
    card.good()
    card.write(NAMED + WIFI)
    with monkeypatch.context() as patch:
        patch.setattr(boot_folder, "write_text", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                card.start()
            assert "geheim123" not in card.read("netrelay.toml")
    card.good()
    assert (
        pre_shared_key(b"home", "geheim123")
        in (card.root / "etc/wpa_supplicant/wpa_supplicant-wlan0.conf").read_text()
    )
    assert card.node_id in card.read("netrelay-node.txt")
