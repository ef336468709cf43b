"""Checks of peers, routes and jobs, for `netrelay check`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.addresses import own_hosts, places_of
from netrelay.cli.checks.group_findings import group_findings
from netrelay.cli.checks.health_findings import health_findings
from netrelay.cli.checks.overseer_findings import overseer_findings
from netrelay.cli.findings import Finding, Level, fail, ok, warn
from netrelay.cli.opening import command, command_there, keeps_connections
from netrelay.cli.queries.group_states import is_group
from netrelay.cli.queries.health import (
    PeerHealth,
    lacks_carry,
    peer_health,
    peer_names,
    undelivered_files,
    unfinished_jobs,
    unread_files,
)
from netrelay.cli.queries.identities import accusers, twins
from netrelay.cli.queries.left_entries import left_entries
from netrelay.cli.queries.refused_messages import refused_messages
from netrelay.cli.queries.stand_ins import StandIn, awaited, stand_ins, takeover
from netrelay.cli.queries.this_node import only_dials, own_commsport, own_node
from netrelay.cli.systemd.units import known_running
from netrelay.cli.text import counted, duration
from netrelay.cli.wording.advice import advice
from netrelay.cli.wording.delivery_advice import delivery_advice, is_of_store
from netrelay.cli.wording.left_words import left_counts
from netrelay.cli.wording.refused_words import refused_advice, refused_cause, refused_count
from netrelay.cli.wording.stand_in_words import awaited_words, stand_in_words, takeover_words
from netrelay.cli.wording.twin_words import accuser_words, twin_advice, twin_words
from netrelay.link.connection_shares import CONNECTIONS_A_PEER, CONNECTIONS_IN_ALL
from netrelay.runtime.config import Config, load
from netrelay.runtime.connection_holders import connection_holders
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.health_rows import health
from netrelay.store.old_folders import (
    DROP,
    FAILED_JOBS,
    INBOX,
    SENT,
    folder_names,
    old_folders,
)

_NAMED_HOLDERS = 5
# Kinds of `health` whose subject is a peer that is not there, or not as it should be.
_MISSED = frozenset(
    {
        *("call-failing", "no-agreement", "no-call", "no-connection", "no-reply", "one-way"),
        *("pieces-wait", "silent", "stalled", "unanswered-hello"),
    }
)


def peer_findings(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Check each peer, what it was refused, and what else the view `health` has."""
    alive = known_running(home, {})
    own = own_node(database).name
    rows = health(database)
    missed = {row.subject for row in rows if row.kind in _MISSED}
    stood_for = {row.subject for row in rows if row.kind == "stand-in"}
    peers = [_as_it_is(peer, alive) for peer in peer_health(database)]
    yield from _identities(database, own)
    config = load(home.config)
    yield from overseer_findings(database, home, own, config.overseer)
    yield from group_findings(database, home)
    if not peers:
        yield warn("peers", "there is none", f"`{command(home, 'peer add CARD')}` enrols one")
    # For all peers at once: for each one it takes longer the more there are.
    found, waits = stand_ins(database), awaited(database)
    here = _here(database, own)
    for peer in peers:
        name = peer.peer
        stands_in = warn if name in stood_for else _as_usual
        way = [*_way(database, home, here, peer, found.get(name), stands_in)]
        yield from _peer(database, home, here, peer, way, name in missed, waits.get(name, []))
    yield from _folder_values(config, {peer.peer for peer in peers})
    yield from _refused(database, home)
    yield from _left(database, home)
    if alive is not None and alive["receiver"]:
        yield from _connections(database, home)
    yield from _old_folders(database, home)
    yield from _files_in_the_way(database, home)
    is_up = alive is None or any(alive.values())
    yield from _work(database, home, is_up)
    yield from health_findings(rows, home, is_up)


class _Here(NamedTuple):
    """This node: its name, where it listens for hellos, and whether it can be dialled by all."""

    name: str
    hosts: tuple[str, ...]
    commsport: int
    only_dials: bool


