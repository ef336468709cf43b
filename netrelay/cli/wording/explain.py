"""The cause of a job's state in words: one function for each cause of the view `causes`."""

import time
from collections.abc import Callable
from typing import NamedTuple

from netrelay.cli.opening import command, command_there
from netrelay.cli.queries.cases import Case
from netrelay.cli.text import clock_time, counted, duration, rate, size
from netrelay.cli.wording.advice import NEITHER, advice
from netrelay.cli.wording.delivery_advice import delivery_advice, delivery_place, is_of_store
from netrelay.cli.wording.estimate_words import brief_when, cost_words, when_words
from netrelay.cli.wording.line_words import edge_time, more_budget, unset_clock_words
from netrelay.cli.wording.stand_in_words import stand_in_words, takeover_words
from netrelay.core.line_rate import Basis
from netrelay.core.printable import printable
from netrelay.runtime.clock_steps import is_clock_set
from netrelay.runtime.home import Home

# Words about progress: true only while the processes run.
_MOVING = frozenset({"on-its-way", "ready", "stalled", "coming", "being-delivered"})
# The words of these causes name the time of the next try themselves.
_ENDS_BY_CLOCK = frozenset({"receipt", "budget", "window"})
_FORETOLD = frozenset({"on-its-way", "ready", "window", "budget"})
_DOWN = "this node is down"
# A single failure may be a restart of the peer; more of them get advice.
_FAILURES_TO_ADVISE = 2


class Situation(NamedTuple):
    """Context of a paragraph: name and home of this node, and whether it runs.

    only_dials: not every peer can dial it.
    """

    own: str
    home: Home
    is_up: bool
    only_dials: bool = False

    def typed(self, words: str) -> str:
        """Return a command for this node, as it is typed here."""
        return f"`{command(self.home, words)}`"

    def way_around(self, peer: str) -> list[str]:
        """Return what helps if a peer that was not reached cannot be dialled, as this node."""
        if not self.only_dials:
            return []
        return [
            f"This node can only dial: if nobody can dial {peer} either, both need a way over a"
            f" node that can be dialled ({self.typed(f'peer route {peer} --via NODE')})."
        ]


def paragraph(case: Case, situation: Situation) -> str:
    """Return a job's cause as a paragraph: since when, the last error, the next try, and advice."""
    say = _PARAGRAPHS[case.cause]
    if case.cause in _MOVING and not situation.is_up:
        say = _held_up
    sentences = say(case, situation)
    if case.state in ("F", "D"):
        return printable(" ".join(sentences))
    if case.stand_in is not None:
        sentences.append(f"What is for {case.destination} {stand_in_words(case.stand_in)}.")
    if case.takeover is not None:
        sentences.append(takeover_words(case.destination, case.takeover))
    if not situation.is_up:
        sentences.append(
            f"This node is down, so nothing moves at all: {situation.typed('up')} starts it."
        )
    elif case.next_try_in_s is not None and case.cause not in _ENDS_BY_CLOCK:
        sentences.append(f"It is tried again {_ahead(case.next_try_in_s)}, by itself.")
    sentences += _estimated(case)
    if case.expires_in_s is not None and case.direction == "out":
        sentences.append(
            f"It is given up in {duration(case.expires_in_s)}."
            if case.expires_in_s > 0
            else "Its lifetime is over."
        )
    return printable(" ".join(sentences))


def _estimated(case: Case) -> list[str]:
    """Return when it would be delivered, what that costs, and what is not known of it."""
    found = case.estimate
    if found is None:
        return []
    when = when_words(*(found[f"{word}_unix_s"] for word in ("earliest", "likely", "latest")))  # type: ignore[arg-type]
    cost = cost_words(*(found[f"wire_{word}bytes"] for word in ("low_", "", "high_")))  # type: ignore[arg-type]
    unknown = found["unknown"]
    assert isinstance(unknown, list)
    return [
        f"Estimate: {when}, for {cost}.",
        *([f"What is not known: {'; '.join(unknown)}."] if unknown else []),
    ]


def brief(case: Case, is_up: bool = True) -> str:
    """Return a job's cause in a few words, for a table; is_up: False if this node is down."""
    if not is_up and case.cause in _MOVING:
        return f"{_DOWN}; {counted(case.pieces_left, 'piece')} left"
    return f"{_cause(case)}{_there(case)}"


