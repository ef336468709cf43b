"""Files that a fleet writes to a card, stores beside its file, and collects from a Pi."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netrelay.provisioning.fleet.fleet_card import card_files
from netrelay.provisioning.fleet.fleet_file import Fleet
from netrelay.provisioning.fleet.fleet_keys import (
    FleetKeysError,
    card_of,
    collect,
    identity_of,
    missing_cards,
)
from netrelay.runtime.config import load
from netrelay.seal.card import decode_card, encode_card
from netrelay.seal.identity import FILES, create
from tests.provisioning.card.boot_partition import KEY, Card
from tests.provisioning.fleet.fleets import ROW, fleet_of
from tests.provisioning.test_first_boot_peers import PEERS, RIGHTS


def write_card(fleet: Fleet, name: str, card: Card) -> None:
    """Write the provisioning of a node to the boot partition of a card."""
    for path, content in card_files(fleet, name).files.items():
        (card.boot / path).parent.mkdir(exist_ok=True)
        (card.boot / path).write_bytes(content)


def test_a_card_of_the_fleet_boots_into_its_node(
    tmp_path: Path, new_card: Callable[[str], Card]
) -> None:
    fleet = fleet_of(tmp_path)
    cards = {name: new_card(name) for name in fleet.nodes}
    for name, card in cards.items():
        write_card(fleet, name, card)
        assert card.good().name == name
        assert card.node_id == identity_of(fleet, name).node_id
        assert not (card.boot / "netrelay-keys").exists()
    nodes = {name: card.node_id for name, card in cards.items()}
    assert cards["buoy"].rows(PEERS) == [
        ("boat", nodes["boat"], None),
        ("shelf", nodes["boat"], 2 << 30),
    ]
    assert cards["buoy"].rows(RIGHTS) == [
        ("boat", "carry", nodes["shelf"]),
        ("shelf", "deliver", ""),
    ]
    assert cards["boat"].rows(RIGHTS) == [
        ("buoy", "deliver", ""),
        ("buoy", "relay", ""),
        ("shelf", "deliver", ""),
        ("shelf", "relay", ""),
    ]


def test_keys_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    first = card_files(fleet, "boat").files
    assert card_files(fleet_of(tmp_path), "boat").files == first
    assert (tmp_path / "fleet-keys").stat().st_mode & 0o777 == 0o700
    for name in FILES:
        path = tmp_path / "fleet-keys" / "boat" / name
        assert path.stat().st_mode & 0o777 == 0o600
        assert first[f"netrelay-keys/{name}"] == path.read_bytes()


def test_no_card_holds_the_keys_of_another(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    content = b"\n".join(card_files(fleet, "boat").files.values())
    for other in ("shelf", "buoy"):
        folder = tmp_path / "fleet-keys" / other
        assert (folder / "storage.secret").read_bytes() not in content
        assert (folder / "identity.key").read_bytes().split(b"\n")[1] not in content


def test_a_folder_of_keys_that_others_can_open_is_refused(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    identity_of(fleet, "boat")
    (tmp_path / "fleet-keys").chmod(0o755)
    with pytest.raises(FleetKeysError, match="must be 0700"):
        card_files(fleet, "boat")


def test_what_the_file_says_of_a_node_stands_on_its_card(tmp_path: Path, card: Card) -> None:
    fleet = fleet_of(
        tmp_path,
        f'[ssh]\nuser = "anna"\nkeys = ["{KEY}"]\n'
        '[wifi.home]\nssid = "home"\ncountry = "GB"\npassword = "geheim123"\n'
        '[nodes.a]\nwifi = "home"\nnetwork = { address = "10.0.0.7/24" }\ncommsport = 7500\n'
        'overseer = "b"\n[nodes.b]\ndeliver = ["a"]\n',
    )
    files = card_files(fleet, "a").files
    assert b"geheim123" not in files["netrelay.toml"]
    assert b"[peers.b]" in files["netrelay.toml"]
    assert decode_card(str(card_of(fleet, "a"))).addresses == ("10.0.0.7", "a.local")
    write_card(fleet, "a", card)
    card.good()
    assert "Address=10.0.0.7/24" in card.of_root(
        "/etc/systemd/network/05-netrelay-ethernet.network"
    )
    assert card.of_root("/etc/ssh/authorized_keys.d/anna") == f"{KEY}\n"
    assert load(card.home.config).overseer == "b"
    psk = "psk="
    assert psk in card.of_root("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf")


# Keys that are created on the Pi

BORN_THERE = ROW.replace("[nodes.buoy]\n", '[nodes.buoy]\nkeys = "on-the-pi"\n')


def test_a_key_that_is_born_on_the_pi_never_leaves_it(
    tmp_path: Path, new_card: Callable[[str], Card]
) -> None:
    fleet = fleet_of(tmp_path, BORN_THERE)
    assert missing_cards(fleet) == ["buoy"]
    buoy, shelf = new_card("buoy"), new_card("shelf")
    made = card_files(fleet, "buoy")
    assert made.node_id is None
    assert not any(name.startswith("netrelay-keys") for name in made.files)
    write_card(fleet, "buoy", buoy)
    buoy.good()
    assert not (tmp_path / "fleet-keys" / "buoy").exists()

    assert card_files(fleet, "shelf").missing == ["buoy"]
    write_card(fleet, "shelf", shelf)
    shelf.good()
    assert shelf.rows("SELECT name FROM peers") == [("boat",)]

    name, card = collect(fleet, buoy.boot / "buoy.card", may_replace=False)
    assert (name, card.node_id) == ("buoy", buoy.node_id)
    assert missing_cards(fleet) == []
    write_card(fleet, "shelf", shelf)
    shelf.good()
    boat = identity_of(fleet, "boat").node_id
    assert shelf.rows("SELECT node, via FROM peers WHERE name = 'buoy'") == [(buoy.node_id, boat)]


def write_foreign_card(folder: Path, name: str) -> Path:
    path = folder / f"{name}-{len(list(folder.iterdir()))}.card"
    identity = create(folder / f"{path.name}.keys")
    path.write_text(encode_card(identity, name, (), 7411))
    return path


def test_a_card_is_collected_only_for_its_own_node(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, BORN_THERE)
    with pytest.raises(FleetKeysError, match="'raft', no node of the fleet"):
        collect(fleet, write_foreign_card(tmp_path, "raft"), may_replace=False)
    with pytest.raises(FleetKeysError, match="whose keys are made here"):
        collect(fleet, write_foreign_card(tmp_path, "boat"), may_replace=False)
    collect(fleet, write_foreign_card(tmp_path, "buoy"), may_replace=False)
    other = write_foreign_card(tmp_path, "buoy")
    with pytest.raises(FleetKeysError, match="--replace takes this one"):
        collect(fleet, other, may_replace=False)
    _, card = collect(fleet, other, may_replace=True)
    assert decode_card(str(card_of(fleet, "buoy"))).node_id == card.node_id


def test_the_fleets_addresses_count_for_a_card_that_was_born_on_a_pi(tmp_path: Path) -> None:
    text = BORN_THERE.replace(
        "[nodes.buoy]\n", '[nodes.buoy]\naddresses = ["10.0.0.9", "fd00::9"]\n'
    )
    fleet = fleet_of(tmp_path, text)
    collect(fleet, write_foreign_card(tmp_path, "buoy"), may_replace=False)
    said = card_files(fleet, "boat").files["netrelay.toml"].decode()
    assert 'addresses = ["10.0.0.9:7411", "[fd00::9]:7411"]' in said


def test_a_node_without_an_address_is_told_that_nobody_dials_it(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, ROW.replace("[nodes.buoy]\n", "[nodes.buoy]\naddresses = []\n"))
    said = {
        name: card_files(fleet, name).files["netrelay.toml"].decode() for name in ("buoy", "boat")
    }
    assert "\ncan_be_dialled = false\n" in said["buoy"]
    assert "\n#can_be_dialled = true\n" in said["boat"]
