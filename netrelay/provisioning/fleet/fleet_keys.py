"""Keys and cards of a fleet, in folders beside its file; created once.

fleet-keys/           0700
  NAME/               0700; identity of a node, like the `keys` folder of a home
fleet-cards/
  NAME.card           card of a node whose keys were created on its Pi
"""

import stat
from pathlib import Path

from netrelay.disk.replacement import replace_file
from netrelay.provisioning.fleet.fleet_file import ON_THE_PI, Fleet
from netrelay.seal.card import CARD_LIMIT_BYTES, Card, decode_card, encode_card
from netrelay.seal.identity import FILES, Identity, create, load
from netrelay.seal.seal_errors import CardError, IdentityError

KEYS, CARDS = "fleet-keys", "fleet-cards"


class FleetKeysError(Exception):
    """A key or card of the fleet cannot be used; the text names it and the remedy."""


def identity_of(fleet: Fleet, name: str) -> Identity:
    """Return the identity of a node whose keys are made here; created on the first call."""
    folder = fleet.path.absolute().parent / KEYS
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            raise FleetKeysError(
                f"{folder} has mode {mode:04o} and is open to other users; must be 0700"
            )
        place = folder / name
        return load(place) if place.is_dir() and any(place.iterdir()) else create(place)
    except (OSError, IdentityError) as error:
        raise FleetKeysError(str(error)) from error


def key_files(fleet: Fleet, name: str) -> dict[str, bytes]:
    """Return the files of a node's identity, which must exist, by name."""
    folder = fleet.path.absolute().parent / KEYS / name
    return {each: (folder / each).read_bytes() for each in FILES}


def card_of(fleet: Fleet, name: str) -> str | None:
    """Return the text of a node's card; None if it has not been collected from its Pi yet."""
    node = fleet.nodes[name]
    if node.keys == ON_THE_PI:
        path = _card_path(fleet, name)
        if not path.exists():
            return None
        return _read_card(path)[1]
    return encode_card(identity_of(fleet, name), name, node.addresses, node.commsport)


def missing_cards(fleet: Fleet) -> list[str]:
    """Return the nodes whose cards have not been collected from their Pis yet."""
    return [
        name
        for name, node in fleet.nodes.items()
        if node.keys == ON_THE_PI and not _card_path(fleet, name).exists()
    ]


def collect(fleet: Fleet, path: Path, may_replace: bool) -> tuple[str, Card]:
    """Store the card of a node whose keys were created on its Pi; return its name and card.

    FleetKeysError when it is of no such node, or when a card with another node id is stored.
    """
    card, text = _read_card(path)
    name = card.name
    if name not in fleet.nodes:
        known = ", ".join(fleet.nodes)
        raise FleetKeysError(f"{path} is the card of {name!r}, no node of the fleet ({known})")
    if fleet.nodes[name].keys != ON_THE_PI:
        raise FleetKeysError(
            f"{path} is the card of {name}, whose keys are made here:"
            f' keys = "{ON_THE_PI}" under [nodes.{name}] if they are not'
        )
    kept = _card_path(fleet, name)
    if kept.exists() and not may_replace:
        before = _read_card(kept)[0]
        if before.node_id != card.node_id:
            raise FleetKeysError(
                f"{path} is of node {card.node_id}, and {kept} of {before.node_id}: if that card"
                " was flashed anew, --replace takes this one, and all others have to be told"
            )
    kept.parent.mkdir(exist_ok=True)
    replace_file(kept, text.encode(), 0o644)
    return name, card


def _card_path(fleet: Fleet, name: str) -> Path:
    return fleet.path.absolute().parent / CARDS / f"{name}.card"


def _read_card(path: Path) -> tuple[Card, str]:
    with path.open("rb") as file:
        text = file.read(CARD_LIMIT_BYTES + 1).decode("ascii", "replace").replace("\r\n", "\n")
    try:
        return decode_card(text), text
    except CardError as error:
        raise FleetKeysError(f"{path}: {error}") from error
