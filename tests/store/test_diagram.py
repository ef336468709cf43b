"""The diagram in sql/README.md equals the one drawn from the transition table."""

import subprocess
import sys

from netrelay.store.diagram import diagram
from netrelay.store.schema import Transition, sql_directory, transitions


def test_the_readme_shows_the_transition_table() -> None:
    readme = (sql_directory() / "README.md").read_text(encoding="utf-8")
    (shown,) = [part.split("```")[0] for part in readme.split("```mermaid\n")[1:]]
    assert shown == diagram(transitions()), (
        "the machine changed: put what `python -m netrelay.store.diagram` prints into sql/README.md"
    )


def test_every_change_of_state_is_an_arrow_and_a_late_fact_is_not() -> None:
    rows = [
        Transition("-", "made", 4, "N-1", None, "engine", "why"),
        *(Transition("N-1", "hash-good", t, "N-2", None, "engine", "why") for t in range(8)),
        Transition("S-4W", "lost", 2, "S-1", None, "processor_s", "why"),
        Transition("S-4W", "lost", 1, "S-1", None, "processor_s", "why"),
        Transition("S-4W", "nacked", 1, "S-1", None, "processor_s", "why"),
        Transition("F", "acked", 1, "F", None, "processor_s", "why"),
    ]
    assert diagram(rows).splitlines()[2:] == [
        "    N1 : N-1",
        "    N2 : N-2",
        "    S4W : S-4W",
        "    S1 : S-1",
        "    F : F",
        "    [*] --> N1 : made (4)",
        "    N1 --> N2 : hash-good",
        "    S4W --> S1 : lost (12), nacked (1)",
    ]


def test_it_is_printed_on_request() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "netrelay.store.diagram"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == diagram(transitions())
