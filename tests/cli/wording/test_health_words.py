"""The view `health` says of each cause what `why` says of it: the same terms, in both sentences."""

import re
from pathlib import Path

import pytest

from netrelay.cli.queries.cases import Case
from netrelay.cli.wording.explain import Situation, brief, paragraph
from netrelay.runtime.home import Home
from tests.sql.test_health import STALLS
from tests.sql.test_views import shelf

# Words that any two sentences share.
_COMMON = frozenset(
    (
        *("again", "boat", "film", "from", "here", "into", "itself", "more", "netrelay", "node"),
        *("nothing", "shelf", "that", "there", "this", "what", "which", "with"),
    )
)
# What a message is refused with says more than the cause: `why` quotes it, and `health` appends it.
_REASONS = {
    "right-missing": "boat refuses it: shelf may not deliver there",
    "disk-full": "boat refuses it: its disk is full",
    "quota": "boat refuses it: it keeps no more than its quota",
    "no-route-there": "boat refuses it: it has no route for it",
    "refused": "boat refuses it: its hash is wrong",
}


def terms(text: str) -> set[str]:
    found = set(re.findall(r"[a-z]{4,}", text.lower())) - _COMMON
    return {word.removesuffix("s") for word in found}


def case(cause: str) -> Case:
    values: dict[str, object] = dict.fromkeys(Case._fields)
    values |= {"job": 7, "kind": "file", "direction": "out", "name": "film", "size_bytes": 9}
    values |= {"source": "shelf", "destination": "boat", "state": "S-4", "waits_for": "boat"}
    values |= {"tries": 0, "pieces_left": 1, "done_bytes": 0, "since_s": 90.0, "priority": 1}
    values |= {"since_unix_s": 1e9, "given_unix_s": 1e9, "lifetime_s": 3600, "attempt": 1}
    values |= {"budget_bytes": 9, "budget_period": "day", "place": "failed/boat/film"}
    if cause in ("dead", "expired"):
        values |= {"state": "D", "finished_s": 5.0, "finished_unix_s": 1e9}
    if cause in ("coming", "being-delivered", "undelivered"):
        values |= {"direction": "in", "source": "boat", "destination": "shelf"}
    values |= {"cause": cause, "reason": _REASONS.get(cause)}
    return Case(**values)  # type: ignore[arg-type]


def overlap(cause: str, health: str) -> set[str]:
    situation = Situation("shelf", Home(Path("/var/lib/netrelay")), is_up=True)
    why = case(cause)
    return terms(health) & terms(f"{brief(why)} {paragraph(why, situation)}")


@pytest.mark.parametrize("cause", [cause for cause, (_, is_shown) in STALLS.items() if is_shown])
def test_health_and_why_share_their_terms(cause: str) -> None:
    (words,) = shelf().row("SELECT words FROM stall_bounds WHERE cause = ?", (cause,))
    # Most of the terms: half of them at least.
    said = terms(words.replace("{node}", "boat"))
    assert len(overlap(cause, words)) * 2 >= len(said) > 0
