"""Every bad input gets a clear error, loses nothing, and does not stop the nodes.

docs/evidence/bad-input.md contains the answers. A different answer fails the test, and
NETRELAY_WRITE_TABLES=1 rewrites the document.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.story import bad_commands, bad_drops, bad_peers
from tests.story.bad_input_table import CASES, DOCUMENT, Case, Place, row, rows_in, with_rows
from tests.story.bad_peers import SlowCallers
from tests.story.nodes import Homes, NodePair

WRITES = bool(os.environ.get("NETRELAY_WRITE_TABLES"))
assert all((bad_commands, bad_drops, bad_peers))


@pytest.fixture(scope="module")
def slow(running_pair: NodePair) -> Iterator[SlowCallers]:
    """Yield slow connections that start with the first case, so that their deadline comes early."""
    callers = SlowCallers(running_pair.shelf)
    yield callers
    callers.close()


@pytest.fixture
def place(
    running_pair: NodePair, homes: Homes, slow: SlowCallers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Yield two nodes, which must still run at the end."""
    beside = running_pair.shelf.home.path.parent
    with TemporaryDirectory(dir=beside) as folder:
        yield Place(running_pair, homes, Path(folder), monkeypatch, slow)
    for node in running_pair:
        crashed = node.rows("SELECT text FROM logs WHERE event IN ('crashed', 'cannot-start')")
        assert crashed == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_the_answer_equals_that_of_the_document(place: Place, case: Case) -> None:
    answer = row(case, case.try_it(place))
    key = case.section, row(case, "").split(" | ")[0].removeprefix("| ")
    document = DOCUMENT.read_text(encoding="utf-8")
    if WRITES:
        rows = rows_in(document) | {key: answer}
        DOCUMENT.write_text(with_rows(document, rows), encoding="utf-8")
        return
    assert rows_in(document).get(key) == answer


def test_the_nodes_still_work(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    boat.wait_for_delivery("shelf", shelf.drop("boat", "after all that.txt", b"still here"))
    shelf.wait_for_delivery("boat", boat.drop("shelf", "and back.txt", b"here too"))


def test_the_document_has_no_other_rows() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_rows(document, rows_in(document)) == document
    assert len(rows_in(document)) == len(CASES)
