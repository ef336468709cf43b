"""Merged ranges: `covered` (bytes of a coming file) and `finished` (sequences), against a set."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sql.node import Node

Range = tuple[int, int]
ranges = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda r: (r[0], r[0] + r[1])),
    max_size=25,
)


@cache
def shared_node() -> Node:
    return Node("here")


def covered(node: Node, added: list[Range]) -> list[Range]:
    node.execute("DELETE FROM ranges")
    node.execute("INSERT INTO ranges VALUES (6, 0, 90), (8, 0, 90)")
    for first, last in added:
        node.execute("INSERT INTO covered VALUES (7, ?, ?)", (first, last))
    assert node.rows("SELECT * FROM ranges WHERE message <> 7") == [(6, 0, 90), (8, 0, 90)]
    return node.rows("SELECT first, last FROM ranges WHERE message = 7 ORDER BY first")


def finished(node: Node, added: list[Range]) -> list[Range]:
    node.execute("DELETE FROM seen")
    other = [
        ("far", "here", b"other000", 0, 90),
        ("near", "here", b"epoch000", 0, 90),
        ("far", "hq", b"epoch000", 0, 90),
    ]
    for row in other:
        node.execute("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", row)
    for first, last in added:
        node.execute(
            "INSERT INTO finished VALUES ('far', 'here', ?, ?, ?)", (b"epoch000", first, last)
        )
    kept = node.rows(
        "SELECT * FROM seen WHERE (source, destination, epoch) <> ('far', 'here', ?)",
        (b"epoch000",),
    )
    assert sorted(kept) == sorted(other)
    return node.rows(
        "SELECT first, last FROM seen WHERE source = 'far' AND destination = 'here' AND epoch = ?"
        " ORDER BY first",
        (b"epoch000",),
    )


def check(stored: list[Range], added: list[Range]) -> None:
    union = {n for first, last in added for n in range(first, last)}
    assert {n for first, last in stored for n in range(first, last)} == union
    for (_, last), (first, _) in pairwise(stored):
        assert last < first, "ranges that touch are one"


@pytest.mark.parametrize("view", [covered, finished])
@given(added=ranges)
@example(added=[(0, 2), (4, 6), (2, 4)])
@example(added=[(4, 6), (0, 9)])
@example(added=[(0, 9), (4, 6)])
@example(added=[(0, 2), (3, 5), (6, 8), (1, 7)])
def test_ranges_hold_what_was_added_and_merge(view: object, added: list[Range]) -> None:
    assert callable(view)
    check(view(shared_node(), added), added)


def test_an_empty_range_is_refused() -> None:
    assert "last > first" in Node("here").expect_refusal("INSERT INTO covered VALUES (7, 5, 5)")


@pytest.mark.parametrize(
    ("trigger", "view"), [("range_covered", covered), ("sequence_finished", finished)]
)
def test_without_the_merge_the_property_fails(trigger: str, view: object) -> None:
    """The negative control: the engine's trigger without its DELETE leaves ranges that touch."""
    assert callable(view)
    node = Node("here")
    script = node.value("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,))
    node.execute(f"DROP TRIGGER {trigger}")
    node.execute(script[: script.index("DELETE FROM")] + "END")
    added = [(4, 6), (2, 4)]
    with pytest.raises(AssertionError, match="ranges that touch"):
        check(view(node, added), added)
