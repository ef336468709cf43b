"""Each mistake in fleet.toml is reported with line, value and allowed values."""

from pathlib import Path

import pytest

from tests.provisioning.card.boot_partition import KEY
from tests.provisioning.fleet.fleets import ROW, fleet_of, mistakes_of

TWO = "[nodes.a]\n[nodes.b]\n"


def test_a_good_fleet_is_read(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    boat = fleet.nodes["boat"]
    assert boat.addresses == ("boat.local",)
    assert boat.deliver == {"shelf", "buoy"}
    assert fleet.nodes["shelf"].next_hop("buoy") == "boat"
    assert fleet.nodes["shelf"].next_hop("boat") == "boat"
    assert mistakes_of(tmp_path, ROW) == []


def test_addresses_follow_from_what_is_said(tmp_path: Path) -> None:
    fleet = fleet_of(
        tmp_path,
        '[nodes.a]\nnetwork = { address = "10.0.0.7/24" }\n[nodes.b]\nlisten = "127.0.0.9"\n'
        '[nodes.c]\naddresses = ["c.example.org"]\n[nodes.d]\naddresses = []\n',
    )
    found = {name: node.addresses for name, node in fleet.nodes.items()}
    assert found == {
        "a": ("10.0.0.7", "a.local"),
        "b": ("127.0.0.9",),
        "c": ("c.example.org",),
        "d": (),
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "line 1: there is no node; allowed: a section [nodes.NAME] for each"),
        ("[node.a]", "line 1: 'node' is no section; allowed: [nodes], [wifi], [ssh]"),
        ("[node.a]", "did you mean nodes?"),
        ("[nodes.A]", "line 1: nodes.'A' is no node; allowed: [nodes.NAME], 1 to 31"),
        ("[nodes.a]\n[nodes.a]\n", "this cannot be read: Cannot declare ('nodes', 'a') twice"),
        (TWO + "delver = []", "line 3: nodes.b.'delver' is no key"),
        (TWO + "delver = []", "did you mean deliver?"),
        ("[nodes.boat]\n[nodes.b]\ndeliver = ['bota']", "line 3: nodes.b.deliver holds 'bota'"),
        ("[nodes.boat]\n[nodes.b]\ndeliver = ['bota']", "did you mean boat?"),
        (TWO + 'deliver = "everybody"', "line 3: nodes.b.deliver is 'everybody'; allowed: \"all\""),
        (
            TWO + 'deliver = ["b"]',
            "nodes.b.deliver holds 'b'; allowed: another node of this file: a",
        ),
        (TWO + 'via = { c = "a" }', "line 3: nodes.b.via is for 'c'; allowed: another node"),
        (TWO + 'via = { a = "c" }', "line 3: nodes.b.via.a is 'c'; allowed: another node"),
        (TWO + 'via = { a = "a" }', "line 3: nodes.b.via.a is 'a' itself; allowed: a node between"),
        (TWO + 'via = ["a"]', "line 3: nodes.b.via is ['a']; allowed: { NODE = "),
        (
            TWO + 'quota = { a = "lots" }',
            "line 3: nodes.b.quota.a is 'lots' is no size; allowed: 500M",
        ),
        (TWO + 'quota = { x = "1G" }', "line 3: nodes.b.quota is for 'x'; allowed: another node"),
        (TWO + 'keys = "here"', "line 3: nodes.b.keys is 'here'; allowed: \"made-here\" or"),
        (TWO + 'wifi = "home"', "line 3: nodes.b.wifi is 'home'; allowed: the name of a section"),
        (
            TWO + 'overseer = "c"',
            "line 3: nodes.b.overseer is 'c'; allowed: another node of this file: a",
        ),
        (TWO + "commsport = 0", "line 3: nodes.b.commsport is 0; allowed: 1 to 65535"),
        (TWO + "commsport = 7412", "nodes.b.dataports holds 7412, which is its commsport"),
        (TWO + 'addresses = ["a:1"]', "line 3: nodes.b.addresses is ['a:1']; allowed: a list"),
        (
            '[nodes.a]\naddresses = ["x"]\n[nodes.b]\naddresses = ["x"]\n',
            "line 4: nodes.b is at x with port 7411, as a is; allowed: another address, or",
        ),
        (
            '[nodes.a]\naddresses = ["x"]\n[nodes.b]\naddresses = ["x"]\ncommsport = 7500\n',
            "line 4: nodes.b is at x with port 7412, as a is",
        ),
        (
            '[nodes.a]\nnetwork = { address = "10.0.0.7/24" }\n'
            '[nodes.b]\nnetwork = { address = "10.0.0.7/16" }\n',
            "line 4: nodes.b.network.address is 10.0.0.7, as that of a",
        ),
        (TWO + 'network = { adress = "x" }', "line 3: nodes.b.network.'adress' is no key"),
        (TWO + 'network = { address = "10.0.0.7" }', "line 3: nodes.b.network.address is"),
        (TWO + 'network = { gateway = "10.0.0.1" }', "has a gateway and no address"),
        (
            TWO + '[wifi.home]\nssid = "x"\npassword = "12345678"',
            "line 3: wifi.home.country is noth",
        ),
        (TWO + '[wifi.home]\nssid = "x"\ncountry = "GB"', "line 3: wifi.home.password is nothing"),
        (
            TWO + '[wifi.home]\nssid = "x"\ncountry = "GB"\npassword = "kurz"',
            "line 6: wifi.home.password is 4 characters long",
        ),
        (TWO + "[wifi]\nhome = 7", "line 4: wifi.home is no section"),
        (TWO + '[ssh]\nkeys = ["x"]', "line 4: ssh.keys holds 'x', which is no public key"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, wanted: str) -> None:
    found = mistakes_of(tmp_path, text)
    assert any(wanted in line for line in found), found


def test_two_nodes_at_one_address_with_other_ports_are_good(tmp_path: Path) -> None:
    text = '[nodes.a]\naddresses = ["x"]\n[nodes.b]\naddresses = ["x"]\n'
    assert mistakes_of(tmp_path, text + "commsport = 7500\ndataports = [7501]\n") == []


def test_what_all_share_is_kept(tmp_path: Path) -> None:
    fleet = fleet_of(
        tmp_path,
        f'[ssh]\nuser = "anna"\nkeys = ["{KEY}"]\n[nodes.a]\nwifi = "home"\n'
        '[wifi.home]\nssid = "x"\npassword = ""\ncountry = "GB"\n',
    )
    assert fleet.ssh == {"user": "anna", "keys": [KEY]}
    assert fleet.wifi["home"] == {"ssid": "x", "password": "", "country": "GB"}


def test_a_file_that_notepad_saved_is_read(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_bytes(b"")
    assert mistakes_of(tmp_path, "\ufeff" + ROW.replace("\n", "\r\n")) == []
