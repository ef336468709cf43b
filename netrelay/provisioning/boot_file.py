"""`netrelay.toml` on the boot partition: what a person wants this card to be.

Nothing has to be said. What is not said is as the node has it, or as a new node has it. Every
mistake is found in one go: each reboot to find the next one would take a minute.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from netrelay.core.host import read_host_and_port
from netrelay.core.nearest import nearest
from netrelay.core.sizes import read_size_bytes
from netrelay.provisioning import ssh_keys, wifi
from netrelay.provisioning.boot_text import BootText, advise
from netrelay.provisioning.secret_span import secret_span
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.config import NODE_NAME, check_ports
from netrelay.runtime.strict_toml import Document, Key, Mistake, NoTomlError
from netrelay.seal.card import ADDRESS_LIMIT, CARD_LIMIT_BYTES, Card, decode_card
from netrelay.seal.errors import CardError

SECTIONS = ("node", "network", "wifi", "ssh", "peers")
RIGHTS = ("deliver", "relay", "carry")
CARDS = "cards"
# Linux has 15 characters for it (IFNAMSIZ of linux/if.h).
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,14}")
_USER = r"[a-z_][a-z0-9_-]{0,31}"
_CARD_LINE = "-----BEGIN NETRELAY CARD-----"
_CONFIG = {key.name: key for key in CONFIG_KEYS if key.section == "node"}
_NAME_ALLOWED = _CONFIG["name"].allowed


def _or_unsaid(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _node_key(name: str, called: str, meaning: str) -> Key:
    key = _CONFIG[name]
    return Key("node", called, None, key.allowed, meaning, _or_unsaid(key.check))


def _is_interface_address(value: Any) -> bool:
    try:
        found = ipaddress.ip_interface(value if "/" in value else "")
    except (ValueError, TypeError):
        return False
    return not found.ip.is_unspecified


def _is_literal(value: Any) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return isinstance(value, str)


def _are(check: Callable[[Any], bool], low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and low <= len(value) <= high and all(check(each) for each in value)
    )


def _is_user(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(_USER, value) is not None and value != "root"


def _is_size(value: Any) -> bool:
    try:
        return isinstance(value, str) and read_size_bytes(value) > 0
    except ValueError:
        return False


def _is_host(value: Any) -> bool:
    try:
        read_host_and_port(value)
    except (ValueError, TypeError):
        return False
    return True


KEYS = (
    _node_key(
        "name",
        "name",
        "what people and peers call this node; also its host name, found as NAME.local",
    ),
    _node_key("commsport", "commsport", _CONFIG["commsport"].meaning),
    _node_key("dataports", "dataports", _CONFIG["dataports"].meaning),
    _node_key("capacity", "capacity", _CONFIG["capacity"].meaning),
    _node_key("address", "listen", "where to listen, and from where to dial; unsaid: everywhere"),
    Key(
        "network",
        "address",
        None,
        "an IPv4 or IPv6 address of your network and its prefix length: 192.168.1.20/24",
        "a fixed address on the Ethernet socket; unsaid: DHCP",
        _or_unsaid(_is_interface_address),
    ),
    Key(
        "network",
        "gateway",
        None,
        "the router's address",
        "the way to other networks; only with a fixed address",
        _or_unsaid(_is_literal),
    ),
    Key(
        "network",
        "dns",
        None,
        "a list of 1 to 3 addresses",
        "name servers",
        _or_unsaid(_are(_is_literal, 1, 3)),
    ),
    Key(
        "network",
        "interface",
        None,
        "an interface's name of up to 15 letters, digits, - and .: eth0",
        "which Ethernet socket all this is about, where there are several; unsaid: all",
        _or_unsaid(lambda value: isinstance(value, str) and bool(_INTERFACE.fullmatch(value))),
    ),
    Key("wifi", "ssid", None, wifi.ALLOWED_SSID, "the network to join", _or_unsaid(wifi.is_ssid)),
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
        _or_unsaid(wifi.is_country),
    ),
    Key(
        "wifi",
        "hidden",
        None,
        "true or false",
        "whether the network does not announce its name",
        _or_unsaid(lambda value: isinstance(value, bool)),
    ),
    Key(
        "ssh",
        "user",
        None,
        "a small letter, then up to 31 of a-z, 0-9, - and _; not root",
        "who logs in; unsaid: the image's user",
        _or_unsaid(_is_user),
    ),
    Key("ssh", "keys", None, ssh_keys.ALLOWED, "the public keys that let them in", lambda _: True),
)
PEER_KEYS = (
    Key(
        "peers.NAME",
        "card",
        None,
        'the path of a file beside this one, "cards/NAME.card", or a card itself between """',
        "its card; unsaid: cards/NAME.card",
        _or_unsaid(lambda value: isinstance(value, str)),
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
        _or_unsaid(lambda value: isinstance(value, str)),
    ),
    Key(
        "peers.NAME",
        "quota",
        None,
        "500M, 20G, ...",
        "how much of it may lie here unfinished",
        _or_unsaid(_is_size),
    ),
    Key(
        "peers.NAME",
        "addresses",
        None,
        f"a list of 1 to {ADDRESS_LIMIT} of HOST, HOST:PORT and [IPv6]:PORT",
        "where it is, instead of what its card says",
        _or_unsaid(_are(_is_host, 1, ADDRESS_LIMIT)),
    ),
)


class Network(NamedTuple):
    """How the Ethernet socket gets its address; address "" is DHCP."""

    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    interface: str = ""


class WifiWish(NamedTuple):
    """The Wi-Fi that was asked for; password None: the one the node keeps is meant."""

    ssid: str
    password: str | None
    country: str
    is_hidden: bool

    def __repr__(self) -> str:
        return f"WifiWish({self.ssid!r})"