def _there(case: Case) -> str:
    """Return when it would be there, where that rests on more than assumptions."""
    found = case.estimate
    if found is None or case.cause not in _FORETOLD or found["rate_basis"] == Basis.ASSUMED:
        return ""
    return f"; {brief_when(found['likely_unix_s'])}"  # type: ignore[arg-type]


def _cause(case: Case) -> str:
    reason = f": {case.reason}" if case.reason else ""
    hop = case.waits_for or ""
    words = {
        "delivered": "delivered",
        "received": f"in {_kept(case)}, {case.place}" if case.place else "in the inbox",
        "carried": "carried on",
        "expired": f"its lifetime was over{reason}",
        "cancelled": "taken back by a person",
        "dead": case.reason or "no reason was noted",
        "being-delivered": "all of it is here; being delivered",
        "undelivered": f"all of it is here, but not in {delivery_place(case.trouble)}{reason};"
        f" for {duration(case.since_s or 0)}, tried again {_ahead(case.next_try_in_s or 0)}",
        "unreadable": f"waits until its file can be read{reason}",
        "coming": f"{size(case.done_bytes)} of it are here",
        "no-peer": f"{hop} is no peer here any more",
        "no-route": "no route",
        "receipt": f"all of it was taken; the receipt is not here yet{reason}",
        "paused": f"{hop} is paused",
        "window": f"window of {hop} closed{_until(case)}{reason}",
        "budget": f"budget with {hop} used up{_until(case)}{reason}",
        "no-agreement": f"no agreement with {hop} yet{reason}",
        "no-reply": f"{hop} cannot reach this node{reason}",
        "no-connection": f"no connection to {hop}{reason}",
        "no-call": f"waits until {hop} calls, which nobody can dial{_last_call(case)}",
        "ready": f"no connection to {hop} yet",
        "stalled": f"nothing of it arrives at {hop} for {duration(case.since_s or 0)}{reason}",
        "on-its-way": f"on its way to {hop}, {case.pieces_left} to go{_limited(case)}",
    }
    said = case.said if case.cause == "quota" else None
    return words.get(case.cause) or said or case.reason or case.cause


def _last_call(case: Case) -> str:
    if case.call_ended_s is None:
        return ""
    return f"; its last call ended {duration(case.call_ended_s)} ago"


def _limited(case: Case) -> str:
    limit = case.limit_bytes_per_s
    return "" if limit is None else f", limited to {rate(limit)}"


def _what(case: Case) -> str:
    if case.kind == "sealed":
        whose = f"what {case.source} sends to {case.destination}"
    else:
        whose = case.name or ("the text" if case.kind == "text" else "the file")
    return f"{whose} ({size(case.size_bytes)}, job {case.job})"


def _begin(case: Case) -> str:
    what = _what(case)
    return what[0].upper() + what[1:] if case.name is None else what


def _since(case: Case) -> str:
    return f"since {clock_time(case.since_unix_s)} ({duration(case.since_s or 0)})"


def _ahead(time_s: float) -> str:
    return f"in {duration(time_s)}" if time_s > 0 else "now"


def _failed(case: Case) -> str:
    times = "once" if case.tries == 1 else f"{case.tries} times in a row"
    return f"It failed {times}"


def _helps(case: Case, situation: Situation) -> list[str]:
    hop = case.waits_for or ""
    if not case.reason or case.tries < _FAILURES_TO_ADVISE:
        return []
    found = advice(case.reason, hop, situation.own, situation.home)
    sentences = [f"That means: {found}."] if found else []
    if case.cause == "no-agreement":
        sentences += situation.way_around(hop)
    return [*sentences, f"{situation.typed(f'peer ping {hop}')} tries it now and says more."]


def _on_its_way(case: Case, situation: Situation) -> list[str]:
    done = f"{size(case.done_bytes)} of {size(case.size_bytes)} are there"
    left = counted(case.pieces_left, "piece")
    sentences = [f"{_begin(case)} is on its way to {case.waits_for}: {done}, {left} to go."]
    limit = case.limit_bytes_per_s
    if limit is not None:
        least_s = (case.size_bytes - case.done_bytes) / limit
        sentences.append(
            f"{case.waits_for} is sent to at {rate(limit)} at most, so it takes {duration(least_s)}"
            f" or more; {situation.typed(f'limit {case.waits_for} off')} lifts that."
        )
    return sentences


