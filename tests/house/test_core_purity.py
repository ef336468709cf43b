"""core is pure: no clock, input, output, logging or randomness.

Its tests can therefore try every input, and two nodes compute the same result.
"""

import ast

import pytest

from tests.house.source_tree import Module, modules_in, reaches

IMPURE_MODULES = (
    "apsw",
    "asyncio",
    "datetime",
    "logging",
    "mmap",
    "os",
    "pathlib",
    "random",
    "secrets",
    "select",
    "selectors",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "uuid",
)
IMPURE_CALLS = ("input", "open", "print")


def impurities(module: Module) -> list[str]:
    """Return the imports and calls that make the module impure, one sentence each."""
    imports = [
        f"{module.name}:{each.line} imports {each.name}"
        for each in module.imports()
        if any(reaches(each.name, impure) for impure in IMPURE_MODULES)
    ]
    calls = [
        f"{module.name}:{node.lineno} calls {node.func.id}()"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in IMPURE_CALLS
    ]
    return imports + calls


@pytest.mark.parametrize("module", list(modules_in("core")), ids=lambda module: module.name)
def test_core_is_pure(module: Module) -> None:
    assert impurities(module) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os.path",
        "from socket import AF_INET",
        "def pick():\n    from random import choice",
        "import logging as log",
        "from datetime import datetime",
        "def show(row):\n    print(row)",
        "def load(path):\n    return open(path)",
    ],
)
def test_an_impurity_is_caught(source: str) -> None:
    assert len(impurities(Module("netrelay.core.words", source))) == 1


def test_a_similar_name_passes() -> None:
    source = "import timeit_like\nfrom os_names import NAMES\nNAMES.open('x')\n"
    assert impurities(Module("netrelay.core.words", source)) == []
