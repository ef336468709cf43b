"""`netrelay show`: one job in full."""

import time
from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.why import job_named
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command, reading, runs
from netrelay.cli.queries.cases import Case, PieceCount, piece_counts
from netrelay.cli.queries.this_node import only_dials, own_node
from netrelay.cli.text import counted, duration, json_line, size
from netrelay.cli.wording.explain import Situation, paragraph
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.core.printable import printable
from netrelay.runtime.home import Home

# Causes that a person set, and that end as they said.
_NO_ERRORS = frozenset({"budget", "window", "paused"})


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "show", "Show one job in full: its file, its pieces, its way, its next try, its last error."
    )
    made.add_argument("word", metavar="JOB|FILE", help="a job's number, or a file's name")
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print the job; of files with one name, the newest."""
    options = parser().read(arguments)
    with reading(home) as database:
        case, others = job_named(database, home, options.word)
        own = own_node(database).name
        pieces = piece_counts(database, case.job)
        situation = Situation(own, home, runs(home), only_dials(database))
    if options.json:
        print(
            json_line("job", {**case._asdict(), "pieces": [_piece_fields(each) for each in pieces]})
        )
        return Exit.OK
    lines = _describe(case, pieces, own)
    print("\n".join(f"{name:12}{printable(text)}" for name, text in lines if text))
    print(f"\n{paragraph(case, situation)}")
    print(f"\n`{command(home, f'trace {case.job}')}` shows its whole walk.", end="")
    if others:
        print(f" Others of this name: {', '.join(str(job) for job in others)}.", end="")
    print()
    return Exit.OK


def _piece_fields(pieces: PieceCount) -> dict[str, object]:
    return {
        "type": pieces.type,
        "state": pieces.state,
        "count": pieces.number,
        "bytes": pieces.size_bytes,
        "most_refusals": pieces.most_refusals,
    }


def _describe(case: Case, pieces: list[PieceCount], own: str) -> list[tuple[str, str]]:
    return [
        ("job", f"{case.job}, attempt {case.attempt}, priority {case.priority}"),
        (case.kind, f"{case.name or 'without a name here'}, {size(case.size_bytes)}"),
        ("way", _way(case, own)),
        ("state", f"{case.state}, {state_words(case.state)}"),
        ("pieces", _describe_pieces(pieces)),
        ("given", _when(case.given_unix_s, case.given_s)),
        ("finished", _when(case.finished_unix_s, case.finished_s)),
        ("done", f"{size(case.done_bytes)} of {size(case.size_bytes)}"),
        ("place", case.place or ""),
        ("next try", _ahead(case.next_try_in_s)),
        ("given up", _ahead(case.expires_in_s) if case.state not in ("F", "D") else ""),
        ("reason" if case.cause in _NO_ERRORS else "last error", case.reason or ""),
    ]


def _way(case: Case, own: str) -> str:
    if case.direction == "through":
        middle = [own]
    else:
        middle = [case.via] if case.via and case.direction == "out" else []
    return " -> ".join([case.source, *middle, case.destination])


def _describe_pieces(pieces: list[PieceCount]) -> str:
    return "; ".join(
        f"{counted(each.number, type_words(each.type))} {each.state} {state_words(each.state)}"
        for each in pieces
    )


def _when(unix_s: float | None, ago_s: float | None) -> str:
    if unix_s is None:
        return ""
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(unix_s))
    return shown if ago_s is None else f"{shown} ({duration(ago_s)} ago)"


def _ahead(time_s: float | None) -> str:
    if time_s is None:
        return ""
    return f"in {duration(time_s)}" if time_s > 0 else "now"
