"""The eight processes have one shape: a card at the top, and no loop of their own."""

import ast
import re

import pytest

from netrelay.core.words import PROCESSES
from tests.house.source_tree import Module, modules_in, reaches

EIGHT = frozenset(PROCESSES)
CARD = ("Reads", "Writes", "Reports", "Sleeps")


def faults(module: Module) -> list[str]:
    """Return the deviations of a process from the shape, one sentence each."""
    card = ast.get_docstring(module.tree) or ""
    found = [
        f"{module.name}: its card has no line `{word}:`"
        for word in CARD
        if not re.search(rf"^{word}: +\S", card, re.MULTILINE)
    ]
    # Readiness, watchdog, signals and sleeping belong to runtime/loop.py.
    found += [
        f"{module.name}:{each.line} imports {each.name}"
        for each in module.imports()
        if reaches(each.name, "signal")
    ]
    return found + [
        f"{module.name}:{node.lineno} has a loop without a bound"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.While)
    ]


@pytest.mark.parametrize("module", list(modules_in("processes")), ids=lambda module: module.name)
def test_a_process_has_the_shape(module: Module) -> None:
    if not module.is_package:
        assert faults(module) == []


def test_the_room_contains_the_eight_processes_only() -> None:
    names = {
        module.name.rpartition(".")[2]
        for module in modules_in("processes")
        if not module.is_package
    }
    assert names == EIGHT


GOOD = '''"""sender: opens connections and sends.

Reads:   the ring
Writes:  the network
Reports: outcomes
Sleeps:  on sockets
"""
'''


def test_the_shape_passes() -> None:
    assert faults(Module("netrelay.processes.sender", GOOD)) == []


@pytest.mark.parametrize(
    "source",
    [
        GOOD.replace("Reads:   the ring\n", ""),
        GOOD.replace("Writes:  the network", "Writes:"),
        GOOD.replace("Reports:", "It reports:"),
        GOOD.replace("Sleeps:  on sockets\n", ""),
        GOOD + "import signal\n",
        GOOD + "from signal import SIGTERM\n",
        GOOD + "def step():\n    while True:\n        pass\n",
    ],
)
def test_a_deviation_is_caught(source: str) -> None:
    assert len(faults(Module("netrelay.processes.sender", source))) == 1
