"""The eight processes have one shape: a card at the top, and no loop of their own."""

import ast
import re

import pytest

from netrelay.core.words import LANDER, PROCESSES
from netrelay.store.schema import transitions
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


FILES = [module for module in modules_in("processes") if not module.is_package]


@pytest.mark.parametrize("module", FILES, ids=lambda module: module.name)
def test_a_process_has_the_shape(module: Module) -> None:
    assert faults(module) == []


def test_the_room_contains_the_eight_processes_and_lander_only() -> None:
    assert {module.name.rpartition(".")[2] for module in FILES} == EIGHT | {LANDER}


def reported(module: Module) -> set[str]:
    """Return what a card names after `Reports:`, without remarks in brackets and the addressee."""
    card = ast.get_docstring(module.tree) or ""
    section = re.search(r"^Reports: +(.*?)(?=^\w+: |\Z)", card, re.MULTILINE | re.DOTALL)
    assert section is not None, module.name
    text = re.sub(r"\([^)]*\)", "", section[1])
    items = {" ".join(item.split()) for item in text.split(",")}
    return {item for item in items if not item.startswith("all to ")}


def records_put(module: Module) -> set[str]:
    """Return the classes of the ring records that a process makes as it puts them into its ring."""
    return {
        call.args[0].func.id
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "put"
        and isinstance(call.args[0], ast.Call)
        and isinstance(call.args[0].func, ast.Name)
    }


@pytest.mark.parametrize("module", FILES, ids=lambda module: module.name)
def test_a_card_names_every_event_that_the_machine_expects_of_the_process(module: Module) -> None:
    """Sender and receiver report no events, only records for the processor behind their ring."""
    process = module.name.rpartition(".")[2]
    events = {row.event for row in transitions() if row.actor == process}
    assert reported(module) == (events or records_put(module))


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
