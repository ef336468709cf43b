"""Every public module, class, function and method of netrelay has a docstring."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source_tree import Module, netrelay_modules

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
# Setters, overloads and overrides are documented where the name is first defined.
DOCUMENTED_ELSEWHERE = frozenset({"setter", "deleter", "overload", "override"})


def without_docstring(module: Module) -> list[str]:
    """Return the public names of the module that lack a docstring."""
    tree = module.tree
    missing = [] if ast.get_docstring(tree) else [module.name]
    return missing + [
        f"{module.name}.{name}"
        for name, node in public_definitions(tree)
        if not ast.get_docstring(node)
    ]


def public_definitions(parent: ast.Module | ast.ClassDef) -> Iterator[tuple[str, Definition]]:
    """Yield public classes and functions at the top level, and public members of those classes."""
    for node in parent.body:
        if (
            not isinstance(node, Definition)
            or node.name.startswith("_")
            or is_documented_elsewhere(node)
        ):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for name, member in public_definitions(node):
                yield f"{node.name}.{name}", member


def is_documented_elsewhere(node: Definition) -> bool:
    """Return True when a decorator shows that the docstring is elsewhere."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(DOCUMENTED_ELSEWHERE & names)


@pytest.mark.parametrize("module", netrelay_modules(), ids=lambda module: module.name)
def test_public_names_have_docstrings(module: Module) -> None:
    assert without_docstring(module) == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("x = 1", ["m"]),
        ("", ["m"]),
        ('"""Doc."""\ndef give(): ...', ["m.give"]),
        ('"""Doc."""\nasync def give(): ...', ["m.give"]),
        ('"""Doc."""\nclass Ring: ...', ["m.Ring"]),
        ('"""Doc."""\nclass Ring:\n    """Doc."""\n    def take(self): ...', ["m.Ring.take"]),
        (
            '"""Doc."""\nclass Ring:\n    """Doc."""\n    @property\n    def x(self): ...',
            ["m.Ring.x"],
        ),
    ],
)
def test_a_missing_docstring_is_caught(source: str, missing: list[str]) -> None:
    assert without_docstring(Module("m", source)) == missing


def test_private_names_and_setters_pass() -> None:
    source = '''"""Doc."""
def _inside(): ...
class Ring:
    """Doc."""
    def __init__(self): ...
    @property
    def x(self):
        """Doc."""
    @x.setter
    def x(self, value): ...
'''
    assert without_docstring(Module("m", source)) == []
