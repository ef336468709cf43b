"""Sections [peers.NAME] of a boot file: peers, their cards and their rights."""

from collections.abc import Mapping
from typing import NamedTuple

from netrelay.core.budget import Budget, read_budget
from netrelay.core.host import read_host_and_port
from netrelay.core.nearest import nearest
from netrelay.core.sizes import read_size_bytes
from netrelay.provisioning.card import boot_folder
from netrelay.provisioning.card.boot_keys import CONFIG, PEER_KEYS
from netrelay.runtime.config import NODE_NAME
from netrelay.runtime.strict_toml import Document
from netrelay.seal.card import CARD_LIMIT_BYTES, Card, decode_card
from netrelay.seal.seal_errors import CardError

RIGHTS = ("deliver", "relay", "carry")
_CARD_LINE = "-----BEGIN NETRELAY CARD-----"
_NAME_ALLOWED = CONFIG["name"].allowed


class PeerWish(NamedTuple):
    """The desired entry of a peer. rights: (verb, third node), which is "" but for `carry`."""

    name: str
    card: Card
    addresses: tuple[str, ...]
    commsport: int
    via: str | None
    quota_bytes: int | None
    budget: Budget | None
    rights: tuple[tuple[str, str], ...]


def read_peers(
    document: Document, own_name: str | None, files: Mapping[str, bytes]
) -> tuple[PeerWish, ...]:
    """Return the valid peers; mistakes are added to the document.

    files: the files of the boot partition, by path in lower case.
    """
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
        None if values["budget"] is None else read_budget(values["budget"]),
        tuple(dict.fromkeys(right for right in rights if right is not None)),
    )


def _read_card(
    document: Document, name: str, said: str | None, files: Mapping[str, bytes]
) -> Card | None:
    where = ("peers", name, "card") if said is not None else ("peers", name)
    if said is not None and _CARD_LINE in said:
        raw, place = said.encode(), "the card here"
    else:
        place = said if said is not None else f"{boot_folder.CARDS}/{name}.card"
        raw = files.get(place.replace("\\", "/").removeprefix("./").lower(), b"")
        if not raw:
            near = _where_it_is(place, files)
            said_words = f"peers.{name}.card is {place!r}, and there is no such file"
            document.note(where, said_words, "a card beside this file", near)
            return None
    try:
        return decode_card(raw[: CARD_LIMIT_BYTES + 1].decode("ascii", "replace"))
    except CardError as error:
        said_words = f"peers.{name}.card: {place}: {error}"
        document.note(where, said_words, "what `netrelay id --card` wrote there")
        return None


def _where_it_is(place: str, files: Mapping[str, bytes]) -> str:
    """Return a hint on the file that was probably meant, or ""."""
    name = place.replace("\\", "/").rpartition("/")[2]
    if f"{boot_folder.OUTSIDE}{name.lower()}" in files:
        return f": {name} is beside netrelay.toml; move it into the folder {boot_folder.CARDS}"
    if not place.isprintable():
        return ": a backslash needs single quotes around the text, or write / instead"
    if f"{place.lower()}.txt" in files:
        return f": rename {place}.txt (Windows hides the last part of a name until you let it show)"
    return nearest(place.lower(), [path for path in files if path.startswith(boot_folder.CARDS)])


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
