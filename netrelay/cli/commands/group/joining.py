"""Becoming a member of a group: its name is free, its keys are durable, then it has a row."""

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, require_node, writing
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.known_peers import find_enrolled, node_named
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_groups import refuse_name_of_group
from netrelay.core.printable import printable
from netrelay.disk.folders import make_directory
from netrelay.disk.removal import remove_tree
from netrelay.runtime.config import KEYS, NODE_NAME
from netrelay.runtime.home import Home
from netrelay.seal.group_file import keep_group
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database import Database
from netrelay.store.held_groups import HeldGroup, add_group, read_groups, sign_what_is_owed

_ALLOWED_NAME = next(key.allowed for key in KEYS if key.name == "name")


def joined(home: Home, name: str, contents: dict[str, bytes] | None) -> HeldGroup:
    """Make this node a member of a group with these keys, or of a new one; CommandError else.

    Keys of a group of this node that are not here are put back, and its row stays as it is.
    """
    require_node(home)
    require_owner(home, "may not write its keys")
    if not NODE_NAME.fullmatch(name):
        raise CommandError(
            Exit.USAGE,
            f"{printable(name)!r} cannot be the name of a group; allowed: {_ALLOWED_NAME}",
        )
    with writing(home) as database:
        if not home.groups.is_dir():
            make_directory(home.groups, 0o700)
            home.give_to_owner(home.groups)
        groups = {group.node: group for group in read_groups(database)}
        keys = GroupKeys(home.groups)
        try:
            held = [node for node in groups if keys.find(node) is not None]
            identity = keep_group(home.groups, contents, held)
        except (IdentityError, OSError) as error:
            raise CommandError(Exit.DATA, f"{error}") from error
        if identity.node_id in groups:
            # Its keys were away.
            sign_what_is_owed(database)
            return groups[identity.node_id]
        try:
            _refuse_taken(database, home, name)
            _refuse_known(database, home, identity.node_id)
            add_group(database, identity.node_id, name)
        except BaseException:
            remove_tree(home.groups / identity.node_id)
            raise
        (group,) = (each for each in read_groups(database) if each.node == identity.node_id)
    return group


def _refuse_taken(database: Database, home: Home, name: str) -> None:
    """Raise CommandError if this node, a peer or a group has this name."""
    own = own_node(database)
    if name == own.name:
        raise CommandError(
            Exit.DATA, f"{name!r} is this node itself; allowed: a name that nothing has"
        )
    if node_named(database, name) is not None:
        what = command(home, f"peer rename {name} NEW")
        raise CommandError(
            Exit.DATA, f"{name!r} is a peer; allowed: a name that nothing has (`{what}` frees it)"
        )
    refuse_name_of_group(database, name)


def _refuse_known(database: Database, home: Home, node: str) -> None:
    known = find_enrolled(database, node)
    if known is not None:
        what = command(home, f"peer rm {known.name}")
        raise CommandError(
            Exit.DATA,
            f"this node sends to the group {known.name} ({node}) as a source, and a member does"
            f" not: allowed: first `{what}`",
        )
