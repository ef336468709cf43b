"""Files for the card of one node: boot file, cards of its peers, its own keys."""

from typing import Any, NamedTuple

from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.card.boot_file import BootFile, read_boot_file
from netrelay.provisioning.card.boot_template import boot_file_text
from netrelay.provisioning.fleet.fleet_file import ON_THE_PI, Fleet, FleetNode
from netrelay.provisioning.fleet.fleet_keys import FleetKeysError, card_of, identity_of, key_files
from netrelay.provisioning.fleet.fleet_routes import carried_by
from netrelay.provisioning.system.wifi import pre_shared_key
from netrelay.runtime.edited_text import EditedText
from netrelay.seal.card import decode_card

_HEAD = """\
# Written by `netrelay fleet card {name}` from {fleet}. What is changed here is applied at the next
# start of the Pi, and lost when this card is written again: change {fleet} too.
"""


class CardFiles(NamedTuple):
    """Files by path on the boot partition. missing: peers whose cards are not collected yet."""

    files: dict[str, bytes]
    node_id: str | None
    missing: list[str]


def card_files(fleet: Fleet, name: str) -> CardFiles:
    """Return the files for a node's card, checked as its first boot will check them.

    Creates the missing keys of all nodes whose keys are made here. FleetKeysError when a key or a
    card cannot be used.
    """
    node = fleet.nodes[name]
    cards = {other: card_of(fleet, other) for other in fleet.nodes if other != name}
    known = {other: card for other, card in cards.items() if card is not None}
    files = {f"{boot_folder.CARDS}/{other}.card": card.encode() for other, card in known.items()}
    node_id = None
    if node.keys != ON_THE_PI:
        node_id = identity_of(fleet, name).node_id
        for each, content in key_files(fleet, name).items():
            files[f"{boot_folder.KEYS}/{each}"] = content
    head = _HEAD.format(name=name, fleet=fleet.path.name)
    text = boot_file_text(_said(fleet, name), _peers(fleet, name, known), head)
    files[boot_folder.BOOT_FILE] = text.encode()
    found = read_boot_file(EditedText(text, b"", "utf-8"), files)
    if not isinstance(found, BootFile):
        raise FleetKeysError(f"the card of {name} would be refused{found[0].text}")
    return CardFiles(files, node_id, [other for other in cards if other not in known])


def _said(fleet: Fleet, name: str) -> dict[str, dict[str, Any]]:
    node = fleet.nodes[name]
    said: dict[str, dict[str, Any]] = {
        "node": {"name": name, **node.settings, **_dialled(node)},
        "network": node.network,
        "ssh": fleet.ssh,
    }
    if node.wifi is not None:
        found = dict(fleet.wifi[node.wifi])
        # The PSK is for this network only; people use one passphrase in several places.
        found["password"] = pre_shared_key(found["ssid"].encode(), found["password"])
        said["wifi"] = found
    return said


def _dialled(node: FleetNode) -> dict[str, bool]:
    return {} if node.can_be_dialled else {"can_be_dialled": False}


def _peers(fleet: Fleet, name: str, cards: dict[str, str]) -> dict[str, dict[str, Any]]:
    node = fleet.nodes[name]
    carried = carried_by(fleet, name)
    peers: dict[str, dict[str, Any]] = {}
    for other, text in cards.items():
        rights = ["deliver"] if other in node.deliver else []
        rights += ["relay"] if other in node.relay else []
        rights += [f"carry {third}" for third in sorted(carried.get(other, ())) if third in cards]
        values: dict[str, Any] = {"card": f"{boot_folder.CARDS}/{other}.card", "may": rights}
        hop = node.next_hop(other)
        if hop != other and hop in cards:
            values["via"] = hop
        if other in node.quota:
            values["quota"] = node.quota[other]
        # A card made on a Pi has the addresses the Pi knew; those of the fleet take precedence.
        where = fleet.nodes[other].addresses
        if where and where != decode_card(text).addresses:
            port = fleet.nodes[other].commsport
            values["addresses"] = [_with_port(host, port) for host in where]
        peers[other] = values
    return peers


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
