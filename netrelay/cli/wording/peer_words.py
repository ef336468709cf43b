"""The state of a peer, in words."""

from collections.abc import Sequence

from netrelay.cli.queries.budget_states import ClosedLine
from netrelay.cli.queries.identities import Twin
from netrelay.cli.queries.peer_state import PeerState
from netrelay.cli.queries.refused_messages import RefusedMessages
from netrelay.cli.text import clock_time, counted, duration, rate, size
from netrelay.cli.wording.advice import NEITHER, advice
from netrelay.cli.wording.explain import Situation
from netrelay.cli.wording.line_words import closed_words, more_budget
from netrelay.cli.wording.refused_words import refused_advice, refused_cause, refused_count
from netrelay.cli.wording.stand_in_words import (
    awaited_words,
    stand_in_words,
    takeover_words,
)
from netrelay.cli.wording.twin_words import twin_advice, twin_words
from netrelay.core.printable import printable


def peer_paragraph(
    peer: PeerState,
    refused: Sequence[RefusedMessages],
    situation: Situation,
    twin: Twin | None = None,
) -> str:
    """Return a peer's state as a paragraph: connection, jobs, what it was refused, and advice.

    twin: two machines use its identity.
    """
    sentences = [
        _standing(peer, situation),
        *_failing(peer, situation),
        *_next_hops(peer),
        *_call(peer, situation),
        _waiting(peer, situation),
        *_undelivered(peer, situation),
    ]
    if twin is not None:
        sentences.insert(0, f"{_capital(twin_words(twin))}: {twin_advice(twin.peer)}.")
    if peer.limit_bytes_per_s is not None:
        lift = situation.typed(f"limit {peer.peer} off")
        sentences.append(
            f"It is sent to at {rate(peer.limit_bytes_per_s)} at most; {lift} lifts that."
        )
    sentences += _lines(peer, situation)
    if peer.is_next_hop_for:
        sentences.append(f"It also carries what is for {peer.is_next_hop_for}.")
    sentences += [_refused(each, situation) for each in refused]
    if not peer.may:
        allow = situation.typed(f"peer allow {peer.peer} deliver")
        sentences.append(f"It may put nothing into this inbox: {allow} lets it.")
    if not situation.is_up:
        sentences.append(
            f"This node is down, so nothing moves at all: {situation.typed('up')} starts it."
        )
    return printable(" ".join(sentences))


def _lines(peer: PeerState, situation: Situation) -> list[str]:
    """Return what is used of a budget, and why data waits for its line."""
    sentences = []
    if peer.closed_cause is not None:
        line = ClosedLine(peer.closed_cause, str(peer.closed_reason), peer.closed_until_unix_s)
        sentences.append(f"Data for it waits: {closed_words(line)}.")
    if peer.budget_bytes is not None:
        period = str(peer.budget_period)
        more = situation.typed(more_budget(peer.peer, peer.budget_bytes, period))
        sentences.append(
            f"Its budget is {size(peer.budget_bytes)} a {period}, of which"
            f" {size(peer.budget_used_bytes or 0)} are used; {more} raises it."
        )
    return sentences


def _standing(peer: PeerState, situation: Situation) -> str:
    name = peer.peer
    if peer.paused_s is not None:
        return (
            f"{name} is paused for {duration(peer.paused_s)}: nothing is sent to it until"
            f" {situation.typed(f'resume {name}')}."
        )
    if peer.route is None:
        return (
            f"There is no route to {name}: {situation.typed(f'peer route {name} --direct')} (or"
            " `--via NODE`) makes one."
        )
    if peer.stand_in is not None:
        hop = peer.stand_in.hop
        more = f" {situation.typed(f'why {hop}')} says more." if hop else ""
        return f"What is for {name} {stand_in_words(peer.stand_in)}.{more}"
    if peer.route != "direct":
        why = situation.typed(f"why {peer.route}")
        return f"What is for {name} goes by {peer.route}: {why} says more."
    if peer.connection == "open" and situation.is_up:
        at = f" at {peer.last_address}" if peer.last_address else ""
        if peer.stalled_s is not None:
            return (
                f"{name} is connected{at}, and nothing of what is sent there arrives for"
                f" {duration(peer.stalled_s)}: {peer.stall_reason}."
            )
        at += f", and beside it at {peer.beside}" if peer.beside else ""
        return f"{name} is connected{at}; at once it takes up to {size(peer.agreed_bytes or 0)}."
    if peer.stalled_s is not None and situation.is_up:
        at = f" at {peer.last_address}" if peer.last_address else ""
        waited = duration(peer.stalled_s)
        return f"{name} is reached{at}, and does not answer for {waited}: {peer.stall_reason}."
    if peer.one_way == "neither":
        found = advice(NEITHER, name, situation.own, situation.home)
        return f"{name} said that nobody can dial it, and it cannot dial this node: {found}."
    if peer.calls:
        ended = (
            "it has not called yet"
            if peer.down_s is None
            else f"its last call ended {duration(peer.down_s)} ago"
        )
        return (
            f"{name} said that nobody can dial it. It calls this node by itself when it is up and"
            f" connected; {ended}."
        )
    if peer.one_way == "no-reply":
        waited = duration(peer.one_way_s or 0)
        return f"{name} hears this node and cannot dial it; its reply does not come for {waited}."
    if peer.one_way == "reply":
        return f"{name} calls this node, which cannot reply for {duration(peer.one_way_s or 0)}."
    if peer.agreed_bytes is None:
        if not peer.hello_failures:
            needed = "is greeted" if peer.awaited_for else "was not needed yet"
            return f"{name} {needed}: nothing is agreed with it."
        times = _times(peer.hello_failures)
        return f"{name} was greeted {times} in vain: nothing is agreed with it yet."
    if _is_needless(peer):
        return (
            f"No connection to {name} is open, and none is needed; the last one ended"
            f" {duration(peer.down_s or 0)} ago: {peer.reason or 'no reason was noted'}."
        )
    if peer.failures:
        return f"{name} cannot be reached for {duration(peer.down_s or 0)}."
    is_needless = not (peer.unsent or peer.waiting or peer.awaited_for)
    needed = ", since none is needed" if is_needless else ""
    return f"{name} is known and agreed with; no connection is open{needed}."


