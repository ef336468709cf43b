"""The right order of the words of a command that names a peer, for a person who had another one."""

import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, nearest
from netrelay.cli.opening import command, reading
from netrelay.cli.queries.known_peers import peer_names
from netrelay.runtime.home import Home

_GROUP = "peer"
_NODE = "NODE"
_TO = "--to"
_VIA = "--via"
_BEFORE_HOP = ("via", "by", "over", "through", "then", "and")


def in_order(module_of: Callable[[str], str], typed: Sequence[str], home: Home) -> str | None:
    """Return a refused command as it can be typed, if a peer was named in the wrong place.

    module_of: returns the module of a command. None where the order is not what is wrong.
    """
    words = list(typed)
    begin = 2 if words[:1] == [_GROUP] else 1
    if len(words) <= begin or words[0].startswith("-"):
        return None
    try:
        module = import_module(module_of(" ".join(words[:begin])))
    except ModuleNotFoundError:
        return None
    if not hasattr(module, "parser"):
        return None
    peers: list[str] = []
    # Without a node, or with another user's, the first error says enough.
    with suppress(CommandError, OSError), reading(home) as database:
        peers = [word for peer in peer_names(database) for word in peer]
    parser, arguments = module.parser(), words[begin:]
    turned = _with_via(parser, arguments, peers) or _turned(parser, arguments, peers)
    if turned is None or not _can_be_read(module, turned):
        return None
    added = [word for word in (_TO, _VIA) if word in turned and word not in words]
    place = f"{added[0]} names it" if added else f"{_NODE} comes first"
    return f"{place}: `{command(home, shlex.join([*words[:begin], *turned]))}`"


def _with_via(parser: CommandParser, words: list[str], peers: list[str]) -> list[str] | None:
    """Return the arguments with next hops behind --via; None if none stands without it."""
    places = [words[place] for place in _positions(parser, words)]
    hops = [word for word in places[1:] if word in peers]
    others = [word for word in places[1:] if word not in peers and word not in _BEFORE_HOP]
    has_via = any(_VIA in action.option_strings for action in parser._actions)
    if not has_via or not hops or others or places[0] not in peers:
        return None
    options = [word for word in words if word not in places]
    return [places[0], *options, *(word for hop in hops for word in (_VIA, hop))]


def _turned(parser: CommandParser, words: list[str], peers: list[str]) -> list[str] | None:
    """Return the arguments with the peer in its place; None if no other word is one."""
    places = _positions(parser, words)
    named = [place for place in places if words[place] in peers]
    takes_first = next(
        (action.metavar == _NODE for action in parser._actions if not action.option_strings), False
    )
    takes_to = any(_TO in action.option_strings for action in parser._actions)
    if not named or len(places) < 2:
        return None
    rest = [word for place, word in enumerate(words) if place != named[-1]]
    if takes_to and _TO not in words:
        return [*rest, _TO, words[named[-1]]]
    first = words[places[0]]
    if not takes_first or first in peers or nearest(first, peers):
        return None
    # Options last: argparse takes no optional argument behind one.
    others = [words[place] for place in places if place != named[0]]
    options = [word for place, word in enumerate(words) if place not in places]
    return [words[named[0]], *others, *options]


def _positions(parser: CommandParser, words: list[str]) -> list[int]:
    """Return the places of the words that are no option and no value of one."""
    valued = {
        name for action in parser._actions if action.nargs != 0 for name in action.option_strings
    }
    found = []
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if not word.startswith("-") and before not in valued:
            found.append(place)
    return found


def _can_be_read(module: ModuleType, words: list[str]) -> bool:
    read = getattr(module, "read_right", CommandParser.read)
    try:
        read(module.parser(), words)
    except CommandError:
        return False
    return True
