"""`netrelay.toml` on the boot partition: the desired configuration of a card.

Every key is optional. A missing key keeps the node's present value, or the default of a new node.
All mistakes are reported at once, since every reboot to find the next one takes a minute.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from netrelay.provisioning.card.boot_keys import CONFIG, KEYS, MORE_WIFI_KEYS
from netrelay.provisioning.card.boot_modem import note_unserved
from netrelay.provisioning.card.boot_page import PageWish, page_secret, read_page
from netrelay.provisioning.card.boot_peers import PeerWish, read_peers
from netrelay.provisioning.card.secret_span import secret_spans
from netrelay.provisioning.system import ssh_keys, wifi, wireguard
from netrelay.provisioning.system.network_files import Network
from netrelay.provisioning.system.served_sockets import MetricsWish
from netrelay.provisioning.system.update_settings import UpdateSettings
from netrelay.provisioning.system.wireguard import Tunnel
from netrelay.runtime.config import check_ports
from netrelay.runtime.edited_text import EditedText, syntax_mistake
from netrelay.runtime.strict_toml import Document, Mistake, NoTomlError

SECTIONS = (
    "node",
    "network",
    "wifi",
    "wwan",
    "ssh",
    "wireguard",
    "page",
    "updates",
    "metrics",
    "card",
    "peers",
)


class WifiWish(NamedTuple):
    """A desired Wi-Fi network; password None: keep the one that is stored on the node.

    where: its section in the file.
    """

    ssid: str
    password: str | None
    country: str
    is_hidden: bool
    priority: int
    where: tuple[str, ...]

    def __repr__(self) -> str:
        return f"WifiWish({self.ssid!r})"


class TunnelWish(NamedTuple):
    """A desired tunnel; private_key or preshared_key None: keep the one that is stored."""

    private_key: str | None
    preshared_key: str | None
    tunnel: Tunnel

    def __repr__(self) -> str:
        return f"TunnelWish({self.tunnel!r})"


class BootFile(NamedTuple):
    """Content of the file; None or empty where a key is missing. modem: its interface.

    secret_places: offset and length of each password and secret key in the file, in bytes.
    """

    settings: dict[str, Any]
    network: Network
    wifi: tuple[WifiWish, ...]
    modem: str
    tunnel: TunnelWish | None
    page: PageWish | None
    ssh_user: str | None
    ssh_keys: tuple[str, ...]
    updates: UpdateSettings
    metrics: MetricsWish
    keeps_journal: bool
    peers: tuple[PeerWish, ...]
    secret_places: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str | None:
        """The desired name, None if none is given."""
        name: str | None = self.settings.get("name")
        return name


def read_boot_file(text: EditedText, files: Mapping[str, bytes]) -> BootFile | list[Mistake]:
    """Return the content of the file, or all its mistakes.

    files: the other files of the boot partition, by path in lower case.
    """
    try:
        document = Document(text.text)
    except NoTomlError as error:
        return [syntax_mistake(text.text, error, KEYS, has_secrets=True)]
    document.check_sections(SECTIONS)
    values: dict[str, dict[str, Any]] = {}
    for section in SECTIONS[:-1]:
        keys = [key for key in KEYS if key.section == section]
        names = [key.name for key in keys]
        if section == "wifi":
            names += [
                name for name, each in document.table("wifi").items() if isinstance(each, dict)
            ]
        noted = note_unserved(document) if section == "wwan" else ()
        document.check_keys((section,), names, noted)
        values[section] = {key.name: document.value((section,), key) for key in keys}
    node = values["node"]
    settings = {name: value for name, value in node.items() if value is not None}
    check_ports(
        document,
        settings.get("commsport", CONFIG["commsport"].default),
        settings.get("dataports", CONFIG["dataports"].default),
    )
    networks, spans = _read_wifi(document, values["wifi"], text)
    tunnel, key_spans = _read_tunnel(document, values["wireguard"], text)
    page, page_spans = read_page(
        document, values["page"], text, [network.password for network in networks]
    )
    found = BootFile(
        settings,
        _read_network(document, values["network"]),
        networks,
        _read_modem(document, values["wwan"], values["network"]),
        tunnel,
        page,
        values["ssh"]["user"],
        _read_ssh_keys(document, values["ssh"]),
        _read_updates(values["updates"], values["wwan"]),
        _read_metrics(document, values["metrics"]),
        bool(values["card"]["journal"]),
        read_peers(document, node["name"], files),
        tuple(sorted({*spans, *key_spans, *page_spans})),
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
    document: Document, values: dict[str, Any], text: EditedText
) -> tuple[tuple[WifiWish, ...], tuple[tuple[int, int], ...]]:
    """Return the networks of [wifi] and [wifi.NAME], and where their passwords are in the file."""
    table = document.table("wifi")
    if not table:
        return (), ()
    names = [name for name, value in table.items() if isinstance(value, dict)]
    country = values["country"]
    if country is None and "country" not in table:
        document.note(
            ("wifi",),
            "wifi.country is nothing",
            wifi.ALLOWED_COUNTRY,
            ": without it the radio may not send",
        )
    found = []
    if not names or set(table) - {*names, "country"}:
        found.append(_read_one_wifi(document, ("wifi",), values, country))
    for name in names:
        where = ("wifi", name)
        document.check_keys(where, [key.name for key in MORE_WIFI_KEYS])
        ones = {key.name: document.value(where, key) for key in MORE_WIFI_KEYS}
        found.append(_read_one_wifi(document, where, ones, country))
    for index, each in enumerate(found):
        if each.ssid and each.ssid in {other.ssid for other in found[:index]}:
            label = ".".join((*each.where, "ssid"))
            said = f"{label} is {each.ssid!r}, as that of another section"
            document.note((*each.where, "ssid"), said, "one section for each network")
    return tuple(found), _password_spans(document, found, text)


def _read_one_wifi(
    document: Document, where: tuple[str, ...], values: dict[str, Any], country: str | None
) -> WifiWish:
    ssid, password, label = values["ssid"], values["password"], ".".join(where)
    if ssid is None and "ssid" not in document.table(*where):
        document.note(where, f"{label}.ssid is nothing", wifi.ALLOWED_SSID)
    is_kept = password is None or (isinstance(password, str) and set(password) == {"*"})
    if not is_kept and not wifi.is_password(password):
        said = f"{label}.password {wifi.describe_secret(password)}"
        document.note((*where, "password"), said, wifi.ALLOWED_KEY)
        is_kept = True
    return WifiWish(
        ssid or "",
        None if is_kept else password,
        country or "",
        bool(values["hidden"]),
        values["priority"],
        where,
    )


def _password_spans(
    document: Document, found: list[WifiWish], text: EditedText
) -> tuple[tuple[int, int], ...]:
    spans: set[tuple[int, int]] = set()
    passwords = [*(each.password for each in found), page_secret(document)]
    for each in found:
        if not each.password:
            continue
        count = passwords.count(each.password)
        places = secret_spans(text, "password", each.password, count)
        if places is None:
            label = ".".join(each.where)
            document.note(
                (*each.where, "password"),
                f"{label}.password is written so that it could not be starred out later",
                'a line of its own: password = "..."',
            )
        spans.update(places or ())
    return tuple(sorted(spans))


def _read_tunnel(
    document: Document, values: dict[str, Any], text: EditedText
) -> tuple[TunnelWish | None, tuple[tuple[int, int], ...]]:
    """Return the tunnel of [wireguard], and where its secret keys are in the file."""
    section = document.table("wireguard")
    if not section:
        return None, ()
    for name in ("private_key", "address", "public_key", "endpoint"):
        if name not in section:
            allowed = next(key.allowed for key in KEYS if key[:2] == ("wireguard", name))
            document.note(("wireguard",), f"wireguard.{name} is nothing", allowed)
    spans: list[tuple[int, int]] = []
    secrets: dict[str, str | None] = {"private_key": None, "preshared_key": ""}
    for name in [name for name in secrets if name in section]:
        value, where = section[name], ("wireguard", name)
        if isinstance(value, str) and value and set(value) == {"*"}:
            secrets[name] = None
        elif not wireguard.is_key(value):
            document.note(where, f"wireguard.{name} is no key", wireguard.ALLOWED_KEY)
        else:
            secrets[name] = value
            places = secret_spans(text, name, value, 1)
            if places is None:
                said = f"wireguard.{name} is written so that it could not be starred out later"
                document.note(where, said, f'a line of its own: {name} = "..."')
            spans += places or ()
    address, carried = values["address"] or "", values["allowed"]
    if carried is None and address:
        carried = [str(ipaddress.ip_interface(address).network)]
    tunnel = Tunnel(
        "",
        address,
        values["public_key"] or "",
        values["endpoint"] or "",
        tuple(carried or ()),
        "",
        values["keepalive_s"],
    )
    return TunnelWish(secrets["private_key"], secrets["preshared_key"], tunnel), tuple(spans)


def _read_modem(document: Document, values: dict[str, Any], network: dict[str, Any]) -> str:
    interface = values["interface"] or ""
    if interface and network["interface"] == interface:
        document.note(
            ("wwan", "interface"),
            f"wwan.interface is {interface!r}, as network.interface",
            "an interface that is named once: a modem gets its address by DHCP",
        )
    return interface


def _read_updates(values: dict[str, Any], wwan: dict[str, Any]) -> UpdateSettings:
    return UpdateSettings(
        values["security"],
        values["window"] or "",
        values["megabytes_a_month"],
        bool(values["restart"]),
        wwan["interface"] or "",
    )


def _read_metrics(document: Document, values: dict[str, Any]) -> MetricsWish:
    said = document.table("metrics")
    for one, other in (("listen", "from"), ("from", "listen")):
        if one in said and other not in said:
            words = f"metrics.{one} is said without metrics.{other}"
            document.note(("metrics", one), words, "both, or neither")
    return MetricsWish(values["listen"] or "", tuple(values["from"] or ()))


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
