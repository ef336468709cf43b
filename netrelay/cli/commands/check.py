"""`netrelay check`: reports what is wrong with the node, and what to do."""

from collections.abc import Sequence

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.home_findings import home_findings
from netrelay.cli.checks.peer_findings import peer_findings
from netrelay.cli.checks.user_findings import user_findings
from netrelay.cli.errors import Exit
from netrelay.cli.findings import Finding, Level
from netrelay.cli.opening import require_node
from netrelay.cli.text import json_line
from netrelay.core.printable import printable
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "check",
        "Look whether all is in order: configuration, keys, database, disk, clock, ports, peers."
        "\nEach line is ok, warn or fail, with what to do. 69 if anything fails, else 0.",
    )
    made.add_argument("--as", dest="user", metavar="USER", help="may this user drop files?")
    made.add_argument("--json", action="store_true", help="one JSON object for each line")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Print each finding as soon as it is known."""
    options = parser().read(arguments)
    require_node(home)
    worst = Level.OK
    for finding in _findings(home, options.user):
        worst = max(worst, finding.level)
        if options.json:
            fields = {**finding._asdict(), "level": finding.level.word}
            print(json_line("finding", fields), flush=True)
        else:
            print(printable(f"{finding.level.word:4}  {finding.subject:9}  {finding.text}"))
            if finding.help:
                print(printable(f"{'':17}{finding.help}"), flush=True)
    return Exit.UNAVAILABLE if worst is Level.FAIL else Exit.OK


def _findings(home: Home, user: str | None) -> list[Finding]:
    found = list(home_findings(home))
    # The finding about what cannot be opened is printed already.
    if not any(finding.ends for finding in found):
        found += peer_findings(home)
    if user is not None:
        found += user_findings(home, user)
    return found
