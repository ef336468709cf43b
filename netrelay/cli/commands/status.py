"""`netrelay status`: processes, peers, messages, and the first jobs that wait."""

import time
from collections.abc import Sequence
from itertools import groupby
from shutil import disk_usage
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.database_troubles import (
    DatabaseTroubles,
    database_troubles,
    trouble_words,
)
from netrelay.cli.checks.disk_findings import folder_errors
from netrelay.cli.checks.own_keys import other_nodes_keys
from netrelay.cli.errors import Exit
from netrelay.cli.opening import Reader, command, keeps_connections
from netrelay.cli.permission import as_root, owner_of
from netrelay.cli.queries.disk_writes import DiskWrites, disk_writes
from netrelay.cli.queries.group_states import MemberState, member_states
from netrelay.cli.queries.identities import Accuser, Twin, accusers, twins
from netrelay.cli.queries.left_entries import LeftEntry, left_entries
from netrelay.cli.queries.overview import (
    Complaint,
    Count,
    PeerLine,
    PeerNumbers,
    Waiting,
    complaints,
    counts,
    peer_lines,
    peer_numbers,
    waiting,
    waiting_nodes,
)
from netrelay.cli.queries.refused_messages import RefusedMessages, refused_messages
from netrelay.cli.queries.this_node import OwnNode, own_node
from netrelay.cli.systemd.units import Unit, ask, known_running
from netrelay.cli.systemd.units_report import START_AGAIN, unit_lines
from netrelay.cli.terminal import doubtful, painted, wrong
from netrelay.cli.text import clock_time, counted, duration, json_line, size, table
from netrelay.cli.wording.connection_words import connection_words, without_connection
from netrelay.cli.wording.copy_words import media_line
from netrelay.cli.wording.disk_words import assumption_words, written_words
from netrelay.cli.wording.explain import brief
from netrelay.cli.wording.group_words import member_line
from netrelay.cli.wording.left_words import left_counts
from netrelay.cli.wording.refused_words import refused_cause
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.cli.wording.twin_words import accuser_words, twin_words
from netrelay.core.printable import printable
from netrelay.core.words import State
from netrelay.disk.kept_free import usable_bytes
from netrelay.runtime.connection_holders import connection_holders
from netrelay.runtime.home import Home
from netrelay.store.health_rows import ERROR, HealthRow, health
from netrelay.store.media import MediumCopies, media_with_copies

_FINDINGS_LIMIT = 10
_PEERS_LIMIT = 20
# Kinds that have a part of their own here.
_SHOWN_ANYWAY = frozenset({"errors", "identity", "left-in-drop", "own-identity", "refused-here"})


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("status", "Show what runs here, what waits, and why.")
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


