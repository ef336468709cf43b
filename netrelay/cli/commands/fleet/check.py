"""`netrelay fleet check`: the mistakes in a fleet's file, or which nodes reach which by it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.fleet.checked_fleet import FLEET_FILE, read_checked
from netrelay.cli.errors import Exit
from netrelay.cli.opening import command_there
from netrelay.cli.text import counted, json_line, table
from netrelay.core.printable import printable
from netrelay.provisioning.fleet.fleet_file import Fleet
from netrelay.provisioning.fleet.fleet_keys import missing_cards
from netrelay.provisioning.fleet.fleet_routes import ways
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "fleet check",
        "Find every mistake of a fleet's file before a card is written: names that are none, routes"
        "\nthat end nowhere or have no way back, rights that are missing on them, addresses and"
        "\nports that are there twice. Without one, show who reaches whom, and by whom.",
    )
    made.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        nargs="?",
        default=Path(FLEET_FILE),
        help=f"the fleet's file (default: {FLEET_FILE} here)",
    )
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- it needs no node here
    """Check the file; mistakes go to standard error, one a line."""
    options = parser().read(arguments)
    fleet, mistakes = read_checked(options.file)
    for mistake in mistakes:
        if options.json:
            print(json_line("mistake", mistake._asdict()))
        else:
            print(printable(f"netrelay: {options.file}{mistake.text}"), file=sys.stderr)
    if mistakes or fleet is None:
        return Exit.CONFIG
    if options.json:
        for each in ways(fleet):
            fields = {"nodes": each.nodes, "files": each.is_wanted}
            print(json_line("way", fields))
        print(json_line("fleet", {"nodes": list(fleet.nodes), "missing": missing_cards(fleet)}))
        return Exit.OK
    print("\n".join(_report(fleet)))
    return Exit.OK


def _report(fleet: Fleet) -> list[str]:
    rows = [
        (each.nodes[0], each.destination, ", ".join(each.relays) or "direct")
        for each in ways(fleet)
        if each.is_wanted
    ]
    count = counted(len(fleet.nodes), "node")
    lines = [f"{fleet.path} is good: {count}, {counted(len(rows), 'way')} for files", ""]
    if rows:
        lines += table(("FROM", "TO", "BY"), rows)
    silent = [name for name in fleet.nodes if not any(name in row[:2] for row in rows)]
    if silent:
        lines += ["", f"nobody sends to {', '.join(silent)}, and nobody hears of them"]
    missing = missing_cards(fleet)
    if missing:
        lines += [
            "",
            f"still to be carried back: {', '.join(f'{name}.card' for name in missing)}; each Pi"
            " writes it onto its boot partition",
            f"when it has started once, and `{command_there('fleet collect CARD')}` keeps it here",
        ]
    return lines
