"""`netrelay group leave`: ends the membership of this node."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, command_there, writing
from netrelay.cli.permission import require_owner
from netrelay.cli.text import counted
from netrelay.cli.wording.named_groups import held_group
from netrelay.disk.folders import flush_folder
from netrelay.disk.removal import remove_entry
from netrelay.runtime.home import Home
from netrelay.seal.group_keys import strange_entries
from netrelay.store.held_groups import (
    owed_by_group,
    read_groups,
    remove_group,
    waiting_for_group,
)


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group leave",
        "Be no member of a group any more. Its keys are removed here; whoever has had them can"
        "\nstill read what is sent to the group: if a member is not trusted, make a new group.",
    )
    made.add_argument("name", metavar="NAME", help="the group: name or node id")
    made.add_argument(
        "--force",
        action="store_true",
        help="even if something of it waits here: another member may deliver it once more",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Remove the row, then the keys."""
    options = parser().read(arguments)
    require_owner(home, "may not remove its keys")
    with writing(home) as database:
        groups = read_groups(database)
        is_held = any(options.name in (each.name, each.node) for each in groups)
        left_behind = strange_entries(home.groups, {each.node for each in groups})
        if options.name in left_behind and not is_held:
            _remove_keys(home, options.name)
            confirm(
                options, f"{home.groups / options.name}, keys of no group of this node, is gone"
            )
            return Exit.OK
        group = held_group(database, home, options.name)
        waiting = waiting_for_group(database, group.node)
        owed = owed_by_group(database, group.node)
        words = [
            *([f"{counted(waiting, 'file')} complete and not delivered"] if waiting else []),
            *([f"{counted(owed, 'receipt')} not signed yet"] if owed else []),
        ]
        if words and not options.force:
            raise CommandError(
                Exit.TRY_AGAIN,
                f"of {group.name} there wait here {' and '.join(words)}: another member may deliver"
                f" that once more; allowed: when `{command(home, 'group ls')}` shows none, or with"
                " --force",
            )
        remove_group(database, group.node)
    _remove_keys(home, group.node)
    confirm(options, f"this node is no member of {group.name} any more, and its keys are gone here")
    if words:
        print(
            f"of it there waited {' and '.join(words)}: another member may deliver that once more"
        )
    route = command_there(f"peer route {group.name} --via MEMBER")
    confirm(options, f"at each source, `{route}` names those that are left")
    return Exit.OK


def _remove_keys(home: Home, node: str) -> None:
    remove_entry(home.groups / node)
    flush_folder(home.groups)
