"""`netrelay trace`: the whole walk of one file, by its job's number or its name."""

from collections.abc import Iterable, Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading
from netrelay.cli.queries.walk import Step, Whole, find_wholes, steps_of
from netrelay.cli.text import counted, json_line, size, table
from netrelay.cli.wording.missing_jobs import no_such_job
from netrelay.cli.wording.state_words import state_words, type_words
from netrelay.core.printable import printable
from netrelay.core.words import MessageType
from netrelay.runtime.home import Home

# Pieces with the same transition share a line, so that a file of a thousand pieces fits a screen.
_SUMMARISED = MessageType.CHUNK


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
    if options.json:
        print(json_line("whole", whole._asdict()))
        for step in steps:
            print(json_line("step", step._asdict()))
        return Exit.OK
    print("\n".join([*_describe(whole, home), "", *_table(steps)]))
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
        for line in _summarise(steps)
    ]
    return table(("SECONDS", "WHAT", "EVENT", "WALK", "BY", "REASON"), rows, cut=("REASON",))


class _Line:
    def __init__(self, step: Step) -> None:
        self.first_s = self.last_s = step.at_s
        self.count = 1
        self.message = step.message
        self.type = step.type
        self.serial, self.pieces = step.serial, step.pieces
        self.event, self.walk, self.actor = step.event, step.walk, step.actor
        self.reason = step.reason

    @property
    def subject(self) -> str:
        """`job 7`, `piece 3 of 7 (message 12)`, or `64 pieces`."""
        word = type_words(self.type)
        if self.count > 1:
            return counted(self.count, word)
        if self.serial is None:
            return f"{word} {self.message}"
        return f"{word} {self.serial} of {self.pieces} (message {self.message})"


def _summarise(steps: Iterable[Step]) -> list[_Line]:
    """Return one line for each transition, with all pieces that took it."""
    lines: list[_Line] = []
    open_lines: dict[tuple[object, ...], _Line] = {}
    for step in steps:
        # A reason often names its piece or a time: the first one represents all of a line.
        key = (step.type, step.event, step.walk, step.actor)
        line = open_lines.get(key) if step.type == _SUMMARISED else None
        if line is None:
            line = open_lines[key] = _Line(step)
            lines.append(line)
        else:
            line.count += 1
            line.last_s = step.at_s
    return lines
