"""`netrelay cancel`: withdraws jobs, as far as possible."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser, who
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading, runs, writable
from netrelay.cli.queries.cases import Case
from netrelay.cli.text import counted
from netrelay.cli.wording.chosen_jobs import Wanted, all_jobs, chosen_jobs, describe
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.words import State
from netrelay.runtime.home import Home
from netrelay.store.facts import Facts

_JOBS_A_COMMIT = 256
_WANTED = Wanted(
    lambda case: case.direction != "through" and case.state not in ("F", "D"),
    "jobs of this node that are not over",
)
# Other nodes may have parts of these already.
_ON_ITS_WAY = (State.S_2, State.S_2W, State.S_4W)


def main(arguments: Sequence[str], home: Home) -> int:
    """Report `cancelled` for each job."""
    options = parser().read(arguments)
    if bool(options.jobs) == options.all or (options.all and options.to is None):
        raise CommandError(Exit.USAGE, "say which jobs: JOB..., or --all --to NODE")
    with reading(home) as database:
        if options.all:
            node = find_peer(database, home, options.to).node
            found = all_jobs(database, node, _WANTED, is_dead=False)
        else:
            found = chosen_jobs(database, home, options.jobs, _WANTED)
    reason = f"taken back by {options.by}"
    refused: list[str] = []
    done: list[Case] = []
    with writable(home) as writer:
        facts = Facts(writer, refused.append)
        for start in range(0, len(found), _JOBS_A_COMMIT):
            with writer.transaction():
                group = found[start : start + _JOBS_A_COMMIT]
                done += [case for case in group if facts.report(case.job, "cancelled", reason)]
    for case in done:
        confirm(options, f"{describe(case)} {_way(case)} is cancelled")
    if not options.quiet:
        _explain(done, home)
    if refused:
        count = counted(len(found) - len(done), "job")
        raise CommandError(Exit.DATA, f"{count} ended before: {refused[0]}")
    return Exit.OK


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "cancel",
        "Take jobs back: what was not sent stays here, and the file goes to failed/NODE/ with the"
        "\nreason beside it. What was sent cannot be called back. `netrelay retry` begins anew.",
    )
    made.add_argument("jobs", metavar="JOB", nargs="*", help="a job's number or a file's name")
    made.add_argument("--all", action="store_true", help="all that is not over, with --to")
    made.add_argument("--to", metavar="NODE", help="for --all: the destination")
    made.add_argument(
        "--by", metavar="WHO", default="a person", type=who, help="who takes them back, for history"
    )
    add_quiet(made)
    return made


def _way(case: Case) -> str:
    return f"from {case.source}" if case.direction == "in" else f"to {case.destination}"


def _explain(done: list[Case], home: Home) -> None:
    if not done:
        print("nothing to cancel")
        return
    if any(case.direction == "out" and case.state in _ON_ITS_WAY for case in done):
        print(
            "what was sent already cannot be called back: its destination, and the nodes on the"
            " way there,\nare told to drop what they have; if all of it had arrived, it is"
            " delivered all the same"
        )
    folders = sorted(
        {case.destination for case in done if case.kind == "file" and case.direction == "out"}
    )
    if folders:
        when = "" if runs(home) else " when the node is up"
        places = ", ".join(str(home.failed / folder) for folder in folders)
        print(f"the file{'' if len(done) == 1 else 's'} can be found in {places}{when}")
