"""Each mistake in a boot file is reported with line, key and allowed values."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from netrelay.provisioning.card.boot_file import BootFile, read_boot_file
from netrelay.provisioning.card.boot_keys import KEYS
from netrelay.provisioning.card.boot_template import boot_file_text, boot_template
from netrelay.runtime.edited_text import EditedText, decode
from netrelay.runtime.strict_toml import Mistake
from netrelay.seal.card import encode_card
from netrelay.seal.identity import create
from tests.provisioning.card.boot_partition import KEY


def read(text: str, files: Mapping[str, bytes] | None = None) -> BootFile | list[Mistake]:
    decoded = decode(text.encode())
    assert isinstance(decoded, EditedText)
    return read_boot_file(decoded, files or {})


def good(text: str, files: Mapping[str, bytes] | None = None) -> BootFile:
    found = read(text, files)
    assert isinstance(found, BootFile), found
    return found


def bad(text: str, files: Mapping[str, bytes] | None = None) -> list[str]:
    found = read(text, files)
    assert isinstance(found, list)
    return [mistake.text.removeprefix(", ") for mistake in found]


@pytest.fixture
def cards(tmp_path: Path) -> dict[str, bytes]:
    return {
        f"cards/{name}.card": encode_card(
            create(tmp_path / name), name, (f"{name}.local",), 7411
        ).encode()
        for name in ("boat", "buoy")
    }


def test_the_template_says_nothing_and_explains_everything() -> None:
    found = good(boot_template())
    assert found.settings == {}
    assert found.wifi == ()
    assert found.peers == ()
    for key in KEYS:
        assert f"# {key.meaning}\n# allowed: {key.allowed}\n#{key.name} = " in boot_template()


def test_the_examples_of_the_template_are_good_once_their_marks_are_taken_away(
    cards: dict[str, bytes],
) -> None:
    lines = boot_template().split("\n")
    taken = [line[1:] if line[:1] == "#" and line[1:2] not in (" ", "") else line for line in lines]
    text = "\n".join(taken).replace("ssh-ed25519 AAAA... you@laptop", KEY)
    text += "\n[peers.buoy]\n"
    found = good(text, cards)
    assert found.name == "shelf"
    assert found.network.address == "192.168.1.20/24"
    assert found.wifi[0].country == "GB"
    assert found.ssh_keys == (KEY,)
    assert [(peer.name, peer.via, peer.rights) for peer in found.peers] == [
        ("boat", "buoy", (("deliver", ""),)),
        ("buoy", None, ()),
    ]


def test_values_that_are_written_come_back() -> None:
    said: dict[str, dict[str, object]] = {
        "node": {"name": "shelf", "dataports": [7500, 7501], "listen": "127.0.0.7"},
        "wifi": {"ssid": 'a "b" \\ ß', "password": "x" * 8, "country": "DE", "hidden": True},
    }
    found = good(boot_file_text(said, {}))
    assert found.settings == said["node"]
    assert (found.wifi[0].ssid, found.wifi[0].password) == ('a "b" \\ ß', "x" * 8)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[node]\nname = "Shelf"', "line 2: node.name is 'Shelf'; allowed: 1 to 31 of a-z"),
        ("[node]\ndataport = 1", "line 2: node.'dataport' is no key; allowed: name, commsport"),
        ("[node]\ndataport = 1", "did you mean dataports?"),
        ("[nod]\nx = 1", "line 1: 'nod' is no section; allowed: [node], [network], [wifi]"),
        ("[node]\ncommsport = 7412", "node.dataports holds 7412, which is node.commsport"),
        ("[node]\nname = shelf", 'a text stands between quotes, name = "..."'),
        ("[node]\nname = \u201cshelf\u201d", "line 2: node.name cannot be read"),
        ('[network]\naddress = "10.0.0.7"', "line 2: network.address is '10.0.0.7'; allowed: an"),
        ('[network]\ninterface = "eth 0"', "line 2: network.interface is 'eth 0'; allowed: an"),
        ('[network]\ngateway = "10.0.0.1"', "network.gateway is said without network.address"),
        (
            '[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.1.1"',
            "line 3: network.gateway is '10.0.1.1'; allowed: an address in the network of"
            " network.address, 10.0.0.0/24",
        ),
        ('[wifi]\nssid = "x"\npassword = "12345678"', "line 1: wifi.country is nothing; allowed"),
        ('[wifi]\nssid = "x"\ncountry = "gb"', "line 3: wifi.country is 'gb'; allowed: the two"),
        ('[wifi]\npassword = "12345678"', "line 1: wifi.ssid is nothing"),
        ('[wifi]\ncountry = "GB"\n[wifi.a]\npassword = ""', "line 3: wifi.a.ssid is nothing"),
        ('[wifi]\ncountry = "GB"\n[wifi.a]\nssid = "x"\ncountry = "GB"', "wifi.a.'country' is no"),
        ('[wifi.a]\nssid = "x"', "line 1: wifi.country is nothing"),
        (
            '[wifi]\ncountry = "GB"\n[wifi.a]\nssid = "x"\npriority = 1001',
            "line 5: wifi.a.priority is 1001; allowed: a number from 0 to 1000",
        ),
        (
            '[wifi]\ncountry = "GB"\n[wifi.a]\nssid = "x"\n[wifi.b]\nssid = "x"',
            "line 6: wifi.b.ssid is 'x', as that of another section",
        ),
        (
            '[wifi]\ncountry = "GB"\n[wifi.a]\nssid = "x"\npassword = "kurz"',
            "line 5: wifi.a.password is 4 char",
        ),
        ('[wwan]\ninterface = "wwan0"', "line 2: wwan.interface is 'wwan0'; allowed: an Ethernet"),
        ('[wwan]\ninterface = "wlan0"', "line 2: wwan.interface is 'wlan0'; allowed: an Ethernet"),
        ('[wwan]\ninterfaces = "eth1"', "line 2: wwan.'interfaces' is no key; allowed: interface;"),
        (
            '[wwan]\napn = "internet"',
            "line 2: wwan.apn is said; allowed: nothing: this image has no",
        ),
        (
            '[wwan]\nbudget = "1G/month"',
            "line 2: wwan.budget is said; allowed: nothing: a budget is",
        ),
        (
            '[network]\ninterface = "eth1"\n[wwan]\ninterface = "eth1"',
            "line 4: wwan.interface is 'eth1', as network.interface",
        ),
        ("[page]\nport = 8080", "line 1: page.password is nothing; allowed: 8 characters to 1024"),
        ('[page]\npassword = "secret7"', "line 2: page.password has 7 characters; allowed: 8"),
        ("[page]\npassword = 12345678", "line 2: page.password is no text; allowed: 8"),
        ('[page]\npassword = "12345678"\nport = 0', "line 3: page.port is 0; allowed: 1 to 65535"),
        ('[page]\npassword = "12345678"\ncontrol = 1', "line 3: page.control is 1; allowed: true"),
        (
            '[page]\npassword = "12345678"\ncontrol = true',
            "line 1: page.control_password is nothing; allowed: 8",
        ),
        (
            '[page]\npassword = "12345678"\ncontrol_password = "87654321"',
            "line 3: page.control_password is said without page.control; allowed: both, or",
        ),
        (
            '[page]\npassword = "12345678"\ncontrol = true\ncontrol_password = "12345678"',
            "line 4: page.control_password is that of page.password; allowed: another one",
        ),
        (
            '[page]\npassword = """12345678"""',
            "line 2: page.password is written so that it could not be starred out later",
        ),
        ('[page]\nlisten = "::"', "line 2: page.'listen' is no key; allowed: password, port"),
        ('[wireguard]\naddress = "10.8.0.2/24"', "line 1: wireguard.private_key is nothing"),
        ('[wireguard]\nprivate_key = "x"', "line 2: wireguard.private_key is no key; allowed: 44"),
        ('[wireguard]\npublic_key = "x"', "line 2: wireguard.public_key is 'x'; allowed: 44"),
        (
            '[wireguard]\nendpoint = "vpn"',
            "line 2: wireguard.endpoint is 'vpn'; allowed: HOST:PORT",
        ),
        ('[wireguard]\nallowed = ["10.8"]', "line 2: wireguard.allowed is ['10.8']"),
        ("[wireguard]\nkeepalive_s = -1", "line 2: wireguard.keepalive_s is -1; allowed: a number"),
        (
            '[updates]\nsecurity = "yes"',
            "line 2: updates.security is 'yes'; allowed: true or false",
        ),
        ('[updates]\nwindow = "nightly"', "line 2: updates.window is 'nightly'; allowed: days"),
        ('[updates]\nwindow = "01:00-05:00 Moon"', "line 2: updates.window is '01:00-05:00 Moon'"),
        ("[updates]\nmegabytes_a_month = 0", "line 2: updates.megabytes_a_month is 0; allowed: a"),
        ("[updates]\nmegabytes = 5", "updates.'megabytes' is no key; allowed: security, window"),
        ('[card]\non_damage = "empty"', "line 2: card.on_damage is 'empty'; allowed: \"wait\" or"),
        (
            '[metrics]\nlisten = "[::]:7481"',
            "line 2: metrics.listen is said without metrics.from; allowed: both, or neither",
        ),
        (
            '[metrics]\nfrom = ["::1"]',
            "line 2: metrics.from is said without metrics.listen; allowed: both, or neither",
        ),
        (
            '[metrics]\nlisten = "[fe80::1%eth0]:7481"\nfrom = ["::1"]',
            "line 2: metrics.listen is '[fe80::1%eth0]:7481'; allowed: ",
        ),
        ('[metrics]\nlisten = "[::]:7481"\nfrom = ["a"]', "line 3: metrics.from is ['a']; allowed"),
        ("[card]\njournal = 1", "line 2: card.journal is 1; allowed: true or false"),
        (
            '[wifi]\nssid = "x"\ncountry = "GB"\npassword = "kurz"',
            "line 4: wifi.password is 4 char",
        ),
        (
            '[wifi]\nssid = "x"\ncountry = "GB"\npassword = """12345678"""',
            "line 4: wifi.password is written so that it could not be starred out later",
        ),
        ('[ssh]\nuser = "pi"', "line 2: ssh.user is said without ssh.keys"),
        ('[ssh]\nuser = "root"', "line 2: ssh.user is 'root'"),
        ('[ssh]\nkeys = ["ssh-ed25519 AAAA me"]', "which was cut short or changed"),
        ('[ssh]\nkeys = "ssh-ed25519 AAAA me"', "line 2: ssh.keys is no list"),
        ('[ssh]\nkeys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]', "it stays on your computer"),
        ("[peers.Boat]", "line 1: peers.'Boat' is no peer; allowed: [peers.NAME], 1 to 31"),
        ("[peers.boat]", "peers.boat.card is 'cards/boat.card', and there is no such file"),
        ('[peers.boat]\ncard = "cards/buoy.card"\nmay = ["delver"]', "did you mean deliver?"),
        ('[peers.boat]\nmay = ["carry"]', "line 2: peers.boat.may holds 'carry'; allowed"),
        ('[peers.boat]\nmay = ["relay buoy"]', "line 2: peers.boat.may holds 'relay buoy'"),
        ('[peers.boat]\nvia = "bouy"\n[peers.buoy]', "line 2: peers.boat.via is 'bouy'; allowed"),
        ('[peers.boat]\nvia = "bouy"\n[peers.buoy]', "did you mean buoy?"),
        ('[peers.boat]\nquota = "much"', "line 2: peers.boat.quota is 'much'; allowed: 500M"),
        (
            '[peers.boat]\nbudget = "500M"',
            "line 2: peers.boat.budget is '500M'; allowed: a size of",
        ),
        ('[peers.boat]\nbudget = "1K/day"', "line 2: peers.boat.budget is '1K/day'; allowed: a"),
        ('[peers.boat]\naddresses = ["1.2.3"]', "line 2: peers.boat.addresses is ['1.2.3']"),
        ('[peers.boat]\naddresses = ["a:1", "b:2"]', "peers.boat.addresses have the ports 1, 2"),
        (
            '[peers.boat]\ncard = "cards/buoy.card"\n[peers.buoy]',
            "line 3: peers.buoy has the same card as peers.boat",
        ),
        ('[node]\nname = "buoy"\n[peers.buoy]', "line 3: peers.'buoy' has this node's own name"),
    ],
)
def test_a_mistake_is_named(text: str, wanted: str, ends: str, cards: dict[str, bytes]) -> None:
    files = {"cards/buoy.card": cards["cards/buoy.card"]}
    found = bad(text.replace("\n", ends), files)
    assert any(wanted in line for line in found), found


def test_all_mistakes_are_found_at_once_in_order() -> None:
    found = bad('[node]\nname = "A"\ncommsport = 0\n[wifi]\nssid = ""\n[sh]\n')
    assert [line.split(":")[0] for line in found] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "line 6",
    ]


@pytest.mark.parametrize("password", ["geheim", "geheimesß", "x" * 65])
def test_a_password_is_never_repeated(password: str) -> None:
    found = bad(f'[wifi]\nssid = "x"\ncountry = "GB"\npassword = "{password}"\n')
    assert found
    assert password not in "\n".join(found)


def test_a_pin_is_never_repeated() -> None:
    found = bad('[wwan]\npin = "4711"\npassword = "geheim"\n')
    assert len(found) == 2
    assert not [line for line in found if "4711" in line or "geheim" in line]


def test_a_forged_card_is_refused(cards: dict[str, bytes]) -> None:
    text = cards["cards/boat.card"]
    place = text.index(b"\n", 200) - 5
    forged = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
    [found] = bad("[peers.boat]", {"cards/boat.card": forged})
    assert found.startswith("line 1: peers.boat.card: cards/boat.card: card")


def test_a_card_may_stand_in_the_file_itself(cards: dict[str, bytes]) -> None:
    inline = cards["cards/boat.card"].decode()
    found = good(f'[peers.boat]\ncard = """\n{inline}"""\nquota = "10G"\naddresses = ["a:7500"]\n')
    [peer] = found.peers
    assert (peer.addresses, peer.commsport, peer.quota_bytes) == (("a",), 7500, 10 << 30)


def test_a_password_of_stars_is_the_one_that_is_kept() -> None:
    found = good('[wifi]\nssid = "x"\ncountry = "GB"\npassword = "********"\n')
    assert found.wifi[0].password is None
    assert found.secret_places == ()


def test_passwords_of_the_page_are_found_and_hidden() -> None:
    text = (
        '[wifi]\nssid = "x"\ncountry = "GB"\npassword = "the same one"\n'
        '[page]\npassword = "the same one"\ncontrol = true\ncontrol_password = "another one"\n'
    )
    found = good(text)
    assert found.page is not None
    assert (found.page.password, found.page.control_password) == ("the same one", "another one")
    places = [text[start : start + length] for start, length in found.secret_places]
    assert places == ["the same one", "the same one", "another one"]
    assert "one" not in repr(found.page)


def test_starred_passwords_of_the_page_are_those_that_are_kept() -> None:
    found = good('[page]\npassword = "********"\ncontrol = true\ncontrol_password = "*********"')
    assert found.page is not None
    assert (found.page.password, found.page.control_password) == (None, None)
    assert found.secret_places == ()
