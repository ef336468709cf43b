"""`netrelay check`: reports what is wrong with the node, and what to do."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.home_findings import home_findings
from netrelay.cli.checks.landing_findings import landing_findings
from netrelay.cli.checks.line_findings import line_findings
from netrelay.cli.checks.peer_findings import peer_findings
from netrelay.cli.checks.serial_findings import serial_findings
from netrelay.cli.checks.user_findings import user_findings
from netrelay.cli.findings import Finding, Level, summary
from netrelay.cli.opening import Reader, require_node
from netrelay.cli.terminal import doubtful, painted, wrong
from netrelay.cli.text import json_line
from netrelay.core.printable import printable
from netrelay.runtime.home import Home

_COLOURS: dict[Level, Callable[[str], str]] = {
    Level.OK: str,
    Level.WARN: doubtful,
    Level.FAIL: wrong,
}

# Of so many findings of one subject and level all are printed; of more, the first.
_SAME_LIMIT = 50
_SAME_SHOWN = 20

# NRPE cuts the output of a plugin after 1,024 bytes in its oldest version.
_LINE_CHARACTERS = 800

# The words of monitoring plugins (Monitoring Plugins Development Guidelines).
_PLUGIN_WORDS = {Level.OK: "OK", Level.WARN: "WARNING", Level.FAIL: "CRITICAL"}


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "check",
        "Look whether all is in order: configuration, keys, database, disk, clock, ports, peers."
        "\nEach line is ok, warn or fail, with what to do. Exit status 0: all is well; 1: there are"
        " warnings; 2: there\nare errors (a line `fail`), as when the node is down.",
    )
    form = made.add_mutually_exclusive_group()
    form.add_argument(
        "--quiet", action="store_true", help="print nothing: the exit status says it, for cron"
    )
    form.add_argument(
        "--line", action="store_true", help="one line with the worst, as plugins of Nagios print it"
    )
    made.add_argument("--as", dest="user", metavar="USER", help="may this user drop files?")
    form.add_argument("--json", action="store_true", help="one JSON object for each line")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print each finding; return the level of the worst as exit status."""
    options = parser().read(arguments)
    require_node(home)
    found = _findings(home, options.user)
    worst = max(finding.level for finding in found)
    if options.line:
        # What follows a bar is read as figures, and not shown; peers choose some of these words.
        print(printable(_line(found, worst)).replace("|", r"\x7c"))
    if options.line or options.quiet:
        return worst
    for finding in found if options.json else _few(found):
        if options.json:
            fields = {**finding._asdict(), "level": finding.level.word}
            print(json_line("finding", fields), flush=True)
        else:
            text = printable(f"  {finding.subject:9}  {finding.text}")
            print(painted(_COLOURS[finding.level](finding.level.word), 4) + text)
            if finding.help:
                print(printable(f"{'':17}{finding.help}"), flush=True)
    if not options.json:
        print(summary(finding.level for finding in found))
    return worst


def _few(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings; of many about one subject and of one level, the first and their number.

    A hub has a peer on each of thousands of lines.
    """
    kinds = Counter((finding.subject, finding.level) for finding in found)
    shown: Counter[tuple[str, Level]] = Counter()
    for finding in found:
        kind = finding.subject, finding.level
        shown[kind] += 1
        most = kinds[kind] if kinds[kind] <= _SAME_LIMIT else _SAME_SHOWN
        if shown[kind] <= most:
            yield finding
        elif shown[kind] == most + 1:
            rest = f"and {kinds[kind] - most} more of this kind; --json has them all"
            yield finding._replace(text=rest, help="")


def _line(found: Sequence[Finding], worst: Level) -> str:
    """Return one line: the word of plugins for the worst level, and all that has this level."""
    texts = [f"{each.subject}: {each.text}" for each in found if each.level == worst]
    if worst == Level.OK:
        texts = [summary(finding.level for finding in found)]
    said = "; ".join(texts)
    if len(said) > _LINE_CHARACTERS:
        said = f"{len(texts)} findings: {said[:_LINE_CHARACTERS]} ..."
    return f"NETRELAY {_PLUGIN_WORDS[worst]} - {said}"


def _findings(home: Home, user: str | None) -> list[Finding]:
    with Reader(home) as reader:
        found = list(home_findings(home, reader))
        # The finding about what cannot be opened is printed already.
        if not any(finding.ends for finding in found):
            # A peer that is removed meanwhile is there for all of them, or for none.
            with reader.snapshot() as database:
                found += peer_findings(database, home)
                found += line_findings(database, home)
                found += serial_findings(database, home)
            found += landing_findings(reader, home)
    if user is not None:
        found += user_findings(home, user)
    return found
