"""`netrelay peer add`: enrols another node by its card."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from netrelay.cli.addresses import host_and_port, own_places
from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.peer.address import common_port, own_place_words
from netrelay.cli.commands.peer.group_source import enrol_group
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, require_node, writing
from netrelay.cli.owner import own_rights
from netrelay.cli.queries.cases import waiting_for
from netrelay.cli.queries.known_peers import PeerName, find_enrolled, node_named, peer_names
from netrelay.cli.queries.this_node import own_commsport, own_node
from netrelay.cli.wording.named_groups import refuse_name_of_group
from netrelay.cli.wording.taken_name import other_name, replaced_or_second, second_name
from netrelay.core.printable import printable
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.runtime.config import KEYS, NODE_NAME
from netrelay.runtime.home import Home
from netrelay.seal.armour import has_armour
from netrelay.seal.card import CARD_LIMIT_BYTES, GROUP_CARD, Card, decode_card
from netrelay.seal.seal_errors import CardError
from netrelay.store.database import Database
from netrelay.store.old_folders import user_of_old_name
from netrelay.store.peers import add_peer, set_addresses

_ALLOWED_NAME = next(key.allowed for key in KEYS if key.name == "name")


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("peer add", "Enrol another node by its card.")
    made.add_argument(
        "card", metavar="CARD", help="what `netrelay id --card` wrote there; - is stdin"
    )
    made.add_argument(
        "--name", metavar="NAME", help="call it so here (default: as it calls itself)"
    )
    made.add_argument(
        "--address",
        metavar="HOST[:PORT]",
        type=host_and_port,
        action="append",
        help="where it is, instead of what its card says; may be repeated",
    )
    made.add_argument(
        "--via",
        metavar="NODE",
        dest="hops",
        action="append",
        help="of a group: a way to it, instead of the members on its card; may be repeated",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Check the card, write the row and make the drop folder."""
    options = parser().read(arguments)
    require_node(home)
    text = _read_text(options.card)
    if has_armour(GROUP_CARD, text):
        return enrol_group(options, home, text)
    if options.hops:
        raise CommandError(
            Exit.USAGE,
            f"--via {options.hops[0]}: {options.card} is the card of a node, not of a group;"
            f" allowed: `{command(home, 'peer route NODE --via NODE')}` afterwards",
        )
    card = _read_card(options.card, text)
    name = _choose_name(options.name, card)
    commsport = common_port(options.address or (), card.commsport)
    addresses = [each for each, _ in options.address or ()] or list(card.addresses)
    with writing(home) as database:
        known = _known_name(database, home, options, card, name)
        called, name = name, known or name
        is_free = called != own_node(database).name and node_named(database, called) is None
        if known:
            set_addresses(database, card.node_id, addresses, commsport)
        add_peer(
            database,
            card.node_id,
            name,
            card.certificate_der,
            card.pin,
            card.sealing_public_key,
            addresses,
            commsport,
        )
        own = own_places(*own_commsport(database), addresses, commsport)
        # Before the commit, which wakes importer to watch this folder.
        make_drop_folder(home.drop / name)
    said = _report(home, card, name, addresses, commsport, bool(known))
    said += own_place_words(own, commsport, name, home)
    said += other_name(home, name, called, is_free) if known else []
    print("\n".join(said))
    return Exit.OK


def _open(source: str) -> BinaryIO:
    return sys.stdin.buffer if source == "-" else Path(source).open("rb")


def _read_text(source: str) -> str:
    try:
        with own_rights():
            opened = _open(source)
        with opened as file:
            return file.read(CARD_LIMIT_BYTES + 1).decode("ascii", "replace")
    except OSError as error:
        hint = ""
        if isinstance(error, FileNotFoundError | IsADirectoryError):
            hint = (
                f": there is no card here; on the other node `{command_there('id --card FILE')}`"
                " writes it, and it has to be carried here"
            )
        raise CommandError(Exit.NO_INPUT, f"{source}: {error.strerror}{hint}") from error


def _read_card(source: str, text: str) -> Card:
    try:
        return decode_card(text)
    except CardError as error:
        named = "the card on standard input" if source == "-" else source
        raise CommandError(Exit.DATA, f"{named}: {error}") from error


def _choose_name(said: str | None, card: Card) -> str:
    name = said if said is not None else card.name
    if NODE_NAME.fullmatch(name):
        return name
    hint = "" if said is not None else "; --name NAME calls it something else"
    raise CommandError(
        Exit.USAGE if said is not None else Exit.DATA,
        f"{printable(name)!r} cannot be a peer's name; allowed: {_ALLOWED_NAME}{hint}",
    )


def _known_name(
    database: Database, home: Home, options: argparse.Namespace, card: Card, name: str
) -> str | None:
    """Return the name of the peer with this very card, or None; CommandError if it is refused."""
    own = own_node(database)
    if card.node_id == own.node:
        raise CommandError(Exit.DATA, "this is this node's own card; a peer is another node")
    known = find_enrolled(database, card.node_id)
    if known is not None:
        if known != (known.name, card.certificate_der, card.sealing_public_key):
            raise CommandError(
                Exit.DATA,
                f"this card of {known.name} ({card.node_id}) has other keys than the one that was"
                " enrolled: make sure, by another way than it came, that its owner made it anew;"
                " it was not taken",
            )
        return known.name
    user = user_of_old_name(database, name)
    if user is not None:
        raise CommandError(
            Exit.TRY_AGAIN,
            f"{name!r} was the name of {user}, whose folders have it until the node, when it is up,"
            " has renamed them: try again then",
        )
    refuse_name_of_group(database, name)
    other = node_named(database, name)
    if other is None and name != own.name:
        return None
    free = second_name(name, [own.name, *(peer.name for peer in peer_names(database))])
    if other is None:
        second = command(home, f"peer add {shlex.quote(options.card)} --name {free}")
        raise CommandError(Exit.DATA, f"{name!r} is this node itself; another name: `{second}`")
    words = [options.card] if options.name is None else [options.card, "--name", name]
    peer = PeerName(other, name)
    waiting = waiting_for(database, other)
    raise CommandError(Exit.DATA, replaced_or_second(home, words, peer, waiting, free))


def _report(
    home: Home, card: Card, name: str, addresses: list[str], commsport: int, is_known: bool
) -> list[str]:
    where = f"{', '.join(addresses) or 'no address: it has to dial this node'}, port {commsport}"
    if is_known:
        return [f"{name} was a peer already; it is now looked for at {where}"]
    return [
        f"{name} is a peer now.",
        f"  node id  {card.node_id}  (compare it with what `{command_there('id')}` shows there)",
        f"  address  {where}",
        f"  drop     {home.drop / name}/   put files for it here",
        "",
        "It may not put anything into this node's inbox yet. To let it, type:",
        f"  {command(home, f'peer allow {name} deliver')}",
    ]
