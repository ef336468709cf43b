"""`netrelay peer rename`: gives a peer another name here; its folders follow."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import Writer, command, numbering, reading, writing
from netrelay.cli.queries.known_peers import PeerName, node_named
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_groups import refuse_name_of_group
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.printable import printable
from netrelay.runtime.config import KEYS, NODE_NAME
from netrelay.runtime.home import Home
from netrelay.store.database import Database
from netrelay.store.old_folders import (
    DROP,
    FAILED_JOBS,
    INBOX,
    SENT,
    OldFolder,
    old_folders,
    user_of_old_name,
)
from netrelay.store.peer_settings import rename_peer
from netrelay.transfer.renamed_folders import rename_folders

_ALLOWED_NAME = next(key.allowed for key in KEYS if key.name == "name")
# Claims are importer's: it may find some below the old name that have no row yet.
_FOLDERS = (DROP, INBOX, SENT, FAILED_JOBS)
_PATIENCE_S = 10.0
_LOOK_S = 0.05


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "peer rename",
        "Call a peer something else at this node. Its folders in drop, inbox, sent and failed get"
        "\nthe new name, and jobs go on; the peer itself, its rights and its route stay as they"
        " are.\nOther nodes do not notice.",
    )
    made.add_argument("name", metavar="NODE", help="the peer: name or node id")
    made.add_argument("new_name", metavar="NEW", help=f"its name from now on: {_ALLOWED_NAME}")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Store the new name, and wait until the folders have it."""
    options = parser().read(arguments)
    new_name: str = options.new_name
    with writing(home) as database:
        peer = find_peer(database, home, options.name)
        if peer.name == new_name:
            confirm(options, f"{new_name} has this name already")
            return Exit.OK
        _check_name(database, peer, new_name)
        _check_folders(home, new_name)
        rename_peer(database, peer.node, new_name)
    confirm(options, f"{peer.name} is called {new_name} from now on")
    left = _follow(home, peer.node)
    for folder in left:
        why = command(home, "check")
        print(f"{folder.parent}/{folder.name} has its old name still; `{why}` says why")
    if not left:
        confirm(options, f"put files for it into {home.drop / new_name}/; what it sends comes into")
        confirm(options, f"{home.inbox / new_name}/")
    return Exit.OK


def _check_name(database: Database, peer: PeerName, name: str) -> None:
    if not NODE_NAME.fullmatch(name):
        raise CommandError(
            Exit.USAGE, f"{printable(name)!r} cannot be a peer's name; allowed: {_ALLOWED_NAME}"
        )
    if name == own_node(database).name:
        raise CommandError(Exit.DATA, f"{name!r} is this node itself; allowed: another name")
    refuse_name_of_group(database, name)
    other = node_named(database, name)
    if other is not None:
        raise CommandError(
            Exit.DATA, f"{name!r} is the peer {other} already; allowed: a name that no peer has"
        )
    user = user_of_old_name(database, name)
    if user not in (None, peer.name):
        raise CommandError(
            Exit.TRY_AGAIN,
            f"{name!r} was the name of {user}, whose folders have it until the node, when it is up,"
            " has renamed them: try again then",
        )


def _check_folders(home: Home, name: str) -> None:
    """Raise CommandError if a folder of the new name holds something: it would be mixed."""
    for parent in (home.drop, home.inbox, home.sent, home.failed):
        folder = parent / name
        if os.path.lexists(folder) and not _is_empty(folder):
            raise CommandError(
                Exit.CANNOT_CREATE,
                f"{folder} is there already and is not empty: move what is in it elsewhere, or"
                " choose another name",
            )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and next(folder.iterdir(), None) is None


def _follow(home: Home, node: str) -> list[OldFolder]:
    """Wait until the processes have renamed the folders; without any, rename them here.

    Return those that could not be renamed so far.
    """

    def alone(writer: Writer) -> None:
        with writer.writable() as database:
            rename_folders(database, home, _FOLDERS)

    with numbering(home, alone):
        end_s = time.monotonic() + _PATIENCE_S
        with reading(home) as database:
            while True:
                left = [each for each in old_folders(database, _FOLDERS) if each.node == node]
                if not left or time.monotonic() >= end_s:
                    return left
                time.sleep(_LOOK_S)
