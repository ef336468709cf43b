"""`netrelay jobs`: jobs of this node, outgoing, incoming and relayed, one line each."""

from collections.abc import Sequence

from netrelay.cli.arguments import MOST, CommandParser, number
from netrelay.cli.errors import Exit, nearest
from netrelay.cli.opening import command, reading, runs
from netrelay.cli.queries.cases import Case, Filter, cases, listed_jobs
from netrelay.cli.terminal import wrong
from netrelay.cli.text import json_line, size, table
from netrelay.cli.wording.explain import brief
from netrelay.cli.wording.job_estimates import with_estimates
from netrelay.cli.wording.named_peers import find_name
from netrelay.core.printable import printable
from netrelay.core.words import State
from netrelay.runtime.home import Home

_LIMIT = 30
_STATES = tuple(str(state) for state in State if state not in (State.N_0, State.S_5))


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "jobs",
        "List jobs: what has died first, then what is not finished, then what was finished last.",
    )
    made.add_argument("--to", metavar="NODE", help="only what is for this node")
    made.add_argument("--from", dest="source", metavar="NODE", help="only what comes from it")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--waiting", action="store_true", help="only what is not finished")
    which.add_argument("--dead", action="store_true", help="only what has died")
    which.add_argument("--done", action="store_true", help="only what is finished")
    which.add_argument("--state", metavar="STATE", help=f"only this state: {', '.join(_STATES)}")
    made.add_argument(
        "--limit",
        metavar="N",
        type=number(1, MOST),
        default=_LIMIT,
        help=f"at most so many ({_LIMIT})",
    )
    made.add_argument("--json", action="store_true", help="one JSON object for each job")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the jobs, newest first within each group."""
    read = parser()
    options = read.read(arguments)
    if options.state is not None and options.state not in _STATES:
        hint = nearest(options.state, _STATES)
        read.error(f"{options.state!r} is no state{hint} (allowed: {', '.join(_STATES)})")
    states: tuple[str, ...] | None = None
    if options.dead:
        states = ("D",)
    elif options.done:
        states = ("F",)
    elif options.waiting:
        states = tuple(state for state in _STATES if state not in ("D", "F"))
    elif options.state:
        states = (options.state,)
    with reading(home) as database:
        wanted = Filter(
            None if options.source is None else find_name(database, home, options.source),
            None if options.to is None else find_name(database, home, options.to),
            states,
        )
        jobs, more = listed_jobs(database, wanted, options.limit)
        found = with_estimates(database, cases(database, jobs))
    if options.json:
        for case in found:
            print(json_line("job", case._asdict()))
        return Exit.OK
    if not found:
        print("no job" if wanted == Filter() else "no such job")
        return Exit.OK
    rows = _rows(found, runs(home))
    print(
        "\n".join(
            table(("JOB", "NAME", "SIZE", "FROM, TO", "STATE", "WHY"), rows, cut=("NAME", "WHY"))
        )
    )
    if more:
        print(f"and {more} more (--limit N)")
    print(f"`{command(home, 'why JOB')}` says more about one")
    return Exit.OK


def _rows(found: Sequence[Case], is_up: bool) -> list[tuple[str, ...]]:
    return [
        (
            str(case.job),
            printable(case.name or f"({case.kind})"),
            size(case.size_bytes),
            printable(f"{case.source} to {case.destination}"),
            wrong(case.state) if case.state == State.D else case.state,
            printable(brief(case, is_up)),
        )
        for case in found
    ]
