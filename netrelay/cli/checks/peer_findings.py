"""What `netrelay check` finds out about peers, routes and what is stuck."""

from collections.abc import Iterator

from netrelay.cli.findings import Finding, ok, warn
from netrelay.cli.opening import command, reading
from netrelay.cli.text import counted
from netrelay.cli.wording.advice import advice
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

_DAY_S = 86400


def peer_findings(home: Home) -> Iterator[Finding]:
    """Look at each peer, at the way back to it, at jobs that died and at yesterday's errors."""
    with reading(home) as database:
        own = str(database.value("SELECT name FROM selfinfo"))
        rows = database.rows(
            "SELECT peer, route, may, connection, reason, paused_since_at, agreed_bytes,"
            " addresses, (SELECT count(*) FROM receipts_due d WHERE d.addressee = o.node)"
            " FROM peer_overview o ORDER BY peer"
        )
        if not rows:
            yield warn("peers", "there is none", f"`{command(home, 'peer add CARD')}` enrols one")
        for row in rows:
            yield from _peer(home, own, *row)
        yield from _work(database, home)


def _peer(home: Home, own: str, *row: object) -> Iterator[Finding]:
    peer, route, may, connection, reason, paused, agreed, addresses, owed = row
    name = str(peer)
    troubles = []
    if route is None:
        back = f", and {counted(int(str(owed)), 'receipt')} for it wait" if owed else ""
        troubles.append(
            warn(
                "peers",
                f"{name}: there is no route to it{back}",
                f"`{command(home, f'peer route {name} --direct')}`, or --via NODE",
            )
        )
    elif route != "direct":
        troubles += _carrier(home, name, str(route))
    elif not addresses:
        troubles.append(
            warn(
                "peers",
                f"{name}: it has no address, so it has to dial this node",
                f"`{command(home, f'peer address {name} HOST')}` says where it is",
            )
        )
    if not may:
        troubles.append(
            warn(
                "peers",
                f"{name}: it may do nothing here",
                f"`{command(home, f'peer allow {name} deliver')}` lets it deliver",
            )
        )
    if paused is not None:
        resume = command(home, f"resume {name}")
        troubles.append(warn("peers", f"{name}: paused since {paused!s}", f"`{resume}`"))
    elif reason and (connection == "failing" or agreed is None):
        troubles.append(
            warn("peers", f"{name}: not reached: {reason!s}", advice(str(reason), name, own))
        )
    yield from troubles or [ok("peers", f"{name}: {_standing(connection, route)}")]


def _standing(connection: object, route: object) -> str:
    if route != "direct":
        return f"by {route!s}"
    return "connected" if connection == "open" else "no connection is needed now"


def _carrier(home: Home, name: str, carrier: str) -> Iterator[Finding]:
    """The way we send is the way receipts come; files of it need a right of the carrier."""
    with reading(home) as database:
        may_carry = database.value(
            "SELECT 1 FROM rights r JOIN peers c ON c.node = r.peer JOIN peers p"
            " ON p.node = r.subject WHERE c.name = ? AND p.name = ? AND r.verb = 'carry'",
            (carrier, name),
        )
        may_deliver = database.value(
            "SELECT 1 FROM rights r JOIN peers p ON p.node = r.peer"
            " WHERE p.name = ? AND r.verb = 'deliver'",
            (name,),
        )
    if may_deliver and not may_carry:
        yield warn(
            "peers",
            f"{name}: its files come by {carrier}, who may not bring them",
            f"`{command(home, f'peer allow {carrier} carry {name}')}`",
        )


def _work(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    dead = int(str(database.value("SELECT count(*) FROM stuck WHERE state = 'D'")))
    stuck = int(str(database.value("SELECT count(*) FROM stuck WHERE state <> 'D'")))
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
    if not dead and not stuck:
        yield ok("jobs", "none is dead, none is stuck")
    errors = int(
        str(
            database.value(
                "SELECT count(*) FROM logs"
                " WHERE level = 'error' AND unix_s > (julianday('now') - 2440587.5) * 86400 - ?",
                (_DAY_S,),
            )
        )
    )
    if errors:
        yield warn(
            "logs",
            f"{counted(errors, 'error')} in the last day",
            f"`{command(home, 'logs --level error --since 1d')}`",
        )
