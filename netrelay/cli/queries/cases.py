"""Jobs as rows, each with the cause of its state; `explain.py` puts them into words."""

from typing import NamedTuple

from netrelay.cli.queries.stand_ins import StandIn, Takeover, stand_in, takeover
from netrelay.store.database import Database, ReadOnlyDatabase, Value

# Few files share a name; a listing has its own limit.
_NAMED_LIMIT = 20
# Every number of so many digits fits into SQLite's integers.
_MOST_DIGITS = 18


class Case(NamedTuple):
    """A job and its cause; times are seconds ago, or seconds ahead for `next_try_in_s` and so on.

    given_unix_s, since_unix_s, finished_unix_s: by the wall clock, for people.
    limit_bytes_per_s: of the next hop, while it is being sent. trouble: why it cannot be put into
    the inbox, a word of DeliveryTrouble. said: the last word of a relay, or of the destination
    while it refuses the job. call_ended_s: of the next hop that calls, since its last call ended.
    budget_bytes, budget_period: of the next hop, while it is used up; budget_clock: whether its
    periods begin by a clock that nothing has set, open or closed. stand_in: what is used
    instead of the preferred next hop, of an unfinished job; takeover: what becomes of the next hop
    while it is not reached. estimate: when it would be delivered
    and what that costs, as `--json` shows it; None where nothing was estimated.
    """

    job: int
    kind: str
    direction: str
    name: str | None
    size_bytes: int
    source: str
    destination: str
    state: str
    priority: int
    attempt: int
    place: str | None
    cause: str
    waits_for: str | None
    since_s: float | None
    reason: str | None
    next_try_in_s: float | None
    tries: int
    pieces_left: int
    done_bytes: int
    given_s: float | None
    expires_in_s: float | None
    finished_s: float | None
    given_unix_s: float | None
    since_unix_s: float | None
    finished_unix_s: float | None
    via: str | None
    lifetime_s: int
    trouble: str | None
    limit_bytes_per_s: int | None
    said: str | None
    call_ended_s: float | None
    budget_bytes: int | None
    budget_period: str | None
    budget_clock: str | None
    stand_in: StandIn | None = None
    takeover: Takeover | None = None
    estimate: dict[str, object] | None = None


_CASES = """
SELECT j.job, j.kind, j.direction, j.name, j.size_bytes, j.source, j.destination, j.state, j.priority, j.attempt,
       j.place, c.cause, c.waits_for, t.now_s - c.since_s, c.reason, c.next_try_s - t.now_s, coalesce(c.tries, 0),
       c.pieces_left, c.done_bytes, t.now_s - m.born_s, m.expires_s - t.now_s,
       CASE WHEN m.state IN ('F', 'D') THEN t.now_s - c.since_s END,
       m.born_s + t.unix_offset_s, c.since_s + t.unix_offset_s,
       CASE WHEN m.state IN ('F', 'D') THEN c.since_s + t.unix_offset_s END,
       (SELECT n.name FROM peers p JOIN names n ON n.node = p.via WHERE p.node = m.destination AND p.via <> p.node),
       m.lifetime_s,
       CASE c.cause WHEN 'undelivered' THEN (SELECT trouble FROM files WHERE id = m.file) END,
       CASE WHEN c.cause IN ('on-its-way', 'ready') THEN (SELECT h.limit_bytes_per_s FROM peers d
          JOIN send_limits h ON h.node = d.via WHERE d.node = m.destination) END,
       CASE WHEN m.hints > 0 THEN m.reason END,
       CASE c.cause WHEN 'no-call' THEN t.now_s - (SELECT k.down_s FROM peers p JOIN connections k ON k.peer = p.via
          WHERE p.node = m.destination) END,
       b.limit_bytes, b.period, b.unsynchronised
  FROM jobs j JOIN causes c ON c.job = j.job JOIN messages m ON m.id = j.job LEFT JOIN node_time t
  LEFT JOIN budgets b ON c.cause = 'budget' AND b.peer = (SELECT via FROM peers WHERE node = m.destination)
"""  # noqa: E501


def cases(database: ReadOnlyDatabase, jobs: list[int]) -> list[Case]:
    """Return the cases of these jobs, in this order, without numbers that are no job's."""
    found = {}
    for job in jobs:
        row = database.row(f"{_CASES} WHERE j.job = ?", (job,))
        if row is not None:
            case = Case(*row)  # type: ignore[arg-type]
            if isinstance(case.place, bytes):
                case = case._replace(place=case.place.decode(errors="backslashreplace"))
            if case.state not in ("F", "D"):
                case = case._replace(
                    stand_in=stand_in(database, case.destination),
                    takeover=takeover(database, case.destination),
                )
            found[job] = case
    return [found[job] for job in jobs if job in found]


class WaitingJobs(NamedTuple):
    """Number and size of jobs that wait."""

    number: int
    size_bytes: int


class PieceCount(NamedTuple):
    """Pieces of one type in one state; most_refusals: of any of them."""

    type: int
    state: str
    number: int
    size_bytes: int
    most_refusals: int


class Filter(NamedTuple):
    """Conditions on jobs; None: no condition."""

    source: str | None = None
    destination: str | None = None
    states: tuple[str, ...] | None = None


