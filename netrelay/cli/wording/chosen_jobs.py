"""Jobs that a person names for a command that changes them: by number, by name, or all."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.queries.cases import Case, cases, named_jobs, unfinished_jobs
from netrelay.cli.wording.missing_jobs import no_such_job
from netrelay.cli.wording.state_words import state_words
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase


class Wanted(NamedTuple):
    """The jobs a command is for: a predicate, and its words ("dead jobs of this node")."""

    fits: Callable[[Case], bool]
    words: str


def chosen_jobs(
    database: ReadOnlyDatabase, home: Home, words: Iterable[str], wanted: Wanted
) -> list[Case]:
    """Return the jobs that the words name, each once; CommandError if one names none or several."""
    found: dict[int, Case] = {}
    for word in words:
        case = _one(database, home, word, wanted)
        found[case.job] = case
    return list(found.values())


def _one(database: ReadOnlyDatabase, home: Home, word: str, wanted: Wanted) -> Case:
    named = cases(database, named_jobs(database, word))
    fitting = [case for case in named if wanted.fits(case)]
    if len(fitting) == 1:
        return fitting[0]
    shown = printable(word)
    if fitting:
        numbers = ", ".join(str(case.job) for case in fitting)
        raise CommandError(
            Exit.DATA, f"{shown} is the name of several {wanted.words}: say which of {numbers}"
        )
    if named:
        case = named[0]
        raise CommandError(
            Exit.DATA,
            f"{describe(case)} is {_direction(case)}{case.state} ({state_words(case.state)});"
            f" allowed: {wanted.words}",
        )
    missing = no_such_job(database, home, word, "a job's number or a file's name")
    raise CommandError(Exit.DATA, missing)


def all_jobs(
    database: ReadOnlyDatabase, destination: str, wanted: Wanted, is_dead: bool
) -> list[Case]:
    """Return all jobs for a destination (its node id) that died, or wait, and fit; oldest first."""
    found = cases(database, unfinished_jobs(database, destination, is_dead))
    return [case for case in found if wanted.fits(case)]


def describe(case: Case) -> str:
    """Return name and number of a job."""
    called = printable(case.name) if case.name else f"the {case.kind}"
    return f"{called} (job {case.job})"


def _direction(case: Case) -> str:
    if case.direction == "out":
        return ""
    return f"{'coming from' if case.direction == 'in' else 'carried for'} {case.source} and "
