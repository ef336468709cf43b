"""The keys of a boot partition's `netrelay.toml`: meaning, and allowed values."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from netrelay.core import windows
from netrelay.core.budget import ALLOWED as ALLOWED_BUDGET
from netrelay.core.budget import read_budget
from netrelay.core.host import is_address, read_host_and_port
from netrelay.core.sizes import read_size_bytes
from netrelay.provisioning.system import modem, page_password, ssh_keys, wifi, wireguard
from netrelay.provisioning.system.logins import is_user_name
from netrelay.provisioning.system.update_settings import MOST_MEGABYTES, UpdateSettings
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.config import are_ranges, is_listen_place
from netrelay.runtime.strict_toml import Key
from netrelay.runtime.time_zones import zone_named
from netrelay.seal.card import ADDRESS_LIMIT

# 15 characters: IFNAMSIZ of linux/if.h, less the final zero.
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,14}")
CONFIG = {key.name: key for key in CONFIG_KEYS if key.section == "node"}
SETTINGS = {f"{key.section}.{key.name}": key for key in CONFIG_KEYS}


def _or_missing(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _node_key(name: str, called: str, meaning: str) -> Key:
    key = CONFIG[name]
    return Key("node", called, None, key.allowed, meaning, _or_missing(key.check))


def _is_interface_address(value: Any) -> bool:
    try:
        found = ipaddress.ip_interface(value if "/" in value else "")
    except (ValueError, TypeError):
        return False
    return not found.ip.is_unspecified


def _are(check: Callable[[Any], bool], low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and low <= len(value) <= high and all(check(each) for each in value)
    )


def _is_size(value: Any) -> bool:
    try:
        return isinstance(value, str) and read_size_bytes(value) > 0
    except ValueError:
        return False


def _is_budget(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(read_budget(value))
    except ValueError:
        return False


def _is_host(value: Any) -> bool:
    try:
        read_host_and_port(value)
    except (ValueError, TypeError):
        return False
    return True


def _is_endpoint(value: Any) -> bool:
    try:
        host, port = read_host_and_port(value)
    except (ValueError, TypeError):
        return False
    return bool(host) and port is not None


def _is_network(value: Any) -> bool:
    try:
        ipaddress.ip_network(value if "/" in value else "", strict=False)
    except (ValueError, TypeError):
        return False
    return True


def _is_window(value: Any) -> bool:
    try:
        zone_named(windows.read_window(value).zone)
    except (ValueError, AttributeError):
        return False
    return True


KEYS = (
    _node_key(
        "name",
        "name",
        "what people and peers call this node; also its host name, found as NAME.local",
    ),
    _node_key("commsport", "commsport", CONFIG["commsport"].meaning),
    _node_key("dataports", "dataports", CONFIG["dataports"].meaning),
    _node_key("can_be_dialled", "can_be_dialled", CONFIG["can_be_dialled"].meaning),
    _node_key("call_every", "call_every", CONFIG["call_every"].meaning),
    _node_key("capacity", "capacity", CONFIG["capacity"].meaning),
    _node_key("address", "listen", "where to listen, and from where to dial; unsaid: everywhere"),
    _node_key(
        "overseer",
        "overseer",
        "which peer is told by texts when something is wrong, gets worse, or is well again",
    ),
    _node_key(
        "disk_endurance_tb",
        "disk_endurance_tb",
        "how many terabytes can be written to this card, as its maker states",
    ),
    Key(
        "network",
        "address",
        None,
        "an IPv4 or IPv6 address of your network and its prefix length: 192.168.1.20/24",
        "a fixed address on the Ethernet socket; unsaid: DHCP",
        _or_missing(_is_interface_address),
    ),
    Key(
        "network",
        "gateway",
        None,
        "the router's address",
        "the way to other networks; only with a fixed address",
        _or_missing(is_address),
    ),
    Key(
        "network",
        "dns",
        None,
        "a list of 1 to 3 addresses",
        "name servers",
        _or_missing(_are(is_address, 1, 3)),
    ),
    Key(
        "network",
        "interface",
        None,
        "an interface's name of up to 15 letters, digits, - and .: eth0",
        "which Ethernet socket all this is about, where there are several; unsaid: all",
        _or_missing(lambda value: isinstance(value, str) and bool(_INTERFACE.fullmatch(value))),
    ),
    Key("wifi", "ssid", None, wifi.ALLOWED_SSID, "the network to join", _or_missing(wifi.is_ssid)),
    Key(
        "wifi",
        "password",
        None,
        wifi.ALLOWED_KEY,
        "its password: moved to the card's own partition at the next boot, and starred out here",
        lambda _: True,
    ),
    Key(
        "wifi",
        "country",
        None,
        wifi.ALLOWED_COUNTRY,
        "which channels may be used",
        _or_missing(wifi.is_country),
    ),
    Key(
        "wifi",
        "hidden",
        None,
        "true or false",
        "whether the network does not announce its name",
        _or_missing(lambda value: isinstance(value, bool)),
    ),
    Key(
        "wifi",
        "priority",
        0,
        wifi.ALLOWED_PRIORITY,
        "of several networks in reach the one with the highest is joined; others are sections"
        " [wifi.NAME], with these keys but country",
        wifi.is_priority,
    ),
    Key(
        "wwan",
        "interface",
        None,
        modem.ALLOWED_INTERFACE,
        "the interface of a modem, or of the cable to a router with a SIM; unsaid: each whose"
        " driver is that of a USB modem",
        _or_missing(modem.is_modem_interface),
    ),
    Key(
        "ssh",
        "user",
        None,
        "a small letter, then up to 31 of a-z, 0-9, - and _; not root",
        "who logs in; unsaid: the image's user",
        _or_missing(is_user_name),
    ),
    Key("ssh", "keys", None, ssh_keys.ALLOWED, "the public keys that let them in", lambda _: True),
    Key(
        "wireguard",
        "private_key",
        None,
        wireguard.ALLOWED_KEY,
        "this node's key: moved to the card's own partition at the next boot, and starred out here",
        lambda _: True,
    ),
    Key(
        "wireguard",
        "address",
        None,
        "an IPv4 or IPv6 address and its prefix length: 10.8.0.2/24",
        "this node's address in the tunnel",
        _or_missing(_is_interface_address),
    ),
    Key(
        "wireguard",
        "public_key",
        None,
        wireguard.ALLOWED_KEY,
        "the key of the other end",
        _or_missing(wireguard.is_key),
    ),
    Key(
        "wireguard",
        "endpoint",
        None,
        "HOST:PORT or [IPv6]:PORT",
        "where the other end is",
        _or_missing(_is_endpoint),
    ),
    Key(
        "wireguard",
        "allowed",
        None,
        "a list of 1 to 16 of ADDRESS/LENGTH",
        "what goes through the tunnel; unsaid: the network of its address",
        _or_missing(_are(_is_network, 1, 16)),
    ),
    Key(
        "wireguard",
        "preshared_key",
        None,
        wireguard.ALLOWED_KEY,
        "a second secret, where the other end has one; it is treated as private_key",
        lambda _: True,
    ),
    Key(
        "wireguard",
        "keepalive_s",
        25,
        "a number from 0 to 65535; 0 is off",
        "how often a word is sent through a router that forgets who is behind it",
        lambda value: type(value) is int and 0 <= value <= 65535,
    ),
    Key(
        "page",
        "password",
        None,
        page_password.ALLOWED,
        "who knows it may look at this node in a browser, at http://NAME.local/: a hash of it is"
        " kept on the card's own partition from the next boot on, and it is starred out here",
        lambda _: True,
    ),
    Key(
        "page",
        "port",
        80,
        "1 to 65535",
        "where the page listens, at every address",
        lambda value: type(value) is int and 1 <= value <= 65535,
    ),
    Key(
        "page",
        "control",
        None,
        "true or false",
        "whether who knows control_password may act there: pause, retry, cancel, send, add a peer;"
        " unsaid: no",
        _or_missing(lambda value: isinstance(value, bool)),
    ),
    Key(
        "page",
        "control_password",
        None,
        f"{page_password.ALLOWED}, and not that of password",
        "the password for that; it is treated as password",
        lambda _: True,
    ),
    Key(
        "updates",
        "security",
        None,
        "true or false",
        "whether Debian's security updates are installed; unsaid: unless the way out is a modem",
        _or_missing(lambda value: isinstance(value, bool)),
    ),
    Key(
        "updates",
        "window",
        None,
        windows.ALLOWED,
        "when that may be; unsaid: at any time",
        _or_missing(_is_window),
    ),
    Key(
        "updates",
        "megabytes_a_month",
        UpdateSettings().megabytes_a_month,
        f"a number from 1 to {MOST_MEGABYTES}",
        "how much may be downloaded for them in a month",
        lambda value: type(value) is int and 1 <= value <= MOST_MEGABYTES,
    ),
    Key(
        "updates",
        "restart",
        None,
        "true or false",
        "whether the Pi restarts when something uses replaced files until then; unsaid: no",
        _or_missing(lambda value: isinstance(value, bool)),
    ),
    Key(
        "metrics",
        "listen",
        None,
        SETTINGS["metrics.listen"].allowed,
        "where Prometheus is answered; unsaid: nowhere",
        _or_missing(lambda value: is_listen_place(value) and "%" not in value),
    ),
    Key(
        "metrics",
        "from",
        None,
        SETTINGS["metrics.from"].allowed,
        "who may ask there; said together with listen",
        _or_missing(are_ranges),
    ),
    Key(
        "card",
        "on_damage",
        None,
        '"wait" or "start-empty"',
        "what to do when the file system for data is damaged beyond repair, or its partition is"
        " gone; start-empty gives up all files, messages and keys; unsaid: wait for a person",
        _or_missing(lambda value: value in ("wait", "start-empty")),
    ),
    Key(
        "card",
        "journal",
        None,
        "true or false",
        "whether the journal is written to the card, from the next start on; unsaid: no",
        _or_missing(lambda value: isinstance(value, bool)),
    ),
)
PEER_KEYS = (
    Key(
        "peers.NAME",
        "card",
        None,
        'the path of a file beside this one, "cards/NAME.card", or a card itself between """',
        "its card; unsaid: cards/NAME.card",
        _or_missing(lambda value: isinstance(value, str)),
    ),
    Key(
        "peers.NAME",
        "may",
        [],
        'a list of "deliver", "relay" and "carry NAME"',
        "what it may do here",
        _are(lambda value: isinstance(value, str), 0, 1000),
    ),
    Key(
        "peers.NAME",
        "via",
        None,
        "the name of another peer",
        "who carries what is for it; unsaid: nobody, it is dialled",
        _or_missing(lambda value: isinstance(value, str)),
    ),
    Key(
        "peers.NAME",
        "quota",
        None,
        "500M, 20G, ...",
        "how much of it may lie here unfinished",
        _or_missing(_is_size),
    ),
    Key(
        "peers.NAME",
        "budget",
        None,
        ALLOWED_BUDGET.removesuffix("; or off"),
        "how many bytes may cross the wire to and from it; unsaid: none, or that of"
        " `netrelay budget`",
        _or_missing(_is_budget),
    ),
    Key(
        "peers.NAME",
        "addresses",
        None,
        f"a list of 1 to {ADDRESS_LIMIT} of HOST, HOST:PORT and [IPv6]:PORT",
        "where it is, instead of what its card says",
        _or_missing(_are(_is_host, 1, ADDRESS_LIMIT)),
    ),
)
# Of a section [wifi.NAME]; the country is that of the radio.
MORE_WIFI_KEYS = tuple(key for key in KEYS if key.section == "wifi" and key.name != "country")