def _here(database: ReadOnlyDatabase, name: str) -> _Here:
    listening, commsport = own_commsport(database)
    return _Here(name, own_hosts(listening), commsport, only_dials(database))


def _as_it_is(peer: PeerHealth, alive: dict[str, bool] | None) -> PeerHealth:
    """Return a peer without a connection that is only stored; None: it is not known who runs."""
    if peer.connection != "open" or alive is None or keeps_connections(alive):
        return peer
    return peer._replace(connection="none", stalled_s=None)


def _folder_values(config: Config, known: set[str]) -> Iterator[Finding]:
    """Name the folders with a value of their own that are no peer's, such as a name with a slip."""
    allowed = ", ".join(sorted(known)) or "none yet"
    tables = {
        "folder_settle_s": config.folder_settle_s.keys(),
        "folder_compress": config.folder_compress.keys(),
    }
    for key, names in tables.items():
        for name in sorted(names - known):
            yield warn("config", f"files.{key} names {name}, which is no peer: {allowed}")


def _files_in_the_way(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name the files that lie where the folder of a peer should be."""
    for parent in (DROP, INBOX, SENT, FAILED_JOBS):
        there = _no_folders(home.path / parent)
        for name in sorted(there & set(folder_names(database, parent).values()) if there else ()):
            place = home.path / parent / name
            # A link is another finding.
            if os.path.lexists(place) and not place.is_symlink() and not place.is_dir():
                yield fail(
                    "folders",
                    f"{place} is a file, where the folder of {name} should be",
                    "move it elsewhere: then the node makes the folder",
                )


def _no_folders(parent: Path) -> set[str]:
    """Return the names of what is no folder there: one listing, however many peers there are."""
    try:
        with os.scandir(parent) as entries:
            return {entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)}
    except OSError:
        return set()


def _identities(database: ReadOnlyDatabase, own: str) -> Iterator[Finding]:
    """Name the identities that two machines use, this node's own first."""
    for accuser in accusers(database):
        yield warn("identity", accuser_words(accuser), twin_advice(own))
    for twin in twins(database):
        yield warn("peers", twin_words(twin), twin_advice(twin.peer))


def _peer(
    database: ReadOnlyDatabase,
    home: Home,
    here: _Here,
    peer: PeerHealth,
    troubles: list[Finding],
    is_missed_long: bool,
    awaited_by: list[str],
) -> Iterator[Finding]:
    """Check one peer; troubles: of its way. is_missed_long: it is away for longer than usual.

    awaited_by: the peers for which another next hop stands in for it.
    """
    name, own = peer.peer, here.name
    finding = warn if is_missed_long else _as_usual
    way_around = (
        f"; this node can only dial: if nobody can dial {name} either,"
        f" `{command(home, f'peer route {name} --via NODE')}`"
        if here.only_dials
        else ""
    )
    if not peer.may and not is_group(database, name):
        # Usual for a node that only sends; what it refuses is a finding of its own.
        troubles.append(
            Finding(
                Level.OK,
                "peers",
                f"{name}: it may do nothing here",
                f"`{command(home, f'peer allow {name} deliver')}` lets it deliver",
            )
        )
    if peer.paused_since_at is not None:
        resume = command(home, f"resume {name}")
        troubles.append(
            warn("peers", f"{name}: paused since {peer.paused_since_at}", f"`{resume}`")
        )
    elif peer.calls and peer.connection != "open" and peer.one_way != "neither":
        ended = "" if peer.down_s is None else f"; its last call ended {duration(peer.down_s)} ago"
        troubles.append(
            finding(
                "peers",
                f"{name}: it cannot be dialled, and no call of it is open{ended}",
                f"it calls by itself when it is up and connected; `{command_there('why')}` there"
                " says more",
            )
        )
    elif peer.stalled_s is not None:
        troubles.append(
            finding(
                "peers",
                f"{name}: nothing of what is sent there arrives for {duration(peer.stalled_s)}:"
                f" {peer.stall_reason}",
                f"`{command(home, f'peer ping {name}')}` tries its line now",
            )
        )
    elif peer.call_reason is not None:
        troubles.append(
            finding(
                "peers",
                f"{name}: it cannot dial this node, whose call to it is not open:"
                f" {peer.call_reason}",
                advice(peer.call_reason, name, own, home),
            )
        )
    elif peer.reason and (
        _is_missed(peer, awaited_by) or peer.agreed_bytes is None or peer.one_way
    ):
        way = "" if peer.agreed_bytes or peer.one_way else way_around
        why = f"; {awaited_words(name, awaited_by)}" if awaited_by else ""
        troubles.append(
            finding("peers", f"{_trouble(peer)}{why}", advice(peer.reason, name, own, home) + way)
        )
    yield from troubles or [ok("peers", f"{name}: {_standing(database, peer, awaited_by)}")]


def _as_usual(subject: str, text: str, what_to_do: str = "") -> Finding:
    """Return a finding about a peer that is not there, and not yet for longer than usual."""
    return Finding(Level.OK, subject, f"{text}; not yet for longer than usual", what_to_do)


def _trouble(peer: PeerHealth) -> str:
    words = {
        None: "not reached",
        "no-reply": "it cannot reach this node",
        "neither": "not reached",
        "reply": "it calls, and this node cannot reply",
        "receipts": "not reached for receipts",
    }[peer.one_way]
    since = "" if peer.down_s is None else f" for {duration(peer.down_s)}"
    return f"{peer.peer}: {words}{since}: {peer.reason}"


def _way(
    database: ReadOnlyDatabase,
    home: Home,
    here: _Here,
    peer: PeerHealth,
    found: StandIn | None,
    stands_in: Callable[..., Finding],
) -> Iterator[Finding]:
    """Check the next hops of a peer; found: what stands in; stands_in: makes the finding of it."""
    name = peer.peer
    if peer.route is None:
        owed = peer.receipts_due
        back = f", and {counted(owed, 'receipt')} for it wait" if owed else ""
        yield warn(
            "peers",
            f"{name}: there is no route to it{back}",
            f"`{command(home, f'peer route {name} --direct')}`, or --via NODE",
        )
        return
    if found is not None and found.reason is not None:
        ping = command(home, f"peer ping {found.instead_of}")
        yield stands_in(
            "peers",
            f"{name}: what is for it {stand_in_words(found)}",
            f"it is taken back by itself; `{ping}` tries it now",
        )
    if peer.route != "direct":
        yield from _carrier(database, home, name, str(peer.route))
    elif own := _own_places(here, peer):
        yield warn(
            "peers",
            f"{name}: at {', '.join(own)} port {peer.commsport} this node listens itself",
            f"`{command(home, f'peer address {name} HOST:PORT')}` says where {name} is",
        )
    elif not (peer.addresses or peer.calls):
        yield warn(
            "peers",
            f"{name}: it has no address, so it has to dial this node",
            f"`{command(home, f'peer address {name} HOST:PORT')}` says where it is",
        )


def _own_places(here: _Here, peer: PeerHealth) -> list[str]:
    """Return the addresses of a peer at which this node listens itself."""
    if peer.commsport != here.commsport or not peer.addresses:
        return []
    return places_of(here.hosts, (peer.addresses or "").split())


def _is_missed(peer: PeerHealth, awaited_by: list[str]) -> bool:
    """Return True if the connection has ended and something waits for another one."""
    return peer.connection == "failing" and (peer.unsent > 0 or bool(awaited_by))


def _standing(database: ReadOnlyDatabase, peer: PeerHealth, awaited_by: list[str]) -> str:
    if peer.route != "direct":
        found = takeover(database, peer.peer)
        next_hop = "" if found is None else f"; {_sentence_part(takeover_words(peer.peer, found))}"
        return f"by {peer.route}{next_hop}"
    call = ""
    if peer.call in ("open", "resting"):
        now = "" if peer.call == "open" else " now and then"
        call = f"; it cannot dial this node, which calls it{now}"
    if peer.connection == "open":
        return f"connected{call}"
    if call and not peer.unsent:
        return call.removeprefix("; ")
    if awaited_by and not peer.unsent:
        return f"not connected; {awaited_words(peer.peer, awaited_by)}"
    waits = counted(peer.unsent, "message")
    return f"not connected, {waits} to send" if peer.unsent else "no connection is needed now"


def _sentence_part(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def _carrier(database: ReadOnlyDatabase, home: Home, name: str, carrier: str) -> Iterator[Finding]:
    """Check that files of a peer may come by the relay for it; its receipts need no right."""
    if lacks_carry(database, name):
        yield warn(
            "peers",
            f"{name}: its files come by {carrier}, who may not bring them",
            f"`{command(home, f'peer allow {carrier} carry {name}')}`",
        )


def _refused(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name what peers were refused here in the last week."""

    def typed(words: str) -> str:
        return f"`{command(home, words)}`"

    for refused in refused_messages(database):
        yield warn(
            "refused",
            f"{refused.peer}: {refused_count(refused)}: {refused_cause(refused)}",
            refused_advice(refused, typed),
        )


def _left(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name what lies in the drop folders for an hour and is not sent."""
    all_of_them = command(home, 'sql "SELECT * FROM left_in_drop"')
    for text in left_counts(left_entries(database)):
        yield warn("drop", text, f"`{all_of_them}` lists all; move away what is not to be sent")


def _connections(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name the peers that hold as many data connections here as they may, or all of them."""
    held = connection_holders(home.runtime)
    names = peer_names(database)
    most = sorted(held.items(), key=lambda each: -each[1])
    shown = [f"{names.get(node, node)} {number}" for node, number in most]
    if sum(held.values()) >= CONNECTIONS_IN_ALL:
        text = f"all {CONNECTIONS_IN_ALL} are taken: {', '.join(shown[:_NAMED_HOLDERS])}"
        yield warn(
            "receiver",
            text,
            f"one that is idle makes room; `{command(home, 'logs')}` says who waits",
        )
        return
    for node, number in most:
        if number >= CONNECTIONS_A_PEER:
            name = names.get(node, node)
            yield warn(
                "receiver",
                f"{name} holds {number} connections here, the most that a peer may have",
                "it needs one: others are of before a restart, or it opens too many",
            )


def _old_folders(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name the folders that still have an old name of a renamed peer."""
    for folder in old_folders(database, (DROP, INBOX, SENT, FAILED_JOBS)):
        text = f"{folder.parent}/{folder.name} is of {folder.new_name} and has its old name still"
        why = (
            f"a process renames it while the node is up: `{command(home, 'logs')}` says what fails"
        )
        yield warn("folders", text, why)


def _work(database: ReadOnlyDatabase, home: Home, is_up: bool) -> Iterator[Finding]:
    """Name jobs of a node that is down, and files that a disk keeps from being read or stored."""
    held = 0 if is_up else unfinished_jobs(database)
    if held:
        yield fail(
            "jobs",
            f"{counted(held, 'job')} cannot get on: this node is down",
            f"`{command(home, 'jobs --waiting')}`",
        )
    for unread in unread_files(database):
        yield warn(
            "files",
            f"{counted(unread.number, 'file')} for {unread.destination} cannot be read, and waits"
            f" for {duration(unread.oldest_s)}: {unread.reason}",
            f"bring the disk back, and it goes by itself; `{command(home, f'cancel {unread.job}')}`"
            " takes a job back",
        )
    for files in undelivered_files(database):
        subject = "land" if is_of_store(files.trouble) else "inbox"
        yield warn(
            subject,
            f"{counted(files.number, 'file')} of {files.source} cannot be put there for"
            f" {duration(files.oldest_s)}: {files.reason}",
            delivery_advice(files.trouble, f"inbox/{files.source}"),
        )