def _is_needless(peer: PeerState) -> bool:
    """Return True if a connection has ended and nothing waits for another one."""
    is_down = peer.connection == "failing" and peer.agreed_bytes is not None
    is_waited_for = peer.unsent or peer.waiting or peer.awaited_for
    return not peer.one_way and is_down and not is_waited_for


def _next_hops(peer: PeerState) -> list[str]:
    """Return what follows from the list of next hops that it is in, or has."""
    found = []
    if peer.awaited_for and peer.connection != "open" and peer.paused_s is None:
        found.append(f"{_capital(awaited_words(peer.peer, peer.awaited_for))}.")
    if peer.takeover is not None:
        found.append(takeover_words(peer.peer, peer.takeover))
    return found


def _failing(peer: PeerState, situation: Situation) -> list[str]:
    if _is_needless(peer) or peer.calls:
        return []
    failures = peer.failures if peer.agreed_bytes is not None else peer.hello_failures
    if not peer.reason or not (failures or peer.one_way) or peer.paused_s is not None:
        return []
    sentences = [f"The last error{_dialled(peer)} was: {peer.reason}."]
    found = advice(peer.reason, peer.peer, situation.own, situation.home)
    if found:
        sentences.append(f"That means: {found}.")
    if peer.agreed_bytes is None and not peer.one_way:
        sentences += situation.way_around(peer.peer)
    if situation.is_up and peer.next_try_in_s is not None:
        ahead = f"in {duration(peer.next_try_in_s)}" if peer.next_try_in_s > 0 else "now"
        sentences.append(f"It is tried again {ahead}.")
    return sentences


def _call(peer: PeerState, situation: Situation) -> list[str]:
    """Return what becomes of the call to a peer that cannot dial this node."""
    if peer.call is None:
        return []
    if peer.cannot_dial_s is None:
        because = "This node cannot be dialled, so it calls"
    else:
        because = (
            f"{_capital(peer.peer)} cannot dial this node, as was found out"
            f" {duration(peer.cannot_dial_s)} ago, so this node calls"
        )
    every = "" if peer.call_every_s is None else f" every {duration(peer.call_every_s)}"
    because += f" {peer.peer}{every}"
    if peer.call == "open" and situation.is_up:
        return [f"{because} to receive; the call is open."]
    if peer.call == "resting":
        return [
            f"{because} to receive, and when it sends something there, and hangs up when nothing is"
            f" left; the next call is at {clock_time(peer.call_next_unix_s)}."
        ]
    if peer.call_reason is None:
        return [f"{because} to receive; the call is not open yet."]
    found = advice(peer.call_reason, peer.peer, situation.own, situation.home)
    return [
        f"{because}; the call is not open, so nothing comes from there: {peer.call_reason}.",
        *([f"That means: {found}."] if found else []),
    ]


def _dialled(peer: PeerState) -> str:
    """Return where the data connection failed, if the reason does not say it."""
    address = peer.last_address or ""
    if peer.agreed_bytes is None or peer.one_way or address in (peer.reason or ""):
        return ""
    return f", at {address},"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _refused(refused: RefusedMessages, situation: Situation) -> str:
    count, advice_ = refused_count(refused), refused_advice(refused, situation.typed)
    return f"Of what it brings, {count}: {refused_cause(refused)}; {advice_}."


def _waiting(peer: PeerState, situation: Situation) -> str:
    if not peer.waiting:
        return "Nothing waits for it."
    jobs = counted(peer.waiting, "job")
    verb = "waits" if peer.waiting == 1 else "wait"
    listed = situation.typed(f"jobs --to {peer.peer}")
    return f"{jobs} ({size(peer.waiting_bytes)}) {verb} for it: {listed}."


def _undelivered(peer: PeerState, situation: Situation) -> list[str]:
    if not peer.undelivered:
        return []
    files = counted(peer.undelivered, "file")
    listed = situation.typed(f"jobs --waiting --from {peer.peer}")
    return [f"{files} from it cannot be put into the inbox for now: {listed} says why."]
