"""The table of kill points in docs/evidence/reliability.md is that of the code."""

from tests.house.source_tree import CHECKOUT
from tests.story.kill_points import table


def test_the_document_has_the_table_of_the_campaign() -> None:
    document = (CHECKOUT / "docs/evidence/reliability.md").read_text(encoding="utf-8")
    assert table() in document