class _Status(NamedTuple):
    """All that `status` shows; total: of jobs that wait. numbers: of all peers.

    alive, and held, the data connections that peers hold here by node id: None where we may not
    look. other_node: an error that says that the keys are of another node than the database.
    """

    own: OwnNode
    counts: list[Count]
    numbers: PeerNumbers
    peers: list[PeerLine]
    refused: list[RefusedMessages]
    left: list[LeftEntry]
    health: list[HealthRow]
    waiting: list[Waiting]
    total: int
    copies: list[MediumCopies]
    groups: list[MemberState]
    errors: list[Complaint]
    twins: list[Twin]
    accusers: list[Accuser]
    writes: DiskWrites
    units: dict[str, Unit]
    alive: dict[str, bool] | None
    held: dict[str, int] | None
    other_node: str | None
    troubles: DatabaseTroubles

    @property
    def is_up(self) -> bool:
        """False if this node is known to be down."""
        return self.alive is None or any(self.alive.values())


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the state of the node, without a lock that a process waits for."""
    options = parser().read(arguments)
    status = _look(home, has_all_peers=options.json)
    if options.json:
        print(json_line("status", _fields(status, home)))
    else:
        print("\n".join(_lines(status, home)))
    return Exit.OK


def _look(home: Home, *, has_all_peers: bool) -> _Status:
    with Reader(home) as reader, reader.snapshot() as database:
        own = own_node(database)
        counted_messages = counts(database)
        numbers = peer_numbers(database)
        is_whole = has_all_peers or numbers.peers <= _PEERS_LIMIT
        peers = peer_lines(database, None if is_whole else waiting_nodes(database, _PEERS_LIMIT))
        refused = refused_messages(database)
        left = left_entries(database)
        rows = health(database)
        unfinished, total = waiting(database)
        copies = media_with_copies(database)
        groups = member_states(database)
        errors = complaints(database)
        twice = twins(database), accusers(database)
        writes = disk_writes(database, home)
        other = other_nodes_keys(home, reader)
    units = ask(home)
    alive = known_running(home, units)
    held = _held(home, alive)
    if not keeps_connections(alive):
        peers = [without_connection(peer, alive) for peer in peers]
        numbers = numbers._replace(connected=frozenset[str]())
    found = (
        own,
        counted_messages,
        numbers,
        peers,
        refused,
        left,
        rows,
        unfinished,
        total,
        copies,
        groups,
        errors,
        *twice,
        writes,
    )
    return _Status(*found, units, alive, held, other, database_troubles(home))


def _fields(status: _Status, home: Home) -> dict[str, object]:
    return {
        "name": status.own.name,
        "node": status.own.node,
        "home": str(home.path),
        "disk_free_bytes": disk_usage(home.path).free,
        "disk_writes": _write_fields(status.writes),
        "keys_error": status.other_node,
        "database_damage": status.troubles.damage,
        "database_locked_by": status.troubles.locked_by,
        "running": status.alive,
        "units": [unit._asdict() for unit in status.units.values()],
        "peers": [
            {**peer._asdict(), "connections_from": _from(peer, status.held)}
            for peer in status.peers
        ],
        "refused": [refused._asdict() for refused in status.refused],
        "left_in_drop": [entry._asdict() for entry in status.left],
        "health": [row._asdict() for row in status.health],
        "messages": [count._asdict() for count in status.counts],
        "waiting": [_fields_of(each, status.is_up) for each in status.waiting],
        "waiting_count": status.total,
        "groups": [group._asdict() for group in status.groups],
        "copies_on_media": [copies._asdict() for copies in status.copies],
        "errors": [error._asdict() for error in status.errors],
        "identities_used_twice": [twin._asdict() for twin in status.twins],
        "own_identity_used_twice": [accuser._asdict() for accuser in status.accusers],
    }


def _lines(status: _Status, home: Home) -> list[str]:
    start = START_AGAIN if status.units else command(home, "up")
    return [
        f"{status.own.name}  {status.own.node}",
        f"home  {home.path}",
        _describe_running(status.alive, start, home),
        *_describe_disk(home),
        f"disk  {printable(written_words(status.writes))}",
        *(f"{painted(wrong('data'))}  {words}" for words in trouble_words(status.troubles, home)),
        *(
            [f"{painted(wrong('keys'))}  {printable(status.other_node)}"]
            if status.other_node
            else []
        ),
        *unit_lines(status.units),
        "",
        *_describe_peers(status.numbers, status.peers, status.held, home),
        *_describe_refused(status.refused, home),
        *_describe_left(status.left, home),
        *_describe_twins(status.twins, status.accusers, home),
        *_describe_health(status.health, home),
        "",
        *_describe_counts(status.counts),
        *_describe_waiting(status, home),
        *map(media_line, status.copies),
        *map(member_line, status.groups),
        *_describe_errors(status.errors),
    ]


def _write_fields(writes: DiskWrites) -> dict[str, object]:
    today, life = writes.today, writes.life
    return {
        "unknown": writes.unknown,
        "today": today and {**today._asdict(), "other_bytes": today.other_bytes},
        "life": life and {**life._asdict(), "assumption": assumption_words(life)},
    }


def _held(home: Home, alive: dict[str, bool] | None) -> dict[str, int] | None:
    if not (alive or {}).get("receiver"):
        return {}
    try:
        return connection_holders(home.runtime)
    except PermissionError:
        return None


def _from(peer: PeerLine, held: dict[str, int] | None) -> int | None:
    return None if held is None else held.get(peer.node, 0)


def _describe_running(alive: dict[str, bool] | None, start: str, home: Home) -> str:
    if alive is None:
        return f"state unknown: only {owner_of(home)} may see it: `{as_root(home, 'status')}`"
    missing = [process for process, listens in alive.items() if not listens]
    if not missing:
        return "up    all eight processes run"
    if len(missing) == len(alive):
        return f"{painted(wrong('down'))}  `{start}` starts it"
    verb = "does" if len(missing) == 1 else "do"
    return f"{painted(doubtful('up'), 4)}  but {', '.join(missing)} {verb} not run"


def _describe_disk(home: Home) -> list[str]:
    free_bytes = disk_usage(home.path).free
    lines = [
        f"{painted(wrong('disk'))}  {printable(str(folder))} cannot be read: {why}"
        for folder, why in folder_errors(home).items()
    ]
    if not usable_bytes(free_bytes):
        lines.append(
            f"{painted(wrong('disk'))}  {size(free_bytes)} free: the disk is full,"
            " nothing that arrives is taken until there is room"
        )
    return lines


def _describe_peers(
    numbers: PeerNumbers, peers: list[PeerLine], held: dict[str, int] | None, home: Home
) -> list[str]:
    if not peers:
        return [f"no peer yet: `{command(home, 'peer add CARD')}` enrols one"]
    rows = []
    for peer in _worst(peers):
        resume = command(home, f"resume {peer.name}")
        connection = connection_words(peer, _from(peer, held), resume)
        agreed = size(peer.message_size) if peer.message_size else "nothing yet"
        rows.append((peer.name, agreed, str(peer.ready), str(peer.in_flight), connection))
    lines = table(("PEER", "AGREED", "READY", "IN FLIGHT", "CONNECTION"), rows, cut=("CONNECTION",))
    if len(rows) == numbers.peers:
        return lines
    more = f"and {numbers.peers - len(rows)} more; `{command(home, 'peer ls')}` lists them"
    return [_peer_counts(numbers, held), *lines, more]


def _worst(peers: list[PeerLine]) -> list[PeerLine]:
    """Return the peers in the order in which they are shown: of many, those to look at first."""
    if len(peers) < _PEERS_LIMIT:
        return peers

    def badness(peer: PeerLine) -> tuple[int, int]:
        waits = peer.ready + peer.in_flight
        is_away = peer.handle < 0 and waits > 0
        return 2 * (peer.stalled_s is not None) + is_away + (peer.handle >= 0 < waits), waits

    return sorted(peers, key=badness, reverse=True)


def _peer_counts(numbers: PeerNumbers, held: dict[str, int] | None) -> str:
    """Return one line about all peers."""
    counts = {
        "connected": len(numbers.connected.union(held or ())),
        "with something that waits": numbers.awaited,
        "without an agreement": numbers.unmet,
        "paused": numbers.paused,
    }
    said = (f"{number} {words}" for words, number in counts.items() if number)
    return f"{numbers.peers} peers: {', '.join(said) or 'none of them has been met'}"


def _describe_refused(found: list[RefusedMessages], home: Home) -> list[str]:
    if not found:
        return []
    rows = [
        (
            f"  {refused.peer}",
            str(refused.messages),
            clock_time(refused.first_unix_s),
            clock_time(refused.last_unix_s),
            printable(refused_cause(refused)),
        )
        for refused in found
    ]
    return [
        "",
        "refused here",
        *table(("  PEER", "MESSAGES", "SINCE", "LAST", "WHY"), rows, cut=("WHY",)),
        f"  `{command(home, 'check')}` says what would let them in",
    ]


def _describe_left(found: list[LeftEntry], home: Home) -> list[str]:
    if not found:
        return []
    lines = [f"  {printable(line)}" for line in left_counts(found)]
    all_of_them = command(home, 'sql "SELECT * FROM left_in_drop"')
    return ["", "left in drop folders", *lines, f"  `{all_of_them}` lists all"]


def _describe_twins(found: list[Twin], told: list[Accuser], home: Home) -> list[str]:
    if not found and not told:
        return []
    words = [*map(accuser_words, told), *map(twin_words, found)]
    return ["", *map(printable, words), f"`{command(home, 'check')}` says what to do"]


def _describe_health(found: list[HealthRow], home: Home) -> list[str]:
    shown = [row for row in found if row.kind not in _SHOWN_ANYWAY]
    if not shown:
        return []
    rows = [
        (
            "  " + (wrong if row.severity == ERROR else doubtful)(row.severity),
            "" if row.waited_s is None else duration(row.waited_s),
            printable(row.words),
        )
        for row in shown[:_FINDINGS_LIMIT]
    ]
    lines = ["", "health", *table(("  LEVEL", "FOR", "WHAT"), rows, cut=("WHAT",))]
    if len(shown) > len(rows):
        lines.append(f"  and {len(shown) - len(rows)} more")
    return [*lines, f"  `{command(home, 'check')}` says what helps"]


def _describe_counts(found: list[Count]) -> list[str]:
    if not found:
        return ["no message yet"]
    lines = []
    for state, group in groupby(found, key=lambda count: count.state):
        each = list(group)
        total = sum(count.number for count in each)
        capped = "+" if each[0].is_capped else " "
        kinds = ", ".join(counted(count.number, type_words(count.type)) for count in each)
        lines.append(f"{total:>8}{capped} {state:4}  {state_words(state)}: {kinds}")
    return ["messages", *lines]


def _fields_of(waiting: Waiting, is_up: bool) -> dict[str, object]:
    """Return what `--json` shows of a message that is not finished."""
    case = waiting.case
    return {
        "job": case.job,
        "type": waiting.type,
        "name": case.name or "",
        "size_bytes": case.size_bytes,
        "source": case.source,
        "destination": case.destination,
        "state": case.state,
        "why": brief(case, is_up),
    }


def _describe_waiting(status: _Status, home: Home) -> list[str]:
    if not status.waiting:
        return []
    rows = [
        (
            f"  {case.job}",
            printable(case.name or f"({case.kind})"),
            size(case.size_bytes),
            f"{printable(case.source)} to {printable(case.destination)}",
            wrong(case.state) if case.state == State.D else case.state,
            printable(brief(case, status.is_up)),
        )
        for case in (each.case for each in status.waiting)
    ]
    heading = ("  JOB", "NAME", "SIZE", "FROM, TO", "STATE", "WHY")
    lines = ["", *table(heading, rows, cut=("NAME", "WHY"))]
    if status.total > len(status.waiting):
        lines.append(f"  and {status.total - len(status.waiting)} more")
    return [*lines, f"  `{command(home, 'why JOB')}` says more about one"]


def _describe_errors(errors: list[Complaint]) -> list[str]:
    if not errors:
        return []
    rows = [
        (
            time.strftime("  %Y-%m-%d %H:%M:%S", time.localtime(error.unix_s)),
            error.process,
            (wrong if error.level == "error" else doubtful)(error.level),
            printable(error.text),
        )
        for error in errors
    ]
    return ["", "last errors", *table(("  WHEN", "PROCESS", "LEVEL", "TEXT"), rows, cut=("TEXT",))]
