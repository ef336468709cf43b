"""The path of a message through the states, as a drawing."""

from netrelay.cli.page.walk_drawing import Stop, stops_of, walk_drawing
from netrelay.cli.queries.walk import Step
from netrelay.cli.wording.walk_lines import walk_lines


def step(message: int, at_s: float, event: str, walk: str, message_type: int = 6) -> Step:
    return Step(at_s, message, message_type, 0, None, None, event, walk, None, "engine", None)


def test_the_stops_are_the_states_of_one_message_in_their_order() -> None:
    lines = walk_lines(
        [
            step(1, 0.0, "created", "- N-1 N-2 S-1 S-1"),
            step(1, 0.5, "size-known", "S-1 S-1 S-2"),
            step(4, 0.6, "cut", "- S-4", 2),
            step(1, 0.7, "all-cut", "S-2 S-2W"),
            step(1, 0.8, "pieces-done", "S-2W S-2W"),
            step(1, 90.0, "receipted", "S-2W F"),
        ]
    )
    stops = stops_of(lines, 1)
    assert [stop.state for stop in stops] == ["N-1", "N-2", "S-1", "S-2", "S-2W", "F"]
    assert stops[-1] == Stop("F", "receipted", 90.0)
    drawing = walk_drawing(stops)
    assert drawing.count("<circle") == 6
    assert '<g class="ok">' in drawing
    assert "receipted, after 90 s" in drawing


def test_the_last_state_is_marked_and_a_long_walk_is_bounded() -> None:
    assert '<g class="error">' in walk_drawing([Stop("S-4", "cut", 0.0), Stop("D", "expired", 1.0)])
    assert '<g class="here">' in walk_drawing([Stop("S-4", "cut", 0.0)])
    many = [Stop("S-4" if at % 2 else "S-4W", "lost", float(at)) for at in range(5000)]
    assert walk_drawing(many).count("<circle") == 60
