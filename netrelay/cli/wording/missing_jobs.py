"""Words for a job that a person names and that is not there: over, or never given."""

from netrelay.cli.errors import nearest
from netrelay.cli.opening import command, read_config
from netrelay.cli.queries.cases import is_message_number, known_names
from netrelay.cli.queries.former_jobs import FormerJob, former_jobs, history, type_of_message
from netrelay.cli.text import clock_time, size
from netrelay.cli.wording.state_words import type_words
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase


def no_such_job(database: ReadOnlyDatabase, home: Home, word: str, allowed: str) -> str:
    """Return why there is no job of this number or name, and what to type.

    allowed: what the word may be, as in "a job's number or a file's name".
    """
    found = former_jobs(database, word)
    if found:
        return former_job_words(found[0], home)
    jobs = f"`{command(home, 'jobs')}`"
    shown = printable(word)
    if not is_message_number(word):
        hint = printable(nearest(word, known_names(database)))
        return f"there is no job {shown!r}{hint} ({allowed}; {jobs} lists them)"
    held = history(database)
    if int(word) > held.newest or int(word) == 0:
        return f"no job has the number {shown} yet: the newest is {held.newest} ({jobs} lists them)"
    kind = type_of_message(database, int(word))
    if kind is not None:
        return f"{shown} is the number of a {type_words(kind)} and of no job ({jobs} lists them)"
    return (
        f"{shown} was given out, to a job or a part of one, which is over and no longer in the"
        f" history: {_bounds(home)}; what was finished since {clock_time(held.oldest_unix_s)} is"
        f" there ({jobs} lists it)"
    )


def former_job_words(former: FormerJob, home: Home) -> str:
    """Return what is known of a job that is no longer in the history."""
    name = "the text" if former.name is None else printable(former.name)
    way = {"out": "to", "in": "from"}[former.direction]
    end = "was delivered" if former.state == "F" else "was given up"
    return (
        f"{name} ({size(former.size_bytes)}, job {former.job}) {way} {printable(former.peer)} {end}"
        f" at {clock_time(former.ended_unix_s)}; its walk is no longer in the history:"
        f" {_bounds(home)}"
    )


def _bounds(home: Home) -> str:
    config = read_config(home)
    return (
        f"it holds {config.history_rows} messages (history.rows) and {config.history_days} days"
        " (history.days)"
    )