def _held_up(case: Case, _: Situation) -> list[str]:
    if case.direction == "in":
        arrived = f"{size(case.done_bytes)} of {size(case.size_bytes)} are here"
        return [f"{_begin(case)} comes from {case.source}, but not now: {arrived}."]
    done = f"{size(case.done_bytes)} of {size(case.size_bytes)} are there"
    left = counted(case.pieces_left, "piece")
    return [f"{_begin(case)} is to go to {case.waits_for}: {done}, {left} to go."]


def _ready(case: Case, _: Situation) -> list[str]:
    return [f"{_begin(case)} is ready; a connection to {case.waits_for} is about to be opened."]


def _stalled(case: Case, situation: Situation) -> list[str]:
    hop = case.waits_for
    done = f"{size(case.done_bytes)} of {size(case.size_bytes)} are there"
    return [
        f"{_begin(case)} is on its way to {hop}, and nothing of what is sent arrives there"
        f" {_since(case)}: the connection is open and its line carries nothing; {done}.",
        f"What is done about it: {case.reason}. {situation.typed(f'peer ping {hop}')} tries the"
        " line now.",
        f"Nothing is lost: it goes on by itself when the line to {hop} carries something again.",
    ]


def _no_connection(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} waits for {case.waits_for}, which cannot be reached {_since(case)}.",
        f"{_failed(case)}, at last with: {case.reason or 'no reason was noted'}.",
        *_helps(case, situation),
        f"Nothing is lost: it goes by itself when {case.waits_for} is back.",
    ]


def _no_call(case: Case, situation: Situation) -> list[str]:
    hop = case.waits_for
    if case.reason == NEITHER:
        return [
            f"{_begin(case)} waits for a way to {hop} {_since(case)}: {hop} said that nobody can"
            f" dial it, and it cannot dial this node.",
            f"That means: {advice(NEITHER, hop or '', situation.own, situation.home)}.",
        ]
    ended = (
        "it has not called yet"
        if case.call_ended_s is None
        else f"its last call ended {duration(case.call_ended_s)} ago"
    )
    return [
        f"{_begin(case)} waits for a call of {hop} {_since(case)}: {hop} said that nobody can dial"
        f" it. It calls by itself when it is up and connected, or on a schedule of its own;"
        f" {ended}.",
        f"If {hop} is: `{command_there('why')}` there says why it does not get through, and"
        f" {situation.typed('check')} whether this node lets it in.",
        f"Nothing is lost: it goes by itself when {hop} calls.",
    ]


def _no_agreement(case: Case, situation: Situation) -> list[str]:
    hop = case.waits_for
    if not case.tries:
        return [
            f"{_begin(case)} waits for the first word from {hop}: both have to agree on how much"
            f" they send at once. It was greeted {duration(case.since_s or 0)} ago."
        ]
    return [
        f"{_begin(case)} waits for {hop}, which has not answered a greeting {_since(case)}.",
        f"{_failed(case)}, at last with: {case.reason or 'no reason was noted'}.",
        *_helps(case, situation),
        f"Nothing is lost: it goes by itself when {hop} answers.",
    ]


def _no_reply(case: Case, situation: Situation) -> list[str]:
    hop = case.waits_for
    return [
        f"{_begin(case)} waits for a reply of {hop} {_since(case)}: {case.reason}.",
        f"That means: {advice(case.reason or '', hop or '', situation.own, situation.home)}.",
        f"Nothing is lost: it goes by itself when {hop} reaches this node.",
    ]


def _no_route(case: Case, situation: Situation) -> list[str]:
    route = f"peer route {case.destination}"
    return [
        f"{_begin(case)} waits for a way to {case.destination} {_since(case)}: there is none yet.",
        f"{situation.typed(f'{route} --direct')} sends it straight there,"
        f" {situation.typed(f'{route} --via NODE')} through another node.",
    ]


def _no_peer(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} is for {case.destination}, which is no peer of this node any more.",
        f"{situation.typed('peer add CARD')} enrols it again, and then it goes;"
        f" {situation.typed(f'cancel {case.job}')} takes it back.",
    ]


def _paused(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} waits because {case.waits_for} is paused {_since(case)}: a person typed"
        f" {situation.typed(f'pause {case.waits_for}')}.",
        f"{situation.typed(f'resume {case.waits_for}')} lets it go.",
    ]