class PeerWish(NamedTuple):
    """A peer as it shall be known here; rights: verbs with the third node of `carry`, or ""."""

    name: str
    card: Card
    addresses: tuple[str, ...]
    commsport: int
    via: str | None
    quota_bytes: int | None
    rights: tuple[tuple[str, str], ...]


class BootFile(NamedTuple):
    """What the file says; None and empty: nothing. password_span: where to star it out."""

    settings: dict[str, Any]
    network: Network
    wifi: WifiWish | None
    ssh_user: str | None
    ssh_keys: tuple[str, ...]
    peers: tuple[PeerWish, ...]
    password_span: tuple[int, int] | None

    @property
    def name(self) -> str | None:
        """The name that was asked for."""
        name: str | None = self.settings.get("name")
        return name


def read_boot_file(text: BootText, files: Mapping[str, bytes]) -> BootFile | list[Mistake]:
    """Read and check it all; files: what lies beside it, by its path in small letters."""
    try:
        document = Document(text.text)
    except NoTomlError as error:
        lines = text.text.split("\n")
        wrong = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
        why = str(error).partition(" (at ")[0]
        return [Mistake(error.line, f"this cannot be read: {why}", "key = value", advise(wrong))]
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
        settings.get("commsport", _CONFIG["commsport"].default),
        settings.get("dataports", _CONFIG["dataports"].default),
    )
    wish, span = _read_wifi(document, values["wifi"], text)
    found = BootFile(
        settings,
        _read_network(document, values["network"]),
        wish,
        values["ssh"]["user"],
        _read_ssh_keys(document, values["ssh"]),
        _read_peers(document, node["name"], files),
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


def _read_peers(
    document: Document, own_name: str | None, files: Mapping[str, bytes]
) -> tuple[PeerWish, ...]:
    names = list(document.table("peers"))
    found: list[PeerWish] = []
    for name in names:
        where = ("peers", name)
        if not NODE_NAME.fullmatch(name) or not isinstance(document.table("peers")[name], dict):
            document.note(where, f"peers.{name!r} is no peer", f"[peers.NAME], {_NAME_ALLOWED}")
            continue
        if name == own_name:
            document.note(where, f"peers.{name!r} has this node's own name", "another name")
        peer = _read_peer(document, name, [other for other in names if other != name], files)
        if peer is not None:
            found.append(peer)
    _check_cards(document, found)
    return tuple(found)


def _read_peer(
    document: Document, name: str, others: list[str], files: Mapping[str, bytes]
) -> PeerWish | None:
    where = ("peers", name)
    document.check_keys(where, [key.name for key in PEER_KEYS])
    values = {key.name: document.value(where, key) for key in PEER_KEYS}
    card = _read_card(document, name, values["card"], files)
    rights = [_read_right(document, name, word, others) for word in values["may"]]
    via = values["via"]
    if via is not None and via not in others:
        said = f"peers.{name}.via is {via!r}"
        document.note((*where, "via"), said, _names(others), nearest(via, others))
        via = None
    hosts = [read_host_and_port(host) for host in values["addresses"] or ()]
    ports = {port for _, port in hosts if port is not None}
    if len(ports) > 1:
        document.note(
            (*where, "addresses"),
            f"peers.{name}.addresses have the ports {', '.join(map(str, sorted(ports)))}",
            "one for all",
        )
    if card is None:
        return None
    return PeerWish(
        name,
        card,
        tuple(dict.fromkeys(host for host, _ in hosts)) or card.addresses,
        min(ports) if ports else card.commsport,
        via,
        None if values["quota"] is None else read_size_bytes(values["quota"]),
        tuple(dict.fromkeys(right for right in rights if right is not None)),
    )


def _read_card(
    document: Document, name: str, said: str | None, files: Mapping[str, bytes]
) -> Card | None:
    where = ("peers", name, "card") if said is not None else ("peers", name)
    if said is not None and _CARD_LINE in said:
        raw, place = said.encode(), "the card here"
    else:
        place = said if said is not None else f"{CARDS}/{name}.card"
        raw = files.get(place.replace("\\", "/").removeprefix("./").lower(), b"")
        if not raw:
            near = nearest(place.lower(), files)
            said_words = f"peers.{name}.card is {place!r}, and there is no such file"
            document.note(where, said_words, "a card beside this file", near)
            return None
    try:
        return decode_card(raw[: CARD_LIMIT_BYTES + 1].decode("ascii", "replace"))
    except CardError as error:
        said_words = f"peers.{name}.card: {place}: {error}"
        document.note(where, said_words, "what `netrelay id --card` wrote there")
        return None


def _read_right(
    document: Document, name: str, word: str, others: list[str]
) -> tuple[str, str] | None:
    where = ("peers", name, "may")
    verb, _, subject = word.strip().partition(" ")
    subject = subject.strip()
    said = f"peers.{name}.may holds {word!r}"
    if verb not in RIGHTS or (verb == "carry") != bool(subject):
        allowed = '"deliver", "relay" and "carry NAME"'
        document.note(where, said, allowed, "" if verb in RIGHTS else nearest(verb, RIGHTS))
        return None
    if subject and subject not in others:
        document.note(where, said, f"carry and {_names(others)}", nearest(subject, others))
        return None
    return verb, subject


def _names(names: list[str]) -> str:
    return f"the name of another peer here: {', '.join(names) or 'there is none'}"


def _check_cards(document: Document, peers: list[PeerWish]) -> None:
    names: dict[str, str] = {}
    for peer in peers:
        first = names.setdefault(peer.card.node_id, peer.name)
        if first != peer.name:
            said = f"peers.{peer.name} has the same card as peers.{first}"
            document.note(("peers", peer.name), said, "a card of its own for each")
