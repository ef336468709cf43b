"""Validation of Wi-Fi settings, and the configuration of wpa_supplicant."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

SSID_LIMIT_BYTES = 32  # IEEE 802.11-2020, 9.4.2.2
_PASSPHRASE = re.compile(r"[\x20-\x7e]{8,63}")  # IEEE 802.11-2020, J.4.1
_PSK = re.compile(r"[0-9A-Fa-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{2}")  # ISO 3166-1 alpha-2, as in the kernel's regulatory database
_PSK_ROUNDS, _PSK_BYTES = 4096, 32  # IEEE 802.11-2020, J.4.1

ALLOWED_SSID = f"the network's name, 1 to {SSID_LIMIT_BYTES} bytes"
ALLOWED_KEY = (
    '8 to 63 characters of ASCII, or a PSK of 64 hexadecimal digits; "" for an open network'
)
MOST_PRIORITY = 1000
ALLOWED_PRIORITY = f"a number from 0 to {MOST_PRIORITY}"
ALLOWED_COUNTRY = "the two capital letters of the country it is used in: GB, DE, US, ..."


class Wifi(NamedTuple):
    """A network to join. psk: 64 hexadecimal digits, or "" for an open network.

    Of several networks in reach the one with the highest priority is joined.
    """

    ssid: bytes
    psk: str
    country: str
    is_hidden: bool
    priority: int = 0

    def __repr__(self) -> str:
        return f"Wifi({self.ssid!r})"


def is_ssid(value: Any) -> bool:
    """Return True for a valid name of a network (SSID)."""
    return isinstance(value, str) and 1 <= len(value.encode()) <= SSID_LIMIT_BYTES


def is_password(value: Any) -> bool:
    """Return True for a passphrase, a PSK, or the "" of an open network."""
    if not isinstance(value, str):
        return False
    return not value or bool(_PASSPHRASE.fullmatch(value) or _PSK.fullmatch(value))


def is_country(value: Any) -> bool:
    """Return True for a value with the form of a country code."""
    return isinstance(value, str) and _COUNTRY.fullmatch(value) is not None


def is_priority(value: Any) -> bool:
    """Return True for a valid priority."""
    return type(value) is int and 0 <= value <= MOST_PRIORITY


def describe_secret(value: Any) -> str:
    """Return what is wrong with a password, without quoting it."""
    if not isinstance(value, str):
        return "is no text between quotes"
    if 8 <= len(value) <= 63:
        return "has characters other than ASCII"
    return f"is {len(value)} characters long"


def pre_shared_key(ssid: bytes, password: str) -> str:
    """Return the PSK of a passphrase; a PSK or "" is returned unchanged.

    Only the PSK is stored, since people use one passphrase in several places.
    """
    if not password or _PSK.fullmatch(password):
        return password.lower()
    key = hashlib.pbkdf2_hmac("sha1", password.encode("ascii"), ssid, _PSK_ROUNDS, _PSK_BYTES)
    return key.hex()


def supplicant_config(networks: Sequence[Wifi]) -> str:
    """Return the content of wpa_supplicant.conf(5); it contains a secret, so store it 0600.

    The SSID is written in hexadecimal, which needs no escaping. WPA2, and WPA2/WPA3 mixed mode, by
    PSK: SAE fails with the firmware of some Pis, and needs the passphrase itself.
    """
    country = next((wifi.country for wifi in networks if wifi.country), "")
    lines = [
        "# Written by netrelay first-boot from netrelay.toml on the boot partition.",
        *([f"country={country}"] if country else []),
        "ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev",
        "update_config=0",
    ]
    for wifi in networks:
        lines += [
            "",
            "network={",
            f"\tssid={wifi.ssid.hex()}",
            *(["\tscan_ssid=1"] if wifi.is_hidden else []),
            *([f"\tpriority={wifi.priority}"] if wifi.priority else []),
            *([f"\tkey_mgmt=WPA-PSK\n\tpsk={wifi.psk}"] if wifi.psk else ["\tkey_mgmt=NONE"]),
            "}",
        ]
    return "\n".join(lines) + "\n"
