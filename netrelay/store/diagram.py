"""State diagram of the transition table: `python -m netrelay.store.diagram`."""

import sys
from collections.abc import Iterable

from netrelay.store.schema import Transition, transitions

# In Mermaid, [*] is the initial state, and a name has no hyphen (mermaid.js.org).
_BORN = "[*]"
_ALL_TYPES = frozenset(range(8))


def diagram(rows: Iterable[Transition]) -> str:
    """Return the transitions as a Mermaid state diagram, with one arrow for each pair of states.

    An arrow names its events; an event of some message types only names them too. Transitions from
    a state to itself are left out: they only record late facts and repeats.
    """
    known = list(rows)
    states = dict.fromkeys(
        state for row in known for state in (row.from_state, row.to_state) if state != "-"
    )
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    {_name(state)} : {state}" for state in states]
    for (from_state, to_state), events in _arrows(known).items():
        labels = ", ".join(_label(event, types) for event, types in events.items())
        lines.append(f"    {_name(from_state)} --> {_name(to_state)} : {labels}")
    return "\n".join(lines) + "\n"


def _arrows(rows: list[Transition]) -> dict[tuple[str, str], dict[str, set[int]]]:
    arrows: dict[tuple[str, str], dict[str, set[int]]] = {}
    for row in rows:
        if row.from_state != row.to_state:
            events = arrows.setdefault((row.from_state, row.to_state), {})
            events.setdefault(row.event, set()).add(row.type)
    return arrows


def _label(event: str, types: set[int]) -> str:
    if types == _ALL_TYPES:
        return event
    return f"{event} ({''.join(map(str, sorted(types)))})"


def _name(state: str) -> str:
    return _BORN if state == "-" else state.replace("-", "")


def main() -> None:
    """Write the diagram of the installed transition table to standard output."""
    sys.stdout.write(diagram(transitions()))


if __name__ == "__main__":
    main()
