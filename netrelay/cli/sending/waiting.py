"""`--wait`: wait until a job is at its next hop or delivered, or report why it is not."""

import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser, span_s
from netrelay.cli.confirmations import add_quiet
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, reading, runs
from netrelay.cli.queries.cases import Case, cases
from netrelay.cli.sending.progress import Progress
from netrelay.cli.wording.chosen_jobs import describe
from netrelay.cli.wording.explain import brief
from netrelay.core.header import LIFETIME_CHOICE_S
from netrelay.core.printable import printable
from netrelay.core.words import State
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

NEXT_HOP, DELIVERED = "next-hop", "delivered"
_LOOK_S = 0.1
_MOST_NAMED = 20

Find = Callable[[ReadOnlyDatabase], int | None]


class Patience(NamedTuple):
    """The goal to wait for, and the deadline by time.monotonic; None: no deadline."""

    goal: str
    end_s: float | None


def add_sending_options(parser: CommandParser) -> None:
    """Add the options that `send` and `message` share."""
    parser.add_argument(
        "--to",
        metavar="NODE",
        required=True,
        action="append",
        help="the peer: name or node id; may be repeated",
    )
    add_quiet(parser, has_json=True)
    parser.add_argument(
        "--priority",
        metavar="0..9",
        type=read_priority,
        help="0 goes first, 9 last, at every node on the way; 4 unless said",
    )
    parser.add_argument(
        "--ttl",
        metavar="TIME",
        type=_ttl_s,
        help="give it up after so long (30min, 2h, 7d); the configuration's lifetime_s unless said",
    )
    parser.add_argument(
        "--wait", choices=(NEXT_HOP, DELIVERED), help="stay until it is durable there"
    )
    parser.add_argument(
        "--timeout", metavar="TIME", type=span_s, help="with --wait: no longer than this (exit 75)"
    )


def read_patience(wait: str | None, timeout_s: float | None) -> Patience | None:
    """Return what --wait and --timeout ask for; CommandError for a --timeout alone."""
    if wait is None:
        if timeout_s is not None:
            raise CommandError(Exit.USAGE, "--timeout is for --wait next-hop or --wait delivered")
        return None
    return Patience(wait, None if timeout_s is None else time.monotonic() + timeout_s)


def read_priority(text: str) -> int:
    """Read a priority of a file or text."""
    if len(text) != 1 or text not in "0123456789":
        raise ArgumentTypeError(f"{text!r} is no priority; allowed: 0 (first) to 9 (last)")
    return int(text)


def _ttl_s(text: str) -> int:
    wanted_s = int(span_s(text))
    least_s, most_s = LIFETIME_CHOICE_S
    if not least_s <= wanted_s <= most_s:
        raise ArgumentTypeError(f"{text!r} is not allowed: 1min to 3650d")
    return wanted_s


def wait_for(home: Home, wanted: Sequence[Find], patience: Patience, is_quiet: bool = False) -> int:
    """Block until all jobs have reached the goal; return the exit status.

    is_quiet: print nothing but errors.
    """
    with reading(home) as database:
        for find in wanted:
            progress = Progress()
            try:
                case = _follow(database, home, find, patience, progress)
            except KeyboardInterrupt:
                said = "interrupted; what was handed over goes on without you"
                raise CommandError(Exit.INTERRUPTED, said) from None
            finally:
                progress.end()
            if len(wanted) <= _MOST_NAMED and not is_quiet:
                print(f"{describe(case)}: {_reached(patience.goal, case)}")
        if len(wanted) > _MOST_NAMED and not is_quiet:
            print(f"all {len(wanted)}: durable there")
    return Exit.OK


def _follow(
    database: ReadOnlyDatabase, home: Home, find: Find, patience: Patience, progress: Progress
) -> Case:
    while True:
        job = find(database)
        found = cases(database, [] if job is None else [job])
        if found and _is_there(found[0], patience.goal):
            return found[0]
        if found and found[0].state == State.D:
            reason = printable(found[0].reason or "no reason was noted")
            raise CommandError(Exit.UNAVAILABLE, f"{describe(found[0])} was given up: {reason}")
        if patience.end_s is not None and time.monotonic() >= patience.end_s:
            raise CommandError(Exit.TRY_AGAIN, _still(home, found))
        progress.show(found[0] if found else None)
        time.sleep(_LOOK_S)


def _is_there(case: Case, goal: str) -> bool:
    if case.state == State.F:
        return True
    # It is fragmented completely, and the next hop has acknowledged all of it.
    return goal == NEXT_HOP and case.state == State.S_2W and case.pieces_left == 0


def _reached(goal: str, case: Case) -> str:
    if goal == DELIVERED or case.state == State.F:
        return f"durable at {case.destination}"
    return f"durable at the next hop to {case.destination}"


def _still(home: Home, found: Sequence[Case]) -> str:
    if not found:
        return "still queued: the node has not taken it from the drop folder yet"
    what = f"{describe(found[0])}: {printable(brief(found[0], runs(home)))}"
    return f"still queued: {what} (`{command(home, f'why {found[0].job}')}`)"
