"""The first page: is all well, the peers, what moves and waits, what came."""

from urllib.parse import quote

from netrelay.cli.checks.database_troubles import database_troubles, trouble_words
from netrelay.cli.opening import command, keeps_connections
from netrelay.cli.page.frame import document, part, state_card
from netrelay.cli.page.inbox_page import arrival_lines
from netrelay.cli.page.job_lines import job_lines
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element, prose
from netrelay.cli.queries.arrived import WantedArrivals, arrived
from netrelay.cli.queries.cases import cases, newest_finished_jobs
from netrelay.cli.queries.known_peers import count_peers
from netrelay.cli.queries.last_heard import last_heard_s
from netrelay.cli.queries.overview import PeerLine, peer_lines, waiting, waiting_nodes
from netrelay.cli.text import counted, duration, size
from netrelay.cli.wording.connection_words import connection_words, without_connection
from netrelay.cli.wording.job_estimates import with_estimates
from netrelay.store.health_rows import ERROR, HealthRow, health

_FINDINGS = 20
_PEERS = 50
_FINISHED = 8
_ARRIVED = 8


def now_page(look: PageLook) -> str:
    """Return the page."""
    rows = health(look.database)
    return document(
        look.frame,
        "Now",
        _state(look, rows),
        _findings(rows),
        _unfinished(look),
        _peers(look),
        _finished(look),
        _inbox(look),
    )


def _state(look: PageLook, rows: list[HealthRow]) -> Markup:
    troubles = trouble_words(database_troubles(look.home), look.home)
    errors = sum(row.severity == ERROR for row in rows) + len(troubles)
    warnings = sum(row.severity != ERROR for row in rows)
    said = [element("p", prose(f"{words[0].upper()}{words[1:]}.")) for words in troubles]
    said.append(element("p", prose(_running(look)), class_="soft"))
    down = not look.is_up
    if errors or down:
        heading = "This node is down" if down else counted(errors, "error")
        more = f", {counted(warnings, 'warning')}" if warnings and not down else ""
        return state_card("error", f"{heading}{more}", *said)
    if warnings:
        return state_card("warning", counted(warnings, "warning"), *said)
    return state_card("ok", "All is well", *said)


def _running(look: PageLook) -> str:
    if look.alive is None:
        return "Which processes run is not known: this user may not see it."
    missing = [process for process, listens in look.alive.items() if not listens]
    if not missing:
        return "All eight processes run."
    if len(missing) == len(look.alive):
        return f"`{command(look.home, 'up')}` starts it, or systemd does."
    return f"{', '.join(missing)} {'does' if len(missing) == 1 else 'do'} not run."


def _findings(rows: list[HealthRow]) -> Markup | None:
    if not rows:
        return None
    lines = [
        element(
            "li",
            element("span", row.severity, class_=f"label {row.severity}"),
            element("span", row.words),
            None
            if row.waited_s is None
            else element("span", f" for {duration(row.waited_s)}", class_="soft"),
            element("p", prose(row.help), class_="soft") if row.help else None,
        )
        for row in rows[:_FINDINGS]
    ]
    return part("Health", element("ul", *lines), _more(len(rows) - _FINDINGS))


def _unfinished(look: PageLook) -> Markup:
    first, total = waiting(look.database)
    if not first:
        return part("Moving and waiting", element("p", "Nothing waits.", class_="soft"))
    found = with_estimates(look.database, [each.case for each in first])
    more = total - len(first)
    return part(
        "Moving and waiting",
        job_lines(found, look.is_up),
        element("p", element("a", f"and {more:,} more", href="/jobs?show=waiting"))
        if more > 0
        else None,
    )


def _peers(look: PageLook) -> Markup:
    peers = peer_lines(look.database, waiting_nodes(look.database, _PEERS))
    if not peers:
        add = command(look.home, "peer add CARD")
        return part(
            "Peers", element("p", prose(f"No peer yet: `{add}` enrols one."), class_="soft")
        )
    if not keeps_connections(look.alive):
        peers = [without_connection(peer, look.alive) for peer in peers]
    silent_s = last_heard_s(look.database)
    lines = [_peer(look, peer, silent_s.get(peer.node)) for peer in peers]
    return part("Peers", element("ul", *lines), _more(count_peers(look.database) - len(peers)))


def _peer(look: PageLook, peer: PeerLine, silent_s: float | None) -> Markup:
    level, word = ("ok", "connected") if peer.handle >= 0 else ("plain", "not connected")
    if peer.is_paused:
        level, word = "warning", "paused"
    agreed = "no agreement yet"
    if peer.message_size:
        agreed = f"messages of {size(peer.message_size)} agreed"
    heard = "never heard" if silent_s is None else f"heard {duration(silent_s)} ago"
    if peer.handle >= 0:
        heard = f"{peer.ready} ready, {peer.in_flight} in flight"
    resume = command(look.home, f"resume {peer.name}")
    return element(
        "li",
        element(
            "div",
            element("a", peer.name, href=f"/peers/{quote(peer.name)}"),
            element("span", word, class_=f"label {level}"),
            class_="row",
        ),
        element(
            "div",
            element("span", prose(connection_words(peer, None, resume))),
            element("span", f"{agreed}; {heard}", class_="soft"),
            class_="row",
        ),
    )


def _finished(look: PageLook) -> Markup | None:
    found = cases(look.database, newest_finished_jobs(look.database, _FINISHED))
    if not found:
        return None
    return part(
        "Done",
        job_lines(found, look.is_up),
        element("p", element("a", "All jobs", href="/jobs")),
    )


def _inbox(look: PageLook) -> Markup | None:
    found = arrived(look.database, WantedArrivals(_ARRIVED))
    if not found:
        return None
    return part(
        "Inbox", arrival_lines(found, look.home), element("p", element("a", "More", href="/inbox"))
    )


def _more(number: int) -> Markup | None:
    return element("p", f"and {number:,} more", class_="soft") if number > 0 else None
