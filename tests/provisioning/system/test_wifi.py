"""Names, passwords and keys of Wi-Fi networks, and the file for wpa_supplicant."""

import pytest

from netrelay.provisioning.system.wifi import (
    Wifi,
    is_country,
    is_password,
    is_ssid,
    pre_shared_key,
    supplicant_config,
)


@pytest.mark.parametrize(
    ("ssid", "passphrase", "psk"),
    [
        # IEEE 802.11-2020, J.4.2: test vectors.
        ("IEEE", "password", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
        (
            "ThisIsASSID",
            "ThisIsAPassword",
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
        ),
    ],
)
def test_a_passphrase_becomes_the_key_of_the_standard(ssid: str, passphrase: str, psk: str) -> None:
    assert pre_shared_key(ssid.encode(), passphrase) == psk


def test_a_key_and_the_password_of_an_open_network_stay() -> None:
    assert pre_shared_key(b"x", "AB" * 32) == "ab" * 32
    assert pre_shared_key(b"x", "") == ""


@pytest.mark.parametrize("value", ["", "8 chars!", "x" * 63, "0" * 64, "aF" * 32])
def test_a_password(value: str) -> None:
    assert is_password(value)


@pytest.mark.parametrize("value", ["short", "x" * 64, "pässwörter", "tab\there", 12345678, None])
def test_no_password(value: object) -> None:
    assert not is_password(value)


def test_names_and_countries() -> None:
    assert is_ssid("ß" * 16)
    assert not is_ssid("ß" * 16 + "x")
    assert not is_ssid("")
    assert is_country("GB")
    assert not is_country("gb")
    assert not is_country("GBR")


def test_nothing_in_a_name_can_leave_its_place() -> None:
    name = b'"\n}\nnetwork={'
    text = supplicant_config([Wifi(name, "ab" * 32, "GB", True)])
    assert text.count("network={") == 1
    assert f"ssid={name.hex()}" in text
    assert "scan_ssid=1" in text
    assert f"psk={'ab' * 32}" in text


def test_an_open_network_has_no_key() -> None:
    text = supplicant_config([Wifi(b"cafe", "", "", False)])
    assert "key_mgmt=NONE" in text
    assert "psk" not in text
    assert "country" not in text


def test_a_secret_is_not_shown() -> None:
    assert "ab" * 32 not in repr(Wifi(b"x", "ab" * 32, "GB", False))
