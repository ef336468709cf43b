"""`netrelay group ls`: the groups of this node, and those that it sends to."""

import time
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, reading
from netrelay.cli.queries.group_states import MemberState, member_states, ways_to_groups
from netrelay.cli.text import counted
from netrelay.cli.wording.group_words import way_words
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.seal.group_keys import GroupKeys


def parser() -> CommandParser:
    """Return the argument parser."""
    return CommandParser("group ls", "Show the groups of this node, and those that it sends to.")


def main(arguments: Sequence[str], home: Home) -> int:
    """Print a paragraph for each group."""
    parser().read(arguments)
    with reading(home) as database:
        members, ways = member_states(database), ways_to_groups(database)
    keys = GroupKeys(home.groups)
    lines = [line for state in members for line in _member_lines(state, keys, home)]
    for group in dict.fromkeys(way.group for way in ways):
        lines.append(f"{group}: this node sends to it")
        lines += [f"  by {way.hop}: {way_words(way)}" for way in ways if way.group == group]
    if not lines:
        made = command(home, "group new NAME")
        lines.append(f"no group: `{made}` makes one, `peer add` of a group's card sends to one")
    print("\n".join(printable(line) for line in lines))
    return Exit.OK


def _member_lines(state: MemberState, keys: GroupKeys, home: Home) -> list[str]:
    since = time.strftime("%Y-%m-%d", time.gmtime(state.joined_unix_s))
    lines = [
        f"{state.name}: this node is a member since {since}",
        f"  node id {state.node}",
        f"  {counted(state.waiting, 'file')} complete and not delivered, {state.coming} in part,"
        f" {counted(state.owed, 'receipt')} not signed yet",
    ]
    if keys.find(state.node) is None:
        lines.append(
            f"  its keys are not in {home.groups / state.node}: nothing of it is taken;"
            f" `{command(home, 'group join FILE')}` puts them back"
        )
    return lines
