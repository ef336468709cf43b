"""`netrelay group card`: writes the card of a group, by which sources enrol it."""

from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.group.key import keys_of, write_new
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command_there, reading
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.named_groups import held_group
from netrelay.cli.wording.named_peers import find_peer
from netrelay.runtime.home import Home
from netrelay.seal.group_card import encode_group_card
from netrelay.seal.seal_errors import CardError
from netrelay.store.database import ReadOnlyDatabase


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "group card",
        "Write the card of a group, which names its members in the order in which sources try them:"
        "\nthis node, unless it is named elsewhere, then each --member.",
    )
    made.add_argument("name", metavar="NAME", help="the group: name or node id")
    made.add_argument("file", metavar="FILE", help="a new file; - is stdout")
    made.add_argument(
        "--member",
        metavar="NODE",
        dest="members",
        action="append",
        default=[],
        help="another member, a peer of this node; may be repeated",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Sign the card with the key of the group."""
    options = parser().read(arguments)
    require_owner(home, "may not read its keys")
    with reading(home) as database:
        group = held_group(database, home, options.name)
        own = own_node(database)
        members = [_member(database, home, own, group, word) for word in options.members]
    if own.node not in members:
        members.insert(0, own.node)
    try:
        card = encode_group_card(keys_of(home, group.node), group.name, tuple(members))
    except CardError as error:
        raise CommandError(Exit.DATA, str(error)) from error
    if options.file == "-":
        print(card, end="")
        return Exit.OK
    write_new(Path(options.file), card, 0o644)
    print(f"the card of {group.name} is in {options.file}; at each source, type")
    print(f"  {command_there(f'peer add {Path(options.file).name}')}")
    return Exit.OK


def _member(
    database: ReadOnlyDatabase,
    home: Home,
    own: tuple[str, str],
    group: tuple[object, ...],
    word: str,
) -> str:
    if word in own:
        return own[0]
    if word in group:
        raise CommandError(
            Exit.DATA, f"--member {word} is the group itself; allowed: the nodes that hold it"
        )
    return find_peer(database, home, word).node
