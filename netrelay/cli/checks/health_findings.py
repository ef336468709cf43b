"""Rows of the view `health`, for `netrelay check`."""

from collections.abc import Iterator, Sequence

from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.opening import command
from netrelay.cli.text import duration
from netrelay.runtime.home import Home
from netrelay.store.health_rows import ERROR, HealthRow

# Other checks name these, with more than a row can say: from the disk as it is now, in local time,
# or with advice about an error.
NOT_OF_JOBS = frozenset(
    (
        *("budget-used", "card-wear", "clock", "disk", "identity", "left-in-drop", "one-way"),
        *("own-identity", "refused-here", "stand-in"),
    )
)
_NAMED_ELSEWHERE = NOT_OF_JOBS | {"undelivered", "unreadable"}
# The subject of a line; every other kind is about jobs.
SUBJECTS = {
    "alarm-program": "alarms",
    "call-failing": "peers",
    "card-life": "disk",
    "card-writes": "disk",
    "disk-fills": "disk",
    "errors": "logs",
    "hook": "hook",
    "no-way-back": "peers",
    "not-landed": "land",
    "restarts": "processes",
    "silent": "peers",
    "unanswered-hello": "peers",
}
_JOBS = "jobs"
_ENDED = frozenset({"dead", "expired"})


def health_findings(rows: Sequence[HealthRow], home: Home, is_up: bool) -> Iterator[Finding]:
    """Name the findings of the view that no other check names; is_up: False if the node is down.

    What jobs of a node that is down wait for otherwise is left out: another check says that it is.
    """
    for row in rows:
        subject = SUBJECTS.get(row.kind, _JOBS)
        is_held = subject == _JOBS and row.kind not in _ENDED and not is_up
        if row.kind in _NAMED_ELSEWHERE or is_held:
            continue
        since = "" if row.waited_s is None else f", for {duration(row.waited_s)}"
        finding = fail if row.severity == ERROR else warn
        yield finding(subject, f"{row.words}{since}", typed_here(row.help, home))
    if all(row.kind in SUBJECTS or row.kind in NOT_OF_JOBS for row in rows) and is_up:
        yield ok(_JOBS, "none is dead, none waits for longer than usual")


def typed_here(words: str, home: Home) -> str:
    """Return words with their commands as a person may type them for this home."""
    before, *parts = words.split("`netrelay ")
    for part in parts:
        typed, tick, after = part.partition("`")
        before += f"`{command(home, typed)}{tick}{after}"
    return before
