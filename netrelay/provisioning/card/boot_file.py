"""`netrelay.toml` on the boot partition: the desired configuration of a card.

Every key is optional. A missing key keeps the node's present value, or the default of a new node.
All mistakes are reported at once, since every reboot to find the next one takes a minute.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from netrelay.provisioning.card.boot_keys import CONFIG, KEYS
from netrelay.provisioning.card.boot_peers import PeerWish, read_peers
from netrelay.provisioning.card.boot_text import BootText, syntax_mistake
from netrelay.provisioning.card.secret_span import secret_span
from netrelay.provisioning.system import ssh_keys, wifi
from netrelay.provisioning.system.network_files import Network
from netrelay.provisioning.system.update_settings import UpdateSettings
from netrelay.runtime.config import check_ports
from netrelay.runtime.strict_toml import Document, Mistake, NoTomlError

SECTIONS = ("node", "network", "wifi", "ssh", "updates", "card", "peers")


class WifiWish(NamedTuple):
    """The desired Wi-Fi network; password None: keep the one that is stored on the node."""

    ssid: str
    password: str | None
    country: str
    is_hidden: bool

    def __repr__(self) -> str:
        return f"WifiWish({self.ssid!r})"


class BootFile(NamedTuple):
    """Content of the file; None or empty where a key is missing.

    password_span: offset and length of the Wi-Fi password in the file, in bytes.
    """

    settings: dict[str, Any]
    network: Network
    wifi: WifiWish | None
    ssh_user: str | None
    ssh_keys: tuple[str, ...]
    updates: UpdateSettings
    keeps_journal: bool
    peers: tuple[PeerWish, ...]
    password_span: tuple[int, int] | None

    @property
    def name(self) -> str | None:
        """The desired name, None if none is given."""
        name: str | None = self.settings.get("name")
        return name


def read_boot_file(text: BootText, files: Mapping[str, bytes]) -> BootFile | list[Mistake]:
    """Return the content of the file, or all its mistakes.

    files: the other files of the boot partition, by path in lower case.
    """
    try:
        document = Document(text.text)
    except NoTomlError as error:
        return [syntax_mistake(text, error)]
    document.check_sections(SECTIONS)
    values: dict[str, dict[str, Any]] = {}
    for section in SECTIONS[:-1]:
        keys = [key for key in KEYS if key.section == section]
        document.check_keys((section,), [key.name for key in keys])
        values[section] = {key.name: document.value((section,), key) for key in keys}
    node = values["node"]
    settings = {name: value for name, value in node.items() if value is not None}
    check_ports(
        document,
        settings.get("commsport", CONFIG["commsport"].default),
        settings.get("dataports", CONFIG["dataports"].default),
    )
    wish, span = _read_wifi(document, values["wifi"], text)
    found = BootFile(
        settings,
        _read_network(document, values["network"]),
        wish,
        values["ssh"]["user"],
        _read_ssh_keys(document, values["ssh"]),
        _read_updates(values["updates"]),
        bool(values["card"]["journal"]),
        read_peers(document, node["name"], files),
        span,
    )
    return sorted(document.mistakes) if document.mistakes else found


def _read_network(document: Document, values: dict[str, Any]) -> Network:
    address, gateway, dns = values["address"], values["gateway"], values["dns"]
    if gateway and not address and "address" not in document.table("network"):
        document.note(
            ("network", "gateway"),
            "network.gateway is said without network.address",
            "both, or neither for DHCP",
        )
    if gateway and address:
        network = ipaddress.ip_interface(address).network
        if ipaddress.ip_address(gateway) not in network:
            document.note(
                ("network", "gateway"),
                f"network.gateway is {gateway!r}",
                f"an address in the network of network.address, {network}",
            )
    return Network(address or "", gateway or "", tuple(dns or ()), values["interface"] or "")


def _read_wifi(
    document: Document, values: dict[str, Any], text: BootText
) -> tuple[WifiWish | None, tuple[int, int] | None]:
    ssid, password, country = values["ssid"], values["password"], values["country"]
    if not document.table("wifi"):
        return None, None
    if ssid is None and "ssid" not in document.table("wifi"):
        document.note(("wifi",), "wifi.ssid is nothing", wifi.ALLOWED_SSID)
    if country is None and "country" not in document.table("wifi"):
        document.note(
            ("wifi",),
            "wifi.country is nothing",
            wifi.ALLOWED_COUNTRY,
            ": without it the radio may not send",
        )
    is_kept = password is None or (isinstance(password, str) and set(password) == {"*"})
    span = None
    if not is_kept and not wifi.is_password(password):
        said = f"wifi.password {wifi.describe_secret(password)}"
        document.note(("wifi", "password"), said, wifi.ALLOWED_KEY)
    elif not is_kept and password:
        span = secret_span(text, "password", password)
        if span is None:
            document.note(
                ("wifi", "password"),
                "wifi.password is written so that it could not be starred out later",
                'a line of its own: password = "..."',
            )
    return (
        WifiWish(ssid or "", None if is_kept else password, country or "", bool(values["hidden"])),
        span,
    )


def _read_updates(values: dict[str, Any]) -> UpdateSettings:
    return UpdateSettings(
        values["security"],
        values["window"] or "",
        values["megabytes_a_month"],
        bool(values["restart"]),
    )


def _read_ssh_keys(document: Document, values: dict[str, Any]) -> tuple[str, ...]:
    keys = values["keys"]
    if keys is None:
        if values["user"] is not None:
            document.note(("ssh", "user"), "ssh.user is said without ssh.keys", "both, or neither")
        return ()
    if not isinstance(keys, list):
        document.note(("ssh", "keys"), "ssh.keys is no list", f"[{ssh_keys.ALLOWED!r}]")
        return ()
    wrong = [words for words in map(ssh_keys.what_is_wrong, keys) if words]
    for words in wrong:
        document.note(("ssh", "keys"), f"ssh.keys {words}", ssh_keys.ALLOWED)
    return () if wrong else tuple(key.strip() for key in keys)
