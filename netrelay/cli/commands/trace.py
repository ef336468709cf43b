"""`netrelay trace`: the whole walk of one file, by its job's number or its name."""

from collections.abc import Iterable, Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading
from netrelay.cli.queries.walk import Step, Whole, find_wholes, steps_of
from netrelay.cli.text import json_line, size, table
from netrelay.cli.wording.copy_words import copies_said
from netrelay.cli.wording.custody_words import held_last
from netrelay.cli.wording.missing_jobs import no_such_job
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.cli.wording.walk_lines import walk_lines
from netrelay.core.printable import printable
from netrelay.core.words import MessageType
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "trace",
        "Show the whole walk of one file: every event of it and of its pieces, with the seconds"
        "\nsince the first. Pieces that did the same are one line; --json shows each.",
    )
    made.add_argument("word", metavar="JOB|NAME", help="a job's number, or a file's name")
    made.add_argument("--json", action="store_true", help="one JSON object for each event")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print every event of the file, its manifest or single, and its pieces, in time order."""
    options = parser().read(arguments)
    with reading(home) as database:
        wholes = find_wholes(database, options.word)
        if not wholes:
            missing = no_such_job(database, home, options.word, "a job's number or a file's name")
            raise CommandError(Exit.DATA, missing)
        whole = wholes[0]
        steps = steps_of(database, whole.message)
        held = held_last(database, whole.message) if whole.state != "F" else None
        copies = copies_said(database, whole.message)
    if options.json:
        print(json_line("whole", whole._asdict()))
        for step in steps:
            print(json_line("step", step._asdict()))
        return Exit.OK
    held_lines = [printable(held)] if held is not None else []
    print("\n".join([*_describe(whole, home), *held_lines, *copies, "", *_table(steps)]))
    others = [str(other.message) for other in wholes[1:]]
    if others:
        print(f"\nthis is the newest; others of this name: {', '.join(others)}")
    return Exit.OK


def _describe(whole: Whole, home: Home) -> list[str]:
    name = printable(whole.name) or type_words(whole.type)
    kind = "job" if whole.type == MessageType.JOB else "message"
    lines = [
        f"{name}  {size(whole.size_bytes)}  from {printable(whole.source)}"
        f" to {printable(whole.destination)}",
        f"{kind} {whole.message}, sequence {whole.sequence}, attempt {whole.attempt}:"
        f" {whole.state}, {state_words(whole.state)}",
    ]
    if whole.reason:
        lines.append(f"reason: {printable(whole.reason)}")
    if whole.inbox_name is not None:
        place = home.inbox / whole.source / whole.inbox_name
        lines.append(f"in the inbox: {printable(str(place))}")
    elif whole.path is not None and not whole.closed:
        lines.append(f"kept until its receipt: {printable(str(home.path / whole.path))}")
    return lines


def _table(steps: Iterable[Step]) -> list[str]:
    rows = [
        (
            f"{line.first_s:.3f}" + ("" if line.count == 1 else f" to {line.last_s:.3f}"),
            line.subject,
            line.event,
            line.walk,
            line.actor,
            printable(line.reason or ""),
        )
        for line in walk_lines(steps)
    ]
    return table(("SECONDS", "WHAT", "EVENT", "WALK", "BY", "REASON"), rows, cut=("REASON",))
