"""One line for each job, in the words of `netrelay jobs`, with its progress."""

from collections.abc import Sequence
from urllib.parse import quote

from netrelay.cli.page.markup import Markup, element
from netrelay.cli.queries.cases import Case
from netrelay.cli.text import clock_time, size
from netrelay.cli.wording.explain import brief
from netrelay.core.words import State

_MOVING = frozenset({"on-its-way", "stalled", "coming"})


def job_lines(found: Sequence[Case], is_up: bool) -> Markup:
    """Return a list of jobs, each with a link to its page."""
    return element("ul", *(_line(case, is_up) for case in found))


def progress(case: Case) -> Markup | None:
    """Return a bar of how much is there; None of what has not begun, or is over."""
    if case.state in (State.F, State.D) or not case.size_bytes:
        return None
    if case.done_bytes <= 0 and case.cause not in _MOVING:
        return None
    percent = min(case.done_bytes * 100 // case.size_bytes, 100)
    return element(
        "progress", f"{percent} %", max=100, value=percent, aria_label=f"{percent} % are there"
    )


def called(case: Case) -> str:
    """Return the name of a job, or what it is."""
    return case.name or f"({case.kind})"


def _line(case: Case, is_up: bool) -> Markup:
    when = clock_time(case.finished_unix_s if case.state == State.F else case.given_unix_s)
    return element(
        "li",
        element(
            "div",
            element("a", called(case), href=f"/jobs/{quote(str(case.job))}"),
            element("span", size(case.size_bytes), class_="soft number"),
            class_="row",
        ),
        progress(case),
        element(
            "div",
            element(
                "span",
                element("span", "dead", class_="label error") if case.state == State.D else None,
                brief(case, is_up),
            ),
            element("span", f"{case.source} to {case.destination}, {when}", class_="soft"),
            class_="row",
        ),
    )
