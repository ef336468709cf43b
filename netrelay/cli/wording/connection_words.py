"""The connection of a peer in words, as `netrelay status` and the page show it."""

from netrelay.cli.queries.budget_states import ClosedLine
from netrelay.cli.queries.overview import PeerLine
from netrelay.cli.text import clock_time, counted, duration, rate
from netrelay.cli.wording.line_words import closed_words
from netrelay.core.printable import printable


def without_connection(peer: PeerLine, alive: dict[str, bool] | None) -> PeerLine:
    """Return a peer whose row in `connections` may be one of processes that have ended.

    alive: which of the eight run; None where this user may not see it.
    """
    if alive is None:
        reason = "not known: this user may not see which processes run"
    elif any(alive.values()):
        reason = "none: sender or processor_s does not run"
    else:
        reason = "none: this node is down"
    if peer.handle < 0:
        reason = peer.reason or reason
    call = peer.call and "none"
    return peer._replace(
        handle=-1,
        reason=reason,
        retry_in_s=None,
        call=call,
        call_next_unix_s=None,
        stalled_s=None,
        beside=None,
    )


def connection_words(peer: PeerLine, calls: int | None, resume: str) -> str:
    """Return how things stand with the line to a peer.

    calls: how many connections from it are open. resume: what to type while it is paused.
    """
    words = _connection(peer)
    if peer.handle < 0 and peer.retry_in_s is not None:
        words += f"; tried again in {duration(peer.retry_in_s)}"
    if peer.limit_bytes_per_s is not None:
        words += f"; limited to {rate(peer.limit_bytes_per_s)}"
    if peer.closed_cause is not None:
        words += f"; {closed_words(_line(peer))}"
    if peer.is_paused:
        words = f"paused; `{resume}`"
    if peer.call is not None:
        words += f"; it cannot dial this node: the call to it is {_call_state(peer)}"
    elif calls:
        words += f"; {counted(calls, 'connection')} from it"
    return words


def _line(peer: PeerLine) -> ClosedLine:
    return ClosedLine(str(peer.closed_cause), str(peer.closed_reason), peer.closed_until_unix_s)


def _connection(peer: PeerLine) -> str:
    if peer.handle < 0 and peer.stalled_s is not None:
        return f"reached, and not answered for {duration(peer.stalled_s)}"
    if peer.handle < 0:
        return printable(peer.reason) or "none needed yet"
    stalled = ""
    if peer.stalled_s is not None:
        stalled = f"; nothing of what is sent arrives for {duration(peer.stalled_s)}"
    place = f" at {peer.last_address}" if peer.last_address else ""
    beside = f", and beside it at {peer.beside}" if peer.beside else ""
    return f"open{place}{beside}{stalled}"


def _call_state(peer: PeerLine) -> str:
    if peer.call == "resting":
        return f"not open, the next one is at {clock_time(peer.call_next_unix_s)}"
    return "open" if peer.call == "open" else "not open"