def _opens(case: Case) -> str | None:
    """Return when a line opens by itself, in local time."""
    ahead_s = case.next_try_in_s
    return None if ahead_s is None else edge_time(time.time() + ahead_s)


def _until(case: Case) -> str:
    opens = _opens(case)
    return "" if opens is None else f" until {opens}"


def _budget(case: Case, situation: Situation) -> list[str]:
    hop = str(case.waits_for)
    more = more_budget(hop, case.budget_bytes or 0, case.budget_period or "")
    unset = "" if case.budget_clock == "open" else unset_clock_words(situation.typed, more)
    return [
        f"{_begin(case)} waits because the budget with {hop} is used up {_since(case)}:"
        f" {case.reason}.",
        f"It goes on at {_opens(case)}; {situation.typed(more)} lets it go on now.",
        *filter(None, [unset]),
    ]


def _window(case: Case, situation: Situation) -> list[str]:
    hop = str(case.waits_for)
    opens = _opens(case)
    until = f"It goes on at {opens}; " if opens else ""
    if opens is None and not is_clock_set():
        believe = situation.typed(f"window {hop} WINDOW --unsynchronised open")
        until = f"NTP sets it; {believe} believes it as it is; "
    always = situation.typed(f"window {hop} always")
    return [
        f"{_begin(case)} waits because the window of {hop} is closed {_since(case)}:"
        f" {case.reason}.",
        f"{until}{always} lets it go on now.",
    ]


def _without_code(reason: str | None) -> str:
    """Remove the refusal's code from a reason; the text after it is for people."""
    return (reason or "no reason was noted").partition(": ")[2] or str(reason)


def _refusing(case: Case) -> str:
    return f"{case.waits_for} refuses {_what(case)} for now, {_since(case)}:"


def _right_missing(case: Case, _: Situation) -> list[str]:
    return [
        f"{_refusing(case)} {_without_code(case.reason)}.",
        "Once that is typed it goes by itself.",
    ]


def _disk_full(case: Case, _: Situation) -> list[str]:
    return [
        f"{_refusing(case)} {_without_code(case.reason)}.",
        f"Somebody has to make room on {case.waits_for}; then it goes by itself.",
    ]


def _quota(case: Case, situation: Situation) -> list[str]:
    whose = situation.own if case.direction == "out" else case.source
    there = command_there(f"peer quota {whose} SIZE")
    more = f"on {case.waits_for}, `{there}` allows more."
    if case.said is not None:
        return [f"{_refusing(case)} {_without_code(case.reason)}.", f"{case.said}.", f"O{more[1:]}"]
    return [
        f"{_refusing(case)} {_without_code(case.reason)}.",
        f"What lies unfinished there counts, so it may go when that is delivered; {more}",
    ]


def _no_route_there(case: Case, _: Situation) -> list[str]:
    return [
        f"{_refusing(case)} {_without_code(case.reason)}.",
        "Once that is typed it goes by itself.",
    ]


def _refused(case: Case, _: Situation) -> list[str]:
    sentences = [f"{_refusing(case)} {_without_code(case.reason)}."]
    if case.tries:
        times = counted(case.tries, "time")
        sentences.append(f"It was refused {times}; after 12 it is given up.")
    return sentences


def _receipt(case: Case, situation: Situation) -> list[str]:
    by = f" by {case.via}, which carries it on" if case.via else ""
    sentences = [
        f"All of {_what(case)} was taken{by} ({clock_time(case.since_unix_s)},"
        f" {duration(case.since_s or 0)} ago). It is done when {case.destination} has signed that"
        " it lies in its inbox; that word is not here yet."
    ]
    if case.reason:
        sentences.append(f"On the way, {case.reason}.")
    if case.tries and case.next_try_in_s is not None:
        sentences.append(
            f"It was asked for it {counted(case.tries, 'time')}, and is again"
            f" {_ahead(case.next_try_in_s)}."
        )
    elif case.next_try_in_s is not None:
        sentences.append(f"It is asked for it {_ahead(case.next_try_in_s)}.")
    if case.tries:
        status = command_there("status")
        sentences.append(
            f"If it takes long: `{status}` on {case.via or case.destination} says what"
            f" waits there, and {situation.typed('check')} whether its words find back here."
        )
    return sentences


def _coming(case: Case, _: Situation) -> list[str]:
    return [
        f"{_begin(case)} is coming from {case.source} {_since(case)}:"
        f" {size(case.done_bytes)} of {size(case.size_bytes)} are here.",
        f"The rest is for {case.source} to send; `{command_there('why')}` there says what holds it"
        " up.",
    ]


