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
from netrelay.disk.removal import remove_tree
from netrelay.runtime.home import Home
from netrelay.store.held_groups import owed_by_group, remove_group, waiting_for_group


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group leave",
        "Be no member of a group any more. Its keys are removed here; whoever has had them can"
        "\nstill read what is sent to the group: if a member is not trusted, make a new group.",
    )
    made.add_argument("name", metavar="NAME", help="the group: name or node id")
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Remove the row, then the keys."""
    options = parser().read(arguments)
    require_owner(home, "may not remove its keys")
    with writing(home) as database:
        group = held_group(database, home, options.name)
        waiting = waiting_for_group(database, group.node)
        owed = owed_by_group(database, group.node)
        if waiting or owed:
            what = counted(waiting, "file") if waiting else counted(owed, "receipt")
            raise CommandError(
                Exit.TRY_AGAIN,
                f"{what} of {group.name} wait here, and would be delivered twice if another member"
                f" took them, too; allowed: when `{command(home, 'group ls')}` shows none",
            )
        remove_group(database, group.node)
    remove_tree(home.groups / group.node)
    flush_folder(home.groups)
    confirm(options, f"this node is no member of {group.name} any more, and its keys are gone here")
    route = command_there(f"peer route {group.name} --via MEMBER")
    confirm(options, f"at each source, `{route}` names those that are left")
    return Exit.OK
