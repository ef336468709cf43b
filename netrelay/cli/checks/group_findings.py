"""Groups of this node, for `netrelay check`: their keys, and the ways to those that it sends to."""

import shlex
from collections.abc import Iterator
from itertools import groupby

from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.opening import command
from netrelay.cli.permission import is_another_users
from netrelay.cli.queries.group_states import member_states, ways_to_groups
from netrelay.cli.text import counted
from netrelay.runtime.home import Home
from netrelay.seal.group_keys import GroupKeys, strange_entries
from netrelay.store.database import ReadOnlyDatabase

_SUBJECT = "groups"


def group_findings(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name groups without keys, and those that one member alone can take what is for."""
    keys, states = GroupKeys(home.groups), member_states(database)
    for name in strange_entries(home.groups, {state.node for state in states}):
        yield warn(
            _SUBJECT,
            f"{home.groups / name} is of no group of this node: keys may have been left behind",
            f"if no member has these keys, copy the folder first, it is all that is left of them;"
            f" `{command(home, f'group leave {shlex.quote(name)}')}` removes it",
        )
    for state in states:
        # Whose folder this user may not enter cannot be looked at.
        if keys.find(state.node) is None and not is_another_users(home):
            yield fail(
                _SUBJECT,
                f"{state.name}: its keys are not in {home.groups / state.node}, or others may read"
                " them: nothing of it is taken",
                f"`{command(home, 'group join FILE')}` puts them back",
            )
        else:
            yield ok(_SUBJECT, f"{state.name}: this node is a member")
    for name, found in groupby(ways_to_groups(database), key=lambda way: way.group):
        ways = list(found)
        if len(ways) == 1:
            yield warn(
                _SUBJECT,
                f"{name}: {ways[0].hop} is the only way to it, and nobody takes over; if it is a"
                " relay, members behind it that give no receipt are not passed over",
                f"`{command(home, f'peer route {name} --via {ways[0].hop} --via NODE')}`",
            )
        else:
            yield ok(_SUBJECT, f"{name}: {counted(len(ways), 'way')} to it")
