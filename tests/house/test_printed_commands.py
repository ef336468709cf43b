"""A command that is printed for a person to type has the `--home DIR` that the person gave.

In the room cli, `command(home, words)` returns one for this node, `command_there(words)` one for
another node or one that needs no node; no other text spells a command. Help texts, which are shown
before a home is known, and the units of systemd, which have one home, may spell it.

Texts that processes log or store are outside: they are read wherever the home is by then.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from netrelay.cli.main import COMMANDS
from tests.house.source_tree import Module, netrelay_modules

SPELLED = re.compile(rf"netrelay (?:{'|'.join(COMMANDS)})\b(?! --help|:)")
# Made from the parsers; the commands of systemd's node; `netrelay run`, which nobody types.
FREE_PLACES = (
    *("netrelay.cli.reference.", "netrelay.cli.systemd."),
    *("netrelay.cli.commands.run", "netrelay.cli.commands.land"),
)
# A function with this name, and constants with these names, are help texts or documents.
HELP_FUNCTION = "parser"
HELP_CONSTANTS = frozenset({"GROUPS", "GROUP", "_README"})


def spelled_commands(module: Module) -> list[str]:
    """Return the texts of a module that spell a command, one sentence each."""
    return [
        f"{module.name}:{node.lineno}: {found[0]!r}: use command or command_there"
        for node in texts(module.tree)
        if (found := SPELLED.search(str(node.value))) is not None
    ]


def texts(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the string constants below a node, except docstrings and help texts."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name == HELP_FUNCTION:
            continue
        if isinstance(child, ast.Assign) and HELP_CONSTANTS & {
            target.id for target in child.targets if isinstance(target, ast.Name)
        }:
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        yield from texts(child)


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in netrelay_modules()
        if module.name.startswith("netrelay.cli") and not module.name.startswith(FREE_PLACES)
    ],
    ids=lambda module: module.name,
)
def test_no_command_is_spelled(module: Module) -> None:
    assert spelled_commands(module) == []


@pytest.mark.parametrize(
    "source",
    [
        'print("`netrelay why JOB` says more")',
        'def say(home):\n    print(f"type netrelay peer add {home}.card")',
        '_ADVICE = {"a": "netrelay up starts it"}',
    ],
)
def test_a_spelled_command_is_caught(source: str) -> None:
    assert len(spelled_commands(Module("m", source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""`netrelay why`: a paragraph."""',
        'def parser():\n    return CommandParser("why", "like netrelay show")',
        'print(command(home, "why JOB"), command_there("up"))',
        'print("`netrelay why --help` explains; netrelay is up")',
    ],
)
def test_another_text_passes(source: str) -> None:
    assert spelled_commands(Module("m", source)) == []
