"""The state of a peer, in words."""

from netrelay.cli.queries.identities import Twin
from netrelay.cli.queries.peer_state import PeerState
from netrelay.cli.text import counted, duration, rate, size
from netrelay.cli.wording.advice import advice
from netrelay.cli.wording.explain import Situation
from netrelay.cli.wording.twin_words import twin_advice, twin_words
from netrelay.core.printable import printable


def peer_paragraph(peer: PeerState, situation: Situation, twin: Twin | None = None) -> str:
    """Return the state of a peer as a paragraph: connection, jobs that wait, and advice.

    twin: two machines use its identity.
    """
    sentences = [_standing(peer, situation), *_failing(peer, situation), _waiting(peer)]
    if twin is not None:
        sentences.insert(0, f"{_capital(twin_words(twin))}: {twin_advice(twin.peer)}.")
    if peer.limit_bytes_per_s is not None:
        lift = situation.typed(f"limit {peer.peer} none")
        sentences.append(
            f"It is sent to at {rate(peer.limit_bytes_per_s)} at most; {lift} lifts that."
        )
    if peer.is_next_hop_for:
        sentences.append(f"It also carries what is for {peer.is_next_hop_for}.")
    if not peer.may:
        allow = situation.typed(f"peer allow {peer.peer} deliver")
        sentences.append(f"It may put nothing into this inbox: {allow} lets it.")
    if not situation.is_up:
        sentences.append(
            f"This node is down, so nothing moves at all: {situation.typed('up')} starts it."
        )
    return printable(" ".join(sentences))


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
    if peer.route != "direct":
        return f"What is for {name} goes by {peer.route}: `netrelay why {peer.route}` says more."
    if peer.connection == "open" and situation.is_up:
        return f"{name} is connected; at once it takes up to {size(peer.agreed_bytes or 0)}."
    if peer.agreed_bytes is None:
        if not peer.hello_failures:
            return f"{name} was not needed yet: nothing is agreed with it."
        times = _times(peer.hello_failures)
        return f"{name} was greeted {times} in vain: nothing is agreed with it yet."
    if peer.failures:
        return f"{name} cannot be reached for {duration(peer.down_s or 0)}."
    return f"{name} is known and agreed with; no connection is open, since none is needed."


def _failing(peer: PeerState, situation: Situation) -> list[str]:
    failures = peer.failures if peer.agreed_bytes is not None else peer.hello_failures
    if not peer.reason or not failures or peer.paused_s is not None:
        return []
    sentences = [f"The last error was: {peer.reason}."]
    found = advice(peer.reason, peer.peer, situation.own)
    if found:
        sentences.append(f"That means: {found}.")
    if situation.is_up and peer.next_try_in_s is not None:
        ahead = f"in {duration(peer.next_try_in_s)}" if peer.next_try_in_s > 0 else "now"
        sentences.append(f"It is tried again {ahead}.")
    return sentences


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _waiting(peer: PeerState) -> str:
    if not peer.waiting:
        return "Nothing waits for it."
    jobs = counted(peer.waiting, "job")
    verb = "waits" if peer.waiting == 1 else "wait"
    return f"{jobs} ({size(peer.waiting_bytes)}) {verb} for it: `netrelay jobs --to {peer.peer}`."
