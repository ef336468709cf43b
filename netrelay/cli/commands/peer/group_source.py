"""`netrelay peer add` with the card of a group: this node becomes a source of it."""

import argparse
from collections.abc import Sequence

from netrelay.cli.commands.peer.route import check_hops
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, writing
from netrelay.cli.queries.known_peers import PeerName, find_enrolled, node_named, peer_names
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.runtime.config import KEYS, NODE_NAME
from netrelay.runtime.home import Home
from netrelay.seal.group_card import GroupCard, decode_group_card
from netrelay.seal.seal_errors import CardError
from netrelay.store.database import Database
from netrelay.store.held_groups import read_groups
from netrelay.store.peers import add_group_peer
from netrelay.store.routes import set_routes

_ALLOWED_NAME = next(key.allowed for key in KEYS if key.name == "name")


def enrol_group(options: argparse.Namespace, home: Home, text: str) -> int:
    """Make a group a peer of this node, reached through its members."""
    try:
        card = decode_group_card(text)
    except CardError as error:
        raise CommandError(Exit.DATA, f"{options.card}: {error}") from error
    if options.address:
        raise CommandError(
            Exit.USAGE, "--address: a group listens nowhere; allowed: --via MEMBER, --name"
        )
    name = options.name or card.name
    if not NODE_NAME.fullmatch(name):
        raise CommandError(
            Exit.USAGE if options.name else Exit.DATA,
            f"{printable(name)!r} cannot be a peer's name; allowed: {_ALLOWED_NAME}",
        )
    with writing(home) as database:
        known = _known_name(database, home, card, name)
        hops = _hops(database, home, card, options.hops)
        add_group_peer(
            database,
            card.node_id,
            known or name,
            card.certificate_der,
            card.pin,
            card.sealing_public_key,
        )
        set_routes(database, card.node_id, [hop.node for hop in hops])
        own = own_node(database).name
        make_drop_folder(home.drop / (known or name))
    print("\n".join(_report(home, card, known or name, hops, own, is_known=known is not None)))
    return Exit.OK


def _known_name(database: Database, home: Home, card: GroupCard, name: str) -> str | None:
    """Return what the group is called here if it is a peer; CommandError if it may not be one."""
    held = {group.node: group.name for group in read_groups(database)}
    if card.node_id in held:
        raise CommandError(
            Exit.DATA,
            f"this node is a member of {held[card.node_id]} itself, and a group does not send to"
            " itself; allowed: sources that are no members",
        )
    known = find_enrolled(database, card.node_id)
    if known is not None:
        if known != (known.name, card.certificate_der, card.sealing_public_key):
            raise CommandError(
                Exit.DATA,
                f"this card of {known.name} ({card.node_id}) has other keys than the one"
                " that was enrolled; it was not taken",
            )
        return known.name
    taken = name == own_node(database).name or node_named(database, name) is not None
    if taken or name in held.values():
        again = command(home, "peer add CARD --name NEW")
        raise CommandError(
            Exit.DATA,
            f"the name {name!r} is taken here; allowed: one that nothing has: `{again}`",
        )
    return None


def _hops(
    database: Database, home: Home, card: GroupCard, words: Sequence[str] | None
) -> list[PeerName]:
    """Return the ways to a group: those that a person says, else its members."""
    if words:
        hops = [find_peer(database, home, word) for word in words]
    else:
        peers = {peer.node: peer for peer in peer_names(database)}
        unknown = [member for member in card.members if member not in peers]
        if unknown:
            raise CommandError(
                Exit.DATA,
                f"{unknown[0]}, a member of the group {card.name}, is no peer here; allowed: first"
                f" `{command(home, 'peer add CARD')}` of each member, or --via NODE for each way to"
                " the group",
            )
        hops = [peers[member] for member in card.members]
    for hop in hops:
        if hop.node == card.node_id:
            raise CommandError(
                Exit.DATA,
                f"--via {hop.name} is the group itself; allowed: a member, or a relay to one",
            )
    check_hops(hops)
    return hops


def _report(
    home: Home,
    card: GroupCard,
    name: str,
    hops: Sequence[PeerName],
    own: str,
    *,
    is_known: bool,
) -> list[str]:
    there = command_there("group ls")
    ways = ", then ".join(hop.name for hop in hops)
    if is_known:
        return [f"the group {name} was a peer already; it is now reached by {ways}"]
    return [
        f"the group {name} is a peer now.",
        f"  node id  {card.node_id}  (compare it with what `{there}` shows there)",
        f"  by       {ways}: one of them takes what is sent",
        f"  drop     {home.drop / name}/   put files for it here",
        "",
        "Each member has to let it, there:",
        f"  {command_there(f'peer allow {own} deliver')}",
    ]
