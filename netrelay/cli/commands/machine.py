"""`netrelay machine`: every transition of a message, as a table or as a diagram."""

from collections.abc import Sequence
from itertools import groupby

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import Exit
from netrelay.cli.text import json_line, table
from netrelay.runtime.home import Home
from netrelay.store.schema import Transition, transitions


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "machine",
        "Show the machine: every move a message can make. What is not in it is refused."
        "\nTYPES: 1 single, 2 piece, 3 manifest, 4 hello, 5 hello reply, 6 job, 7 receipt,"
        " 0 any other.",
    )
    form = made.add_mutually_exclusive_group()
    form.add_argument("--diagram", action="store_true", help="draw it, as Mermaid text")
    form.add_argument("--json", action="store_true", help="one JSON object for each row and type")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- the machine is everyone's
    """Print the machine; it needs no node."""
    options = parser().read(arguments)
    moves = transitions()
    if options.diagram:
        from netrelay.store.diagram import diagram

        print(diagram(moves).rstrip("\n"))
    elif options.json:
        print("\n".join(json_line("transition", move._asdict()) for move in moves))
    else:
        print("\n".join(_table(moves)))
    return Exit.OK


def _table(moves: Sequence[Transition]) -> list[str]:
    def without_type(move: Transition) -> Transition:
        return move._replace(type=0)

    rows = [
        (
            move.from_state,
            move.event,
            "".join(str(each.type) for each in group),
            move.to_state,
            move.effect or "-",
            move.actor,
            move.why,
        )
        for move, group in groupby(moves, key=without_type)
    ]
    return table(("FROM", "EVENT", "TYPES", "TO", "EFFECT", "BY", "WHY"), rows)
