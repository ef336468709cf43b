"""`netrelay peer ls`: all peers in a table, or one of them in full."""

from argparse import Namespace
from collections.abc import Sequence
from typing import TypeVar

from netrelay.cli.arguments import MOST, CommandParser, number
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, has_connections, reading, runs
from netrelay.cli.queries.known_peers import count_peers, names_of
from netrelay.cli.queries.peer_state import (
    PeerDetails,
    PeerState,
    Standing,
    nodes_standing,
    peer_details,
    peer_named,
    standing_counts,
)
from netrelay.cli.queries.refused_messages import refused_messages
from netrelay.cli.queries.this_node import only_dials, own_node
from netrelay.cli.text import json_line, rate, size, table
from netrelay.cli.wording.explain import Situation
from netrelay.cli.wording.named_peers import find_peer
from netrelay.cli.wording.peer_words import peer_paragraph
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.old_folders import DROP, INBOX, folder_name

_LIMIT = 100
_Peer = TypeVar("_Peer", PeerDetails, PeerState)


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("peer ls", "Show the other nodes this one knows, or one of them in full.")
    made.add_argument("name", metavar="NODE", nargs="?", help="only this one: name or node id")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--connected", action="store_true", help="only those with a connection")
    which.add_argument("--failing", action="store_true", help="only those that are not reached")
    which.add_argument("--unmet", action="store_true", help="only those without an agreement")
    made.add_argument(
        "--limit",
        metavar="N",
        type=number(1, MOST),
        default=_LIMIT,
        help=f"at most so many in the table ({_LIMIT}): of more, those that are not reached first",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each peer")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print a table, or one peer."""
    options = parser().read(arguments)
    return _print_all(options, home) if options.name is None else _print_one(options, home)


def _print_one(options: Namespace, home: Home) -> int:
    with reading(home) as database:
        node = find_peer(database, home, options.name).node
        (peer,) = peer_details(database, [node])
        names = names_of(database, [peer.via] if peer.via else [])
        folders = [folder_name(database, parent, node) or peer.name for parent in (DROP, INBOX)]
        state = peer_named(database, node)
        refused = refused_messages(database, peer.name)
        own = own_node(database).name
        situation = Situation(own, home, runs(home), only_dials(database))
    assert state is not None
    if not has_connections(home):
        peer, state = _without_connection(peer), _without_connection(state)
    if options.json:
        print(json_line("peer", peer._asdict()))
        return Exit.OK
    lines = _describe(peer, names, home, folders)
    print("\n".join(f"{name:10}{printable(text)}" for name, text in lines))
    print(f"\n{peer_paragraph(state, refused, situation)}")
    return Exit.OK


def _print_all(options: Namespace, home: Home) -> int:
    """Print all peers, or those of one standing; of more than fit the table those to look at."""
    standing = next((each for each in Standing if getattr(options, each)), None)
    most = -1 if options.json else options.limit
    with reading(home) as database:
        total, counts = count_peers(database), standing_counts(database)
        if not has_connections(home):
            counts[Standing.CONNECTED] = 0
        number = total if standing is None else counts[standing]
        nodes = nodes_standing(database, standing, most if number else 0)
        found = peer_details(database, None if number == total == len(nodes) else nodes)
        names = names_of(database, (peer.via for peer in found if peer.via))
    if not has_connections(home):
        found = [_without_connection(peer) for peer in found]
    if len(found) == number:
        found.sort(key=lambda peer: peer.name)
    if options.json:
        for peer in found:
            print(json_line("peer", peer._asdict()))
    elif found:
        print("\n".join(_table(found, names, number, f"{total} peers: {_counted(counts)}")))
    else:
        none = f"no peer yet: `{command(home, 'peer add CARD')}` enrols one"
        print("no such peer" if total else none)
    return Exit.OK


def _counted(counts: dict[Standing, int]) -> str:
    words = {
        Standing.CONNECTED: "connected",
        Standing.FAILING: "not reached",
        Standing.UNMET: "without an agreement",
    }
    said = (f"{number} {words[each]}" for each, number in counts.items() if number)
    return ", ".join(said) or "none of them is connected"


def _table(
    found: Sequence[PeerDetails], names: dict[str, str], number: int, summary: str
) -> list[str]:
    """Return the lines of the table; number: of the peers that were asked for."""
    rows = [
        (
            peer.name,
            ", ".join(peer.rights) or "nothing",
            _route(peer, names),
            _agreed(peer),
            f"{', '.join(peer.addresses) or 'no address'} port {peer.commsport}",
            peer.node,
        )
        for peer in found
    ]
    lines = table(("PEER", "MAY", "ROUTE", "AGREED", "ADDRESS", "NODE ID"), rows, cut=("MAY",))
    if len(rows) == number:
        return lines
    return [summary, *lines, f"and {number - len(rows)} more (--limit N)"]


def _without_connection(peer: _Peer) -> _Peer:
    return peer._replace(connection="none") if peer.connection == "open" else peer


def _route(peer: PeerDetails, names: dict[str, str]) -> str:
    if peer.via is None:
        return "no route"
    return "direct" if peer.via == peer.node else names.get(peer.via, "?")


def _agreed(peer: PeerDetails) -> str:
    return "nothing yet" if peer.message_size is None else size(peer.message_size)


def _budget(peer: PeerDetails) -> str:
    if peer.budget_bytes is None:
        return "none"
    reserve = f", {size(peer.budget_reserve_bytes)} in reserve" if peer.budget_reserve_bytes else ""
    used = size(peer.budget_used_bytes or 0)
    return f"{size(peer.budget_bytes)} a {peer.budget_period}{reserve}; {used} are used"


def _describe(
    peer: PeerDetails, names: dict[str, str], home: Home, folders: Sequence[str]
) -> list[tuple[str, str]]:
    limit = peer.limit_bytes_per_s
    quota = "a quarter of the disk" if peer.quota_bytes is None else size(peer.quota_bytes)
    ports = ", ".join(str(port) for port in peer.dataports)
    where = f"{', '.join(peer.addresses) or 'no address'}, commsport {peer.commsport}"
    if peer.found_at:
        where += f"; it says {', '.join(peer.found_at)}"
    return [
        ("peer", peer.name),
        ("node id", peer.node),
        ("pin", f"{peer.pin} (SHA-256 of its certificate)"),
        ("address", where + (f", dataport {ports}" if ports else "")),
        ("dialled", f"last at {peer.last_address}" if peer.last_address else "not yet"),
        ("route", _route(peer, names)),
        ("may", ", ".join(peer.rights) or "nothing"),
        ("agreed", _agreed(peer)),
        ("limit", "none" if limit is None else f"sent to at {rate(limit)} at most"),
        ("windows", ", ".join(peer.windows) or "at any time"),
        ("budget", _budget(peer)),
        ("quota", f"{quota}; {size(peer.used_bytes)} of it lie here unfinished"),
        ("drop", f"{home.drop / folders[0]}/"),
        ("inbox", f"{home.inbox / folders[1]}/"),
    ]
