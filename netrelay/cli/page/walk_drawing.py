"""The walk of a message drawn as the path through the states, as inline SVG."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from netrelay.cli.page.markup import Markup, element
from netrelay.cli.text import duration
from netrelay.cli.wording.state_words import state_words
from netrelay.cli.wording.walk_lines import WalkLine
from netrelay.core.words import State

_STOPS = 60
_WIDTH: Final = 360
_STEP: Final = 46
_LEFT: Final = 14
_TOP: Final = 16


class Stop(NamedTuple):
    """A state that the message was in, and the event that brought it there."""

    state: str
    event: str
    at_s: float


def stops_of(lines: Iterable[WalkLine], message: int) -> list[Stop]:
    """Return the states that one message passed, in their order, without repetitions."""
    stops: list[Stop] = []
    for line in lines:
        if line.message != message or line.count > 1:
            continue
        for state in line.walk.split():
            if state == "-" or (stops and stops[-1].state == state):
                continue
            stops.append(Stop(state, line.event, line.first_s))
    return stops


def walk_drawing(stops: list[Stop]) -> Markup:
    """Return the drawing: a dot for each state, from the first to the one that it is in."""
    shown = stops[-_STOPS:]
    height = _TOP * 2 + _STEP * (len(shown) - 1) + 12
    lines = [
        element("line", x1=_LEFT, x2=_LEFT, y1=_y(at), y2=_y(at + 1))
        for at in range(len(shown) - 1)
    ]
    dots = [_stop(stop, at, at == len(shown) - 1) for at, stop in enumerate(shown)]
    words = ", then ".join(f"{stop.state} ({state_words(stop.state)})" for stop in shown)
    return element(
        "svg",
        element("title", f"The path through the states: {words}"),
        *lines,
        *dots,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
    )


def _y(at: int) -> int:
    return _TOP + at * _STEP


def _stop(stop: Stop, at: int, is_last: bool) -> Markup:
    kind = None
    if is_last:
        kind = {str(State.F): "ok", str(State.D): "error"}.get(stop.state, "here")
    when = "at the start" if at == 0 and not stop.at_s else f"after {_span(stop.at_s)}"
    return element(
        "g",
        element("circle", cx=_LEFT, cy=_y(at), r=7),
        element("text", stop.state, x=34, y=_y(at) + 5, class_="code"),
        element("text", state_words(stop.state), x=84, y=_y(at) + 5),
        element("text", f"{stop.event}, {when}", x=84, y=_y(at) + 22, class_="soft"),
        class_=kind,
    )


def _span(time_s: float) -> str:
    return f"{time_s:.2f} s" if time_s < 10 else duration(time_s)
