"""Every bad input has a clear answer, nothing is lost by it, and the nodes go on.

docs/evidence/bad-input.md holds what netrelay answers; a run that answers otherwise fails, and
NETRELAY_WRITE_TABLES=1 writes the document anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.story import bad_commands, bad_drops, bad_peers
from tests.story.bad_input_table import CASES, DOCUMENT, Case, Place, row, rows_in, with_rows
from tests.story.bad_peers import SlowCallers
from tests.story.nodes import Homes, Pair

WRITES = bool(os.environ.get("NETRELAY_WRITE_TABLES"))
assert all((bad_commands, bad_drops, bad_peers))


@pytest.fixture(scope="module")
def slow(running_pair: Pair) -> Iterator[SlowCallers]:
    """Callers that begin with the first case: their deadline is over when it is their turn."""
    callers = SlowCallers(running_pair.shelf)
    yield callers
    callers.close()


@pytest.fixture
def place(
    running_pair: Pair, homes: Homes, slow: SlowCallers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Two nodes that run before and after."""
    beside = running_pair.shelf.home.path.parent
    with TemporaryDirectory(dir=beside) as folder:
        yield Place(running_pair, homes, Path(folder), monkeypatch, slow)
    for node in running_pair:
        crashed = node.rows("SELECT text FROM logs WHERE event IN ('crashed', 'cannot-start')")
        assert crashed == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_the_answer_is_what_the_document_says(place: Place, case: Case) -> None:
    answer = row(case, case.try_it(place))
    key = case.section, row(case, "").split(" | ")[0].removeprefix("| ")
    document = DOCUMENT.read_text(encoding="utf-8")
    if WRITES:
        rows = rows_in(document) | {key: answer}
        DOCUMENT.write_text(with_rows(document, rows), encoding="utf-8")
        return
    assert rows_in(document).get(key) == answer


def test_the_nodes_go_on(running_pair: Pair) -> None:
    shelf, boat = running_pair
    boat.wait_for_delivery("shelf", shelf.drop("boat", "after all that.txt", b"still here"))
    shelf.wait_for_delivery("boat", boat.drop("shelf", "and back.txt", b"here too"))


def test_the_document_has_no_other_rows() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_rows(document, rows_in(document)) == document
    assert len(rows_in(document)) == len(CASES)
