"""No class name and no module file name occurs twice in netrelay.

Two meanings of one name cost every reader a look at the imports.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable

from tests.house.source_tree import Module, netrelay_modules

# A file of a command is named after the words that a person types: `fleet check` is fleet/check.py.
COMMANDS = "netrelay.cli.commands."


def repeated(names: Iterable[tuple[str, str]]) -> set[str]:
    """Return the names that occur in more than one place, from (name, place) pairs."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name, place in names:
        places[name].add(place)
    return {name for name, found in places.items() if len(found) > 1}


def class_names(modules: Iterable[Module]) -> list[tuple[str, str]]:
    """Return the public classes of the modules, each with its module."""
    return [
        (node.name, module.name)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def file_names(modules: Iterable[Module]) -> list[tuple[str, str]]:
    """Return the file names of the modules, except of packages, __main__ and commands."""
    return [
        (module.name.rpartition(".")[2], module.name)
        for module in modules
        if not module.is_package
        and not module.name.startswith(COMMANDS)
        and not module.name.endswith(".__main__")
    ]


def test_no_class_name_occurs_twice() -> None:
    assert repeated(class_names(netrelay_modules())) == set()


def test_no_file_name_occurs_twice() -> None:
    assert repeated(file_names(netrelay_modules())) == set()


def test_a_repeated_class_is_caught() -> None:
    modules = [
        Module("netrelay.core.frames", "class Agreement: ...\nclass _Part: ..."),
        Module("netrelay.ring.records", "class Agreement: ...\nclass _Part: ..."),
    ]
    assert repeated(class_names(modules)) == {"Agreement"}


def test_a_repeated_file_is_caught() -> None:
    modules = [
        Module("netrelay.core.words", ""),
        Module("netrelay.cli.words", ""),
        Module("netrelay.cli.commands.frames", ""),
        Module("netrelay.core.frames", ""),
        Module("netrelay.core", "", is_package=True),
        Module("netrelay.__main__", ""),
    ]
    assert repeated(file_names(modules)) == {"words"}
