"""Docstrings are plain technical English, as far as a program can tell.

A function or method begins with what it does or returns, in the imperative: "Return ...",
"Store ...", "Raise ...". A class, module or property begins with what it is. Whether the rest is
true and readable is for a reviewer.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source_tree import Module, netrelay_modules

# Vague verbs, and openings that make a reader guess the subject.
VAGUE_WORDS = frozenset(
    {"give", "gives", "hear", "hears", "how", "know", "knows", "let", "lets", "say", "says", "see"}
    | {"take", "takes", "tell", "tells", "what", "when", "whether", "who", "whoever", "whose"}
)
# A function that begins with one of these describes a thing instead of an action.
NOUN_WORDS = frozenset(
    {"a", "all", "an", "any", "each", "every", "false", "none", "one", "our", "the", "this", "true"}
)
# Imperatives that end like the third person.
IMPERATIVES_IN_S = frozenset(
    {"address", "compress", "decompress", "discuss", "express", "pass", "process", "suppress"}
)


def style_faults(module: Module) -> list[str]:
    """Return the docstrings of the module whose first word breaks the rule, one sentence each."""
    return [
        f"{module.name}:{line} {name}: begins with {word!r}"
        for name, line, word, is_action in first_words(module.tree)
        if word.lower() in VAGUE_WORDS or (is_action and not is_imperative(word))
    ]


def first_words(tree: ast.Module) -> Iterator[tuple[str, int, str, bool]]:
    """Yield name, line, first word, and whether it is an action, for every docstring."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node)
        if text:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            name = "module" if isinstance(node, ast.Module) else node.name
            word = text.split(maxsplit=1)[0].rstrip(",.:;")
            yield name, node.body[0].lineno, word, is_function and not is_property(node)


def is_property(node: ast.AST) -> bool:
    """Return True for a property, whose docstring names the value."""
    decorators = getattr(node, "decorator_list", [])
    return any("property" in ast.unparse(decorator) for decorator in decorators)


def is_imperative(word: str) -> bool:
    """Return False for a word that cannot be an imperative."""
    lower = word.lower()
    if lower in NOUN_WORDS or not lower.isalpha():
        return False
    return not lower.endswith("s") or lower in IMPERATIVES_IN_S


@pytest.mark.parametrize("module", netrelay_modules(), ids=lambda module: module.name)
def test_docstrings_are_plain(module: Module) -> None:
    assert style_faults(module) == []


def function(docstring: str) -> str:
    """Return the source of a function."""
    return f'def read():\n    """{docstring}"""'


def prop(docstring: str, decorator: str = "property") -> str:
    """Return the source of a class with a property."""
    return f'class Reader:\n    @{decorator}\n    def size(self):\n        """{docstring}"""'


@pytest.mark.parametrize(
    "source",
    [
        '"""What a frame is."""',
        'class Reader:\n    """Who reads."""',
        f"async {function('Whether it can be read.')}",
        function("Give the frame."),
        function("Gives the frame."),
        function("The frame."),
        function("Reads the frame."),
        function("True when it can be read."),
        function("512 bytes of it."),
        prop("How long it is."),
    ],
)
def test_a_vague_docstring_is_caught(source: str) -> None:
    assert len(style_faults(Module("m", source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Frames: the unit of framing."""',
        'class Reader:\n    """The consumer."""',
        function("Return the frame."),
        function("Process one record."),
        prop("Size in bytes."),
        prop("The size.", "cached_property"),
        "def undocumented(): ...",
    ],
)
def test_a_plain_docstring_passes(source: str) -> None:
    assert style_faults(Module("m", source)) == []
