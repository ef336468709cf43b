"""Groups that a person names for a command: by name or node id."""

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import Database, ReadOnlyDatabase
from netrelay.store.held_groups import HeldGroup, read_groups


def held_group(database: Database | ReadOnlyDatabase, home: Home, word: str) -> HeldGroup:
    """Return the group of this name or node id; CommandError if this node is no member of it."""
    groups = read_groups(database)
    for group in groups:
        if word in (group.name, group.node):
            return group
    names = ", ".join(group.name for group in groups) or "none yet"
    raise CommandError(
        Exit.DATA,
        f"this node is a member of no group {printable(word)!r} (its groups: {names});"
        f" `{command(home, 'group ls')}` shows them",
    )


def refuse_name_of_group(database: Database, name: str) -> None:
    """Raise CommandError if this node is a member of a group of this name."""
    if any(group.name == name for group in read_groups(database)):
        raise CommandError(
            Exit.DATA,
            f"{name!r} is a group of which this node is a member; allowed: a name that nothing has",
        )
