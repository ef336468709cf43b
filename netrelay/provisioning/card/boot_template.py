"""Text of `netrelay.toml` for a boot partition, as shipped with an image or written by a fleet."""

import json
from collections.abc import Mapping
from typing import Any

from netrelay.provisioning.card.boot_keys import KEYS, PEER_KEYS
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.strict_toml import Key

_HEAD = """\
# What this card is to be. Edit this file on any computer, save it as plain text, and start the Pi:
# it is applied at every start at which it has changed. A line that begins with # says nothing, and
# nothing has to be said: as it is, this card becomes a node called netrelay-XXXX.
#
# A mistake is written into netrelay-error.txt beside this file, and the node stays as it was.
# Which node it has become stands in netrelay-node.txt.
"""
# A valid form that is nobody's key.
_NO_KEY = "A" * 43 + "="
_EXAMPLES: dict[str, Any] = {
    "node.name": "shelf",
    "node.listen": "::",
    "network.address": "192.168.1.20/24",
    "network.gateway": "192.168.1.1",
    "network.dns": ["192.168.1.1"],
    "network.interface": "eth0",
    "wifi.ssid": "my network",
    "wifi.password": "its password",
    "wifi.country": "GB",
    "wifi.hidden": False,
    "wifi.priority": 0,
    "wwan.interface": "eth1",
    "ssh.user": "pi",
    "ssh.keys": ["ssh-ed25519 AAAA... you@laptop"],
    "wireguard.private_key": _NO_KEY,
    "wireguard.address": "10.8.0.2/24",
    "wireguard.public_key": _NO_KEY,
    "wireguard.endpoint": "vpn.example.org:51820",
    "wireguard.allowed": ["10.8.0.0/24"],
    "wireguard.preshared_key": _NO_KEY,
    "wireguard.keepalive_s": 25,
    "page.password": "a long sentence",
    "page.port": 80,
    "page.control": False,
    "page.control_password": "another sentence",
    "updates.security": True,
    "updates.window": "01:00-05:00",
    "updates.megabytes_a_month": 200,
    "updates.restart": False,
    "metrics.listen": "[::]:7481",
    "metrics.from": ["192.168.1.0/24"],
    "card.on_damage": "wait",
    "card.journal": False,
    **{
        f"node.{key.name}": key.default
        for key in CONFIG_KEYS
        if key.section == "node" and key.name != "name"
    },
    "node.call_every": "15min",
    "node.overseer": "hq",
    "node.disk_endurance_tb": 30,
}
_SECTION_WORDS = {
    "node": "",
    "network": "Ethernet. Without a word here: an address by DHCP.",
    "wifi": "Wi-Fi. ssid and country have to be said together.",
    "wwan": "A modem that is an Ethernet interface. It is used last, and not for updates.",
    "ssh": "Who may log in over ssh. Nobody has a password.",
    "wireguard": "A WireGuard tunnel to one other end, wg0.",
    "page": "The node in a browser. Without a word here: off. There is no TLS: use it at home.",
    "updates": "Security updates of Debian. Without a word here: once a day, by Ethernet or Wi-Fi.",
    "metrics": "Metrics for Prometheus. Without a word here: none. Both have to be said together.",
    "card": "The card itself.",
}
_PEERS = """\
# The nodes this one knows: one section for each. Put its card (NAME.card, which it writes onto its
# own boot partition) into the folder cards beside this file, and take the # away:
#
#[peers.boat]
{keys}"""
_PEER_EXAMPLES: dict[str, Any] = {
    "card": "cards/boat.card",
    "may": ["deliver"],
    "via": "buoy",
    "quota": "10G",
    "budget": "500M/month",
    "addresses": ["boat.local"],
}


def boot_template() -> str:
    """Return the file that an image is shipped with: every key explained, none set."""
    return boot_file_text({}, {})


def boot_file_text(
    said: Mapping[str, Mapping[str, Any]], peers: Mapping[str, Mapping[str, Any]], head: str = _HEAD
) -> str:
    """Return a file that sets these values, by section and key, and explains the other keys."""
    lines = [head.rstrip("\n")]
    section = ""
    for key in KEYS:
        if key.section != section:
            section = key.section
            words = _SECTION_WORDS[section]
            lines += ["", *([f"# {words}"] if words else []), f"[{section}]"]
        lines += [f"# {key.meaning}", f"# allowed: {key.allowed}"]
        if key.name in said.get(section, {}):
            lines.append(f"{key.name} = {toml_value(said[section][key.name])}")
        else:
            lines.append(f"#{key.name} = {toml_value(_EXAMPLES[f'{section}.{key.name}'])}")
    if not peers:
        lines += ["", _PEERS.format(keys="\n".join(_explained(PEER_KEYS)))]
    for name, values in peers.items():
        lines += ["", f"[peers.{name}]"]
        lines += [f"{word} = {toml_value(value)}" for word, value in values.items()]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """Return the TOML of a string, integer, boolean or list of them, which is that of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _explained(keys: tuple[Key, ...]) -> list[str]:
    lines = []
    for key in keys:
        lines += [f"# {key.meaning}", f"#   allowed: {key.allowed}"]
        lines.append(f"#{key.name} = {toml_value(_PEER_EXAMPLES[key.name])}")
    return lines