def _being_delivered(case: Case, _: Situation) -> list[str]:
    return [f"All of {_what(case)} is here; it is being put into the inbox."]


def _undelivered(case: Case, situation: Situation) -> list[str]:
    found = delivery_advice(case.trouble or "", f"inbox/{case.source}")
    return [
        f"All of {_what(case)} is here, but it cannot be put into {delivery_place(case.trouble)}"
        f" {_since(case)}.",
        f"{_failed(case)}, at last with: {case.reason or 'no reason was noted'}.",
        f"{found[0].upper()}{found[1:]}; then it goes by itself.",
        f"{situation.typed('check')} looks at "
        + ("the store." if is_of_store(case.trouble) else "the disk and the folders."),
    ]


def _unreadable(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} waits until it can be read {_since(case)}.",
        f"{_failed(case)}, at last with: {case.reason or 'no reason was noted'}.",
        "Bring its disk back, and it goes by itself;"
        f" {situation.typed(f'cancel {case.job}')} takes it back.",
    ]


def _took(case: Case) -> str:
    if case.given_s is None or case.finished_s is None:
        return ""
    return f", {duration(case.given_s - case.finished_s)} after it was given"


def _delivered(case: Case, _: Situation) -> list[str]:
    return [
        f"{_begin(case)} was delivered: at {clock_time(case.finished_unix_s)}{_took(case)},"
        f" {case.destination}'s signed word was here that it lies in its inbox."
    ]


def _received(case: Case, _: Situation) -> list[str]:
    where = f" as {case.place}" if case.place else ""
    return [
        f"{_begin(case)} came from {case.source} and was put into {_kept(case)}{where} at"
        f" {clock_time(case.finished_unix_s)}."
    ]


def _kept(case: Case) -> str:
    return "the store" if (case.place or "").startswith("s3://") else "the inbox"


def _carried(case: Case, _: Situation) -> list[str]:
    return [
        f"{_begin(case)} was carried on at {clock_time(case.finished_unix_s)}: the next node has"
        " it."
    ]


def _again(case: Case, situation: Situation) -> list[str]:
    if case.direction != "out":
        return [f"{case.source} still has it and may send it again."]
    kept = f"The file is still at {case.place}; " if case.place else ""
    retry = f"{situation.typed(f'retry {case.job}')} sends it as a new attempt."
    return [f"{kept}{retry}"]


def _expired(case: Case, situation: Situation) -> list[str]:
    last = case.reason
    sentences = [
        f"{_begin(case)} was given up at {clock_time(case.finished_unix_s)}: its lifetime of"
        f" {duration(case.lifetime_s)} was over before"
        f" {'it was in the inbox' if case.direction == 'in' else f'{case.destination} had it'}."
    ]
    if last and last != "lifetime used up":
        sentences.append(f"The last that was known: {last}.")
    return [*sentences, *_again(case, situation)]


def _cancelled(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} was taken back by a person at {clock_time(case.finished_unix_s)}.",
        *_again(case, situation),
    ]


def _dead(case: Case, situation: Situation) -> list[str]:
    return [
        f"{_begin(case)} was given up at {clock_time(case.finished_unix_s)}:"
        f" {case.reason or 'no reason was noted'}.",
        *_again(case, situation),
    ]


_PARAGRAPHS: dict[str, Callable[[Case, Situation], list[str]]] = {
    "on-its-way": _on_its_way,
    "ready": _ready,
    "stalled": _stalled,
    "no-connection": _no_connection,
    "no-agreement": _no_agreement,
    "no-reply": _no_reply,
    "no-call": _no_call,
    "no-route": _no_route,
    "no-peer": _no_peer,
    "paused": _paused,
    "budget": _budget,
    "window": _window,
    "right-missing": _right_missing,
    "disk-full": _disk_full,
    "quota": _quota,
    "no-route-there": _no_route_there,
    "refused": _refused,
    "receipt": _receipt,
    "coming": _coming,
    "being-delivered": _being_delivered,
    "undelivered": _undelivered,
    "unreadable": _unreadable,
    "delivered": _delivered,
    "received": _received,
    "carried": _carried,
    "expired": _expired,
    "cancelled": _cancelled,
    "dead": _dead,
}