def listed_jobs(database: ReadOnlyDatabase, wanted: Filter, limit: int) -> tuple[list[int], int]:
    """Return the newest jobs that fit, dead and unfinished first, and how many more there are.

    Only dead and unfinished jobs are counted: counting the finished ones takes long.
    """
    conditions, values = _conditions(wanted)
    unfinished = database.rows(
        "SELECT job FROM jobs WHERE job IN (SELECT id FROM unfinished)"  # noqa: S608
        f" AND {conditions} ORDER BY state = 'D' DESC, job DESC",
        values,
    )
    jobs = [int(str(job)) for (job,) in unfinished]
    left = limit - len(jobs)
    if left > 0 and (wanted.states is None or "F" in wanted.states):
        finished = database.rows(
            f"SELECT job FROM jobs WHERE state = 'F' AND {conditions}"  # noqa: S608
            " ORDER BY job DESC LIMIT ?",
            (*values, left),
        )
        jobs += [int(str(job)) for (job,) in finished]
    return jobs[:limit], max(len(jobs) - limit, 0)


def _conditions(wanted: Filter) -> tuple[str, list[Value]]:
    conditions, values = ["1"], list[Value]()
    for column, value in (("source", wanted.source), ("destination", wanted.destination)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.states is not None:
        conditions.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    return " AND ".join(conditions), values


def unfinished_jobs(database: ReadOnlyDatabase, destination: str, is_dead: bool) -> list[int]:
    """Return the jobs for a destination (its node id) that died, or that wait, oldest first."""
    rows = database.rows(
        "SELECT id FROM unfinished WHERE destination = ? AND (state = 'D') = ? ORDER BY id",
        (destination, is_dead),
    )
    return [int(str(job)) for (job,) in rows]


def newest_unfinished_jobs(database: ReadOnlyDatabase, limit: int) -> list[int]:
    """Return the newest jobs that are not finished, dead ones too, newest first."""
    rows = database.rows(
        "SELECT job FROM jobs WHERE job IN (SELECT id FROM unfinished) ORDER BY job DESC LIMIT ?",
        (limit,),
    )
    return [int(str(job)) for (job,) in rows]


def newest_finished_jobs(database: ReadOnlyDatabase, limit: int) -> list[int]:
    """Return the newest jobs that are finished, newest first."""
    rows = database.rows(
        "SELECT job FROM jobs WHERE state = 'F' ORDER BY job DESC LIMIT ?", (limit,)
    )
    return [int(str(job)) for (job,) in rows]


def waiting_for(
    database: Database | ReadOnlyDatabase, destination: str, limit: int | None = None
) -> WaitingJobs:
    """Count the files and texts for a destination that are neither finished nor dead.

    With a limit, at most so many are counted, and their bytes.
    """
    row = database.row(
        "SELECT count(*), coalesce(sum(total_bytes), 0) FROM (SELECT total_bytes FROM unfinished"
        " WHERE destination = ? AND type IN (1, 6) AND state <> 'D' LIMIT ?)",
        (destination, -1 if limit is None else limit),
    )
    assert row is not None
    return WaitingJobs(*row)  # type: ignore[arg-type]


def piece_counts(database: ReadOnlyDatabase, job: int) -> list[PieceCount]:
    """Count the pieces of a job's current attempt, by type and state."""
    rows = database.rows(
        "SELECT p.type, p.state, count(*), sum(p.size_bytes), max(p.refusals) FROM messages m"
        " JOIN messages p ON p.parent = m.id AND p.parent > 0 AND p.attempt = m.attempt"
        " WHERE m.id = ? GROUP BY p.type, p.state ORDER BY p.type = 2, p.type, p.state",
        (job,),
    )
    return [PieceCount(*row) for row in rows]  # type: ignore[arg-type]


def is_message_number(word: str) -> bool:
    """Return True for a word that can be the number of a message (a positive 64-bit integer)."""
    return word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS


def root_of(database: ReadOnlyDatabase, message: int) -> int:
    """Return the whole message that a piece belongs to, or that the message is; 0 if none."""
    root = database.value(
        "WITH RECURSIVE up (id, parent) AS ("
        " SELECT id, parent FROM messages WHERE id = ? AND id > 0"
        " UNION SELECT m.id, m.parent FROM up JOIN messages m ON m.id = up.parent WHERE m.id > 0)"
        " SELECT id FROM up WHERE parent = 0",
        (message,),
    )
    return root if isinstance(root, int) else 0


def named_jobs(database: ReadOnlyDatabase, word: str) -> list[int]:
    """Return the job of this number or of this piece's number, or all of this name, newest first.

    A word of digits is a number if there is such a message, else a name.
    """
    if is_message_number(word):
        root = root_of(database, int(word))
        rows = database.rows("SELECT job FROM jobs WHERE job = ?", (root,))
        if rows:
            return [root]
    rows = database.rows(
        "SELECT id FROM messages WHERE file IN (SELECT id FROM files WHERE name = ?)"
        " AND parent = 0 ORDER BY id DESC LIMIT ?",
        (word, _NAMED_LIMIT),
    )
    return [int(str(job)) for (job,) in rows]


def known_names(database: ReadOnlyDatabase) -> list[str]:
    """Return the names of the newest files, for hints."""
    rows = database.rows("SELECT name FROM files ORDER BY id DESC LIMIT 1000")
    return [str(name) for (name,) in rows]
