"""`netrelay machine`: the whole machine, aligned."""

import json

from netrelay.store.diagram import diagram
from netrelay.store.schema import transitions
from tests.cli.command_line import Place


def test_every_move_is_in_the_table_once(homes: Place) -> None:
    heading, *rows = homes.line("none").good("machine").splitlines()
    columns = [heading.index(word) for word in ("FROM", "EVENT", "TYPES", "TO ", "EFFECT", "BY")]
    columns.append(heading.index("WHY"))
    found = []
    for row in rows:
        cells = [row[a:b].strip() for a, b in zip(columns, [*columns[1:], None], strict=True)]
        from_state, event, types, to_state, effect, actor, why = cells
        found += [
            (from_state, event, int(each), to_state, None if effect == "-" else effect, actor, why)
            for each in types
        ]
    assert found == [tuple(move) for move in transitions()]
    assert len(rows) < len(found)


def test_json_has_one_object_for_each_row_and_type(homes: Place) -> None:
    lines = homes.line("none").good("machine", "--json").splitlines()
    assert len(lines) == len(transitions())
    first = json.loads(lines[0])
    assert first["from_state"] == "-"
    assert first["kind"] == "transition"


def test_the_diagram_is_the_one_of_the_machine(homes: Place) -> None:
    assert homes.line("none").good("machine", "--diagram").strip() == diagram(transitions()).strip()
