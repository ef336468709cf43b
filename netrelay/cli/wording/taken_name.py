"""Two nodes of one name: which commands make them one peer again, or two."""

import shlex
from collections.abc import Iterable, Sequence
from itertools import count

from netrelay.cli.opening import command
from netrelay.cli.queries.cases import WaitingJobs
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.text import counted, size
from netrelay.runtime.home import Home

# The most of netrelay.runtime.config.NODE_NAME.
_NAME_CHARACTERS = 31


def second_name(name: str, taken: Iterable[str]) -> str:
    """Return a name for another machine that calls itself like a peer."""
    names = set(taken)
    numbered = (f"{name[: _NAME_CHARACTERS - 1 - len(str(n))]}-{n}" for n in count(2))
    return next(chosen for chosen in numbered if chosen not in names)


def replaced_or_second(
    home: Home, card: Sequence[str], peer: PeerName, waiting: WaitingJobs, free: str
) -> str:
    """Return what to type for a card of a peer's name with another identity.

    card: the words after `peer add` that enrol it under this name. free: a name that nobody has.
    """
    name = peer.name
    add = f"peer add {shlex.join(card)}"
    remove = f"`{command(home, f'peer rm {name}')}`, then `{command(home, add)}`"
    if waiting.number:
        remove = (
            f"`{command(home, f'cancel --all --to {name}')}` moves what waits for it"
            f" ({counted(waiting.number, 'job')}, {size(waiting.size_bytes)}, sealed for keys that"
            f" are lost) to {home.failed / name}, then {remove}, then"
            f" `{command(home, f'send FILE --to {name}')}` for each of those files"
        )
    second = command(home, f"peer add {shlex.quote(card[0])} --name {free}")
    return (
        f"{name!r} is the peer {peer.node} already, and this card is of another node. If {name} was"
        f" made anew without its backup: {remove}; its rights and its route have to be given again."
        f" If it is a second machine: `{second}`; what waits for {name} goes on"
    )


def other_name(home: Home, name: str, said: str, is_free: bool) -> list[str]:
    """Return a line about the name that a known peer has on its new card, or was given now."""
    if name == said:
        return []
    if not is_free:
        return [f"it stays {name} here: {said} is the name of another"]
    return [f"it stays {name} here; `{command(home, f'peer rename {name} {said}')}` calls it so"]
