"""One job: why it is where it is, and its walk."""

from netrelay.cli.page.control_forms import act_button
from netrelay.cli.page.frame import document, part, state_card
from netrelay.cli.page.job_lines import called, progress
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element, prose
from netrelay.cli.page.walk_drawing import stops_of, walk_drawing
from netrelay.cli.queries.cases import Case, cases, named_jobs
from netrelay.cli.queries.walk import own_steps, steps_of
from netrelay.cli.text import clock_time, size
from netrelay.cli.wording.explain import paragraph
from netrelay.cli.wording.job_estimates import with_estimates
from netrelay.cli.wording.state_words import state_words
from netrelay.cli.wording.walk_lines import WalkLine, walk_lines
from netrelay.core.words import State

_LINES = 200
# A file of 100 GiB has 300,000: reading them for each look would take seconds and much memory.
_STEPS = 5_000


def job_page(look: PageLook, number: str) -> str | None:
    """Return the page of the job of this number; None if there is none."""
    jobs = named_jobs(look.database, number)
    found = with_estimates(look.database, cases(look.database, jobs[:1]))
    if not found:
        return None
    (case,) = found
    lines = walk_lines(steps_of(look.database, case.job, _STEPS))
    stops = stops_of(walk_lines(own_steps(look.database, case.job)), case.job)
    return document(
        look.frame,
        called(case),
        state_card(
            _level(case),
            called(case),
            progress(case),
            element("p", prose(paragraph(case, look.situation))),
        ),
        _acts(look, case),
        part("The path", walk_drawing(stops)) if stops else None,
        part("The job", _facts(case)),
        part("Every step", _table(lines)) if lines else None,
    )


def _acts(look: PageLook, case: Case) -> Markup | None:
    if case.direction == "through" or case.state == State.F:
        return None
    verb = "cancel" if case.state != State.D else "retry" if case.direction == "out" else ""
    return act_button(look.control, verb, verb.capitalize(), job=str(case.job)) if verb else None


def _level(case: Case) -> str:
    if case.state == State.D:
        return "error"
    waits = case.state != State.F and case.cause not in ("on-its-way", "ready", "coming")
    return "warning" if waits else "ok"


def _facts(case: Case) -> Markup:
    facts = (
        ("Number", str(case.job)),
        ("Size", size(case.size_bytes)),
        ("From, to", f"{case.source} to {case.destination}"),
        ("State", f"{case.state}, {state_words(case.state)}"),
        ("Given", clock_time(case.given_unix_s)),
        ("Attempt", str(case.attempt)),
        ("Kept at", case.place or "nowhere"),
    )
    return element(
        "dl",
        *(cell for name, value in facts for cell in (element("dt", name), element("dd", value))),
    )


def _table(lines: list[WalkLine]) -> Markup:
    heading = ("Seconds", "What", "Event", "Walk", "By", "Reason")
    rows = [
        (
            f"{line.first_s:.3f}" + ("" if line.count == 1 else f" to {line.last_s:.3f}"),
            line.subject,
            line.event,
            line.walk,
            line.actor,
            line.reason or "",
        )
        for line in lines[:_LINES]
    ]
    left = len(lines) - len(rows)
    return element(
        "div",
        element(
            "table",
            element(
                "thead", element("tr", *(element("th", word, scope="col") for word in heading))
            ),
            element(
                "tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows)
            ),
        ),
        element("p", f"and {left:,} more", class_="soft") if left else None,
        class_="wide",
        tabindex=0,
        role="region",
        aria_label="Every step",
    )
