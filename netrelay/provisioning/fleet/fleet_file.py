"""`fleet.toml`: nodes of a fleet, their addresses, routes and rights."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.core.host import read_host_and_port
from netrelay.core.nearest import nearest
from netrelay.core.sizes import read_size_bytes
from netrelay.provisioning.card.boot_keys import KEYS as BOOT_KEYS
from netrelay.provisioning.system import ssh_keys, wifi
from netrelay.runtime.config import KEYS as CONFIG_KEYS
from netrelay.runtime.config import NODE_NAME
from netrelay.runtime.edited_text import decode, syntax_mistake
from netrelay.runtime.strict_toml import Document, Key, Mistake, NoTomlError
from netrelay.seal.card import ADDRESS_LIMIT

SECTIONS = ("nodes", "wifi", "ssh")
MADE_HERE, ON_THE_PI = "made-here", "on-the-pi"
ALL = "all"
_NAME_ALLOWED = next(key.allowed for key in CONFIG_KEYS if key.name == "name")
_PORTS = {key.name: key.default for key in CONFIG_KEYS if key.name in ("commsport", "dataports")}


def _boot_keys(section: str) -> tuple[Key, ...]:
    return tuple(key for key in BOOT_KEYS if key.section == section and key.name != "name")


def _is_host(value: Any) -> bool:
    try:
        return read_host_and_port(value)[1] is None
    except (ValueError, TypeError):
        return False


def _are_hosts(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) <= ADDRESS_LIMIT and all(_is_host(v) for v in value)
    )


def _are_names(value: Any) -> bool:
    return value == ALL or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _is_table_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _node_key(
    name: str, default: Any, allowed: str, meaning: str, check: Callable[[Any], bool]
) -> Key:
    return Key("nodes.NAME", name, default, allowed, meaning, check)


NODE_KEYS = (
    _node_key(
        "addresses",
        None,
        f"a list of up to {ADDRESS_LIMIT} addresses and host names; [] where nobody can dial it",
        "where the others find it; unsaid: its fixed address, and NAME.local",
        lambda value: value is None or _are_hosts(value),
    ),
    _node_key(
        "deliver",
        [],
        '"all", or a list of nodes',
        "who may put files into its inbox",
        _are_names,
    ),
    _node_key(
        "relay",
        [],
        '"all", or a list of nodes',
        "whose files it carries on to others",
        _are_names,
    ),
    _node_key(
        "via",
        {},
        '{ NODE = "NEIGHBOUR", ... }',
        "who carries what it sends to a node; unsaid: nobody, it dials that node",
        _is_table_of_texts,
    ),
    _node_key(
        "quota",
        {},
        '{ NODE = "10G", ... }',
        "how much of a node may lie here unfinished; unsaid: a quarter of the disk",
        _is_table_of_texts,
    ),
    _node_key(
        "keys",
        MADE_HERE,
        f'"{MADE_HERE}" or "{ON_THE_PI}"',
        "where its private keys are born: beside this file, or on the Pi, whose card comes back",
        lambda value: value in (MADE_HERE, ON_THE_PI),
    ),
    _node_key(
        "wifi",
        None,
        "the name of a section [wifi.NAME]",
        "the Wi-Fi it joins",
        lambda value: value is None or isinstance(value, str),
    ),
    _node_key(
        "network",
        {},
        '{ address = "192.168.1.20/24", gateway = "192.168.1.1", dns = ["192.168.1.1"] }',
        "a fixed address on its Ethernet socket; unsaid: DHCP",
        lambda value: isinstance(value, dict),
    ),
    *_boot_keys("node"),
)


class FleetNode(NamedTuple):
    """One node. settings, network: values for [node] and [network] of its boot file."""

    name: str
    addresses: tuple[str, ...]
    deliver: frozenset[str]
    relay: frozenset[str]
    via: dict[str, str]
    quota: dict[str, str]
    keys: str
    wifi: str | None
    network: dict[str, Any]
    settings: dict[str, Any]

    @property
    def commsport(self) -> int:
        """The port for consensus, which its peers must know."""
        return int(self.settings.get("commsport", _PORTS["commsport"]))

    @property
    def ports(self) -> set[int]:
        """All ports that it listens on."""
        return {self.commsport, *self.settings.get("dataports", _PORTS["dataports"])}

    @property
    def can_be_dialled(self) -> bool:
        """False for a node without an address, and where its settings say so."""
        return bool(self.addresses) and bool(self.settings.get("can_be_dialled", True))

    def next_hop(self, destination: str) -> str:
        """Return the next hop on the route to a node; without a route the node itself."""
        return self.via.get(destination, destination)


class Fleet(NamedTuple):
    """Content of the file, without invalid entries. wifi: values for [wifi], by name."""

    path: Path
    nodes: dict[str, FleetNode]
    wifi: dict[str, dict[str, Any]]
    ssh: dict[str, Any]


def read_fleet(path: Path) -> tuple[Fleet | None, Document | None, list[Mistake]]:
    """Return the content of a fleet's file and all its mistakes; None for what cannot be parsed.

    OSError when the file cannot be read. Routes and rights are checked by `fleet_routes`.
    """
    text = decode(path.read_bytes())
    if isinstance(text, Mistake):
        return None, None, [text]
    try:
        document = Document(text.text)
    except NoTomlError as error:
        return None, None, [syntax_mistake(text.text, error)]
    document.check_sections(SECTIONS)
    networks = {name: _read_wifi(document, name) for name in document.table("wifi")}
    names = list(document.table("nodes"))
    if not names:
        document.note(("nodes",), "there is no node", "a section [nodes.NAME] for each")
    nodes = {}
    for name in names:
        if not NODE_NAME.fullmatch(name) or not isinstance(document.table("nodes")[name], dict):
            document.note(
                ("nodes", name), f"nodes.{name!r} is no node", f"[nodes.NAME], {_NAME_ALLOWED}"
            )
            continue
        nodes[name] = _read_node(document, name, [each for each in names if each != name])
    _check_shared(document, nodes)
    ssh = _read_ssh(document)
    return Fleet(path, nodes, networks, ssh), document, document.mistakes


def _read_node(document: Document, name: str, others: list[str]) -> FleetNode:
    where = ("nodes", name)
    document.check_keys(where, [key.name for key in NODE_KEYS])
    values = {key.name: document.value(where, key) for key in NODE_KEYS}
    network = _read_network(document, where, values["network"])
    settings = {key.name: values[key.name] for key in _boot_keys("node")}
    settings = {key: value for key, value in settings.items() if value is not None}
    node = FleetNode(
        name,
        _addresses(name, values["addresses"], network, settings),
        _names(document, (*where, "deliver"), values["deliver"], others),
        _names(document, (*where, "relay"), values["relay"], others),
        _hops(document, name, values["via"], others),
        _quotas(document, name, values["quota"], others),
        values["keys"],
        values["wifi"],
        network,
        settings,
    )
    if node.commsport in settings.get("dataports", _PORTS["dataports"]):
        document.note(
            (*where, "dataports"),
            f"nodes.{name}.dataports holds {node.commsport}, which is its commsport",
            "another port",
        )
    overseer = settings.get("overseer", "")
    if overseer and overseer not in others:
        said = f"nodes.{name}.overseer is {overseer!r}"
        _note_unknown(document, (*where, "overseer"), said, overseer, others)
        del settings["overseer"]
    networks = list(document.table("wifi"))
    if node.wifi is not None and node.wifi not in networks:
        document.note(
            (*where, "wifi"),
            f"nodes.{name}.wifi is {node.wifi!r}",
            f"the name of a section [wifi.NAME]: {', '.join(networks) or 'there is none'}",
            nearest(node.wifi, networks),
        )
    return node


def _addresses(
    name: str, said: list[str] | None, network: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    if said is not None:
        return tuple(dict.fromkeys(said))
    if "listen" in settings:
        return (str(settings["listen"]),)
    fixed = str(network.get("address", "")).partition("/")[0]
    return tuple(filter(None, (fixed, f"{name}.local")))


def _read_network(
    document: Document, where: tuple[str, ...], said: dict[str, Any]
) -> dict[str, Any]:
    keys = _boot_keys("network")
    found: dict[str, Any] = {}
    document.check_keys((*where, "network"), [key.name for key in keys])
    for key in keys:
        value = document.value((*where, "network"), key)
        if value is not None:
            found[key.name] = value
    if "gateway" in found and "address" not in said:
        document.note(
            (*where, "network"),
            f"{'.'.join(where)}.network has a gateway and no address",
            "both, or neither for DHCP",
        )
    return found


def _names(
    document: Document, where: tuple[str, ...], said: list[str] | str, others: list[str]
) -> frozenset[str]:
    if said == ALL:
        return frozenset(others)
    for word in said:
        if word not in others:
            _note_unknown(document, where, f"{'.'.join(where)} holds {word!r}", word, others)
    return frozenset(word for word in said if word in others)


def _hops(
    document: Document, name: str, said: Mapping[str, str], others: list[str]
) -> dict[str, str]:
    found = {}
    for destination, hop in said.items():
        where = ("nodes", name, "via", destination)
        label = f"nodes.{name}.via"
        if destination not in others:
            _note_unknown(document, where, f"{label} is for {destination!r}", destination, others)
        elif hop not in others:
            _note_unknown(document, where, f"{label}.{destination} is {hop!r}", hop, others)
        elif hop == destination:
            document.note(
                where,
                f"{label}.{destination} is {destination!r} itself",
                "a node between; left out, it is dialled",
            )
        else:
            found[destination] = hop
    return found


def _quotas(
    document: Document, name: str, said: Mapping[str, str], others: list[str]
) -> dict[str, str]:
    found = {}
    for word, size in said.items():
        where = ("nodes", name, "quota", word)
        if word not in others:
            _note_unknown(document, where, f"nodes.{name}.quota is for {word!r}", word, others)
            continue
        try:
            read_size_bytes(size)
            found[word] = size
        except ValueError as error:
            words, _, allowed = str(error).partition("; allowed: ")
            document.note(where, f"nodes.{name}.quota.{word} is {words}", allowed)
    return found


def _note_unknown(
    document: Document, where: tuple[str, ...], said: str, word: str, others: list[str]
) -> None:
    allowed = f"another node of this file: {', '.join(others) or 'there is none'}"
    document.note(where, said, allowed, nearest(word, others))


def _read_wifi(document: Document, name: str) -> dict[str, Any]:
    where = ("wifi", name)
    if not isinstance(document.table("wifi")[name], dict):
        document.note(where, f"wifi.{name} is no section", "[wifi.NAME], with ssid in it")
        return {}
    # A node of a fleet has one network, so none has priority.
    keys = [key for key in _boot_keys("wifi") if key.name != "priority"]
    document.check_keys(where, [key.name for key in keys])
    found = {key.name: document.value(where, key) for key in keys}
    label = f"wifi.{name}"
    said = document.table(*where)
    if "ssid" not in said:
        document.note(where, f"{label}.ssid is nothing", wifi.ALLOWED_SSID)
    if "country" not in said:
        cure = ": without it the radio may not send"
        document.note(where, f"{label}.country is nothing", wifi.ALLOWED_COUNTRY, cure)
    if "password" not in said:
        document.note(where, f"{label}.password is nothing", wifi.ALLOWED_KEY)
    elif not wifi.is_password(found["password"]) or set(found["password"]) == {"*"}:
        words = wifi.describe_secret(found["password"])
        document.note((*where, "password"), f"{label}.password {words}", wifi.ALLOWED_KEY)
    return {key: value for key, value in found.items() if value is not None}


def _read_ssh(document: Document) -> dict[str, Any]:
    keys = _boot_keys("ssh")
    document.check_keys(("ssh",), [key.name for key in keys])
    found = {key.name: document.value(("ssh",), key) for key in keys}
    lines = found["keys"]
    if lines is not None and not isinstance(lines, list):
        document.note(("ssh", "keys"), "ssh.keys is no list", f"[{ssh_keys.ALLOWED!r}]")
        lines = []
    for words in map(ssh_keys.what_is_wrong, lines or ()):
        if words:
            document.note(("ssh", "keys"), f"ssh.keys {words}", ssh_keys.ALLOWED)
    return {key: value for key, value in found.items() if value is not None}


def _check_shared(document: Document, nodes: Mapping[str, FleetNode]) -> None:
    """Add a mistake for every address and port that two nodes share."""
    fixed: dict[str, str] = {}
    seen: dict[tuple[str, int], str] = {}
    for name, node in nodes.items():
        address = str(node.network.get("address", "")).partition("/")[0]
        first = fixed.setdefault(address, name) if address else name
        if first != name:
            document.note(
                ("nodes", name, "network"),
                f"nodes.{name}.network.address is {address}, as that of {first}",
                "an address of its own for each",
            )
            continue
        for host in node.addresses:
            taken = [
                (port, seen[host, port]) for port in sorted(node.ports) if (host, port) in seen
            ]
            if taken:
                port, other = taken[0]
                document.note(
                    ("nodes", name, "addresses"),
                    f"nodes.{name} is at {host} with port {port}, as {other} is",
                    "another address, or another port",
                )
                break
            seen |= {(host, port): name for port in node.ports}
