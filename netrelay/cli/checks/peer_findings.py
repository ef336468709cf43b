"""Checks of peers, routes and jobs, for `netrelay check`."""

from collections.abc import Iterator

from netrelay.cli.findings import Finding, ok, warn
from netrelay.cli.opening import command, command_there, reading, running
from netrelay.cli.queries.health import (
    PeerHealth,
    lacks_carry,
    peer_health,
    peer_names,
    undelivered_files,
    unhealthy_jobs,
)
from netrelay.cli.queries.identities import accusers, twins
from netrelay.cli.queries.log_lines import count_errors
from netrelay.cli.queries.refused_messages import refused_messages
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.text import counted, duration
from netrelay.cli.wording.advice import advice
from netrelay.cli.wording.delivery_advice import delivery_advice
from netrelay.cli.wording.refused_words import refused_advice, refused_cause, refused_count
from netrelay.cli.wording.twin_words import accuser_words, twin_advice, twin_words
from netrelay.link.connection_shares import CONNECTIONS_A_PEER, CONNECTIONS_IN_ALL
from netrelay.runtime.connection_holders import connection_holders
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

_DAY_S = 86400
_NAMED_HOLDERS = 5


def peer_findings(home: Home) -> Iterator[Finding]:
    """Check each peer, what it was refused, dead and stuck jobs, and the errors of the last day."""
    with reading(home) as database:
        own = own_node(database).name
        peers = peer_health(database)
        yield from _identities(database, own)
        if not peers:
            yield warn("peers", "there is none", f"`{command(home, 'peer add CARD')}` enrols one")
        for peer in peers:
            yield from _peer(database, home, own, peer)
        yield from _refused(database, home)
        yield from _connections(database, home)
        yield from _work(database, home)


def _identities(database: ReadOnlyDatabase, own: str) -> Iterator[Finding]:
    """Name the identities that two machines use, this node's own first."""
    for accuser in accusers(database):
        yield warn("identity", accuser_words(accuser), twin_advice(own))
    for twin in twins(database):
        yield warn("peers", twin_words(twin), twin_advice(twin.peer))


def _peer(database: ReadOnlyDatabase, home: Home, own: str, peer: PeerHealth) -> Iterator[Finding]:
    name = peer.peer
    troubles = [*_way(database, home, peer)]
    if not peer.may:
        troubles.append(
            warn(
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
    elif peer.calls and peer.connection != "open":
        troubles.append(
            warn(
                "peers",
                f"{name}: it cannot be dialled, and no call of it is open",
                f"it calls when it is up and connected; `{command_there('why')}` there says more",
            )
        )
    elif peer.call_reason is not None:
        troubles.append(
            warn(
                "peers",
                f"{name}: this node cannot be dialled, and its call is not open:"
                f" {peer.call_reason}",
                advice(peer.call_reason, name, own, home),
            )
        )
    elif peer.reason and (_is_missed(peer) or peer.agreed_bytes is None):
        troubles.append(
            warn(
                "peers", f"{name}: not reached: {peer.reason}", advice(peer.reason, name, own, home)
            )
        )
    yield from troubles or [ok("peers", f"{name}: {_standing(peer)}")]


def _way(database: ReadOnlyDatabase, home: Home, peer: PeerHealth) -> Iterator[Finding]:
    name = peer.peer
    if peer.route is None:
        owed = peer.receipts_due
        back = f", and {counted(owed, 'receipt')} for it wait" if owed else ""
        yield warn(
            "peers",
            f"{name}: there is no route to it{back}",
            f"`{command(home, f'peer route {name} --direct')}`, or --via NODE",
        )
    elif peer.route != "direct":
        yield from _carrier(database, home, name, peer.route)
    elif not (peer.addresses or peer.calls):
        yield warn(
            "peers",
            f"{name}: it has no address, so it has to dial this node",
            f"`{command(home, f'peer address {name} HOST')}` says where it is",
        )


def _is_missed(peer: PeerHealth) -> bool:
    """Return True if the connection has ended and something waits for another one."""
    return peer.connection == "failing" and peer.unsent > 0


def _standing(peer: PeerHealth) -> str:
    if peer.route != "direct":
        return f"by {peer.route}"
    return "connected" if peer.connection == "open" else "no connection is needed now"


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


def _connections(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Name the peers that hold as many data connections here as they may, or all of them."""
    if not running(home)["receiver"]:
        return
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


def _work(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    dead, stuck = unhealthy_jobs(database)
    if dead:
        yield warn(
            "jobs", f"{counted(dead, 'job')} died", f"`{command(home, 'jobs --dead')}` says why"
        )
    if stuck:
        yield warn(
            "jobs",
            f"{counted(stuck, 'job')} cannot get on",
            f"`{command(home, 'jobs --waiting')}`, `{command(home, 'why JOB')}`",
        )
    for files in undelivered_files(database):
        yield warn(
            "inbox",
            f"{counted(files.number, 'file')} of {files.source} cannot be put there for"
            f" {duration(files.oldest_s)}: {files.reason}",
            delivery_advice(files.trouble, f"inbox/{files.source}"),
        )
    if not dead and not stuck:
        yield ok("jobs", "none is dead, none is stuck")
    errors = count_errors(database, _DAY_S)
    if errors:
        yield warn(
            "logs",
            f"{counted(errors, 'error')} in the last day",
            f"`{command(home, 'logs --level error --since 1d')}`",
        )
