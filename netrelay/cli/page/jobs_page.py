"""The list of jobs."""

from typing import Final

from netrelay.cli.page.frame import document, part, tabs
from netrelay.cli.page.job_lines import job_lines
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import element
from netrelay.cli.queries.cases import Filter, cases, listed_jobs
from netrelay.cli.wording.job_estimates import with_estimates
from netrelay.core.words import State

_SHOWN = 50
_OVER: Final = (State.D, State.F)
FILTERS: Final[dict[str, tuple[str, Filter]]] = {
    "": ("All", Filter()),
    "waiting": ("Waiting", Filter(states=tuple(str(each) for each in State if each not in _OVER))),
    "dead": ("Dead", Filter(states=("D",))),
    "done": ("Done", Filter(states=("F",))),
}


def jobs_page(look: PageLook, shown: str) -> str:
    """Return the page. shown: a key of `FILTERS`."""
    title, wanted = FILTERS[shown]
    jobs, more = listed_jobs(look.database, wanted, _SHOWN)
    found = with_estimates(look.database, cases(look.database, jobs))
    paths = {key: f"/jobs?show={key}" if key else "/jobs" for key in FILTERS}
    links = tuple((paths[key], words) for key, (words, _) in FILTERS.items())
    return document(
        look.frame,
        "Jobs",
        part(
            "Jobs" if not shown else f"Jobs: {title.lower()}",
            tabs("Which jobs", paths[shown], links),
            job_lines(found, look.is_up)
            if found
            else element("p", "No such job." if shown else "No job.", class_="soft"),
            element("p", f"and {more:,} more", class_="soft") if more else None,
        ),
    )
