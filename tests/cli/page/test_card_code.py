"""The card as a QR code: what is drawn is the code that segno makes of the whole text."""

import re

import pytest
import segno

from netrelay.cli.page.card_code import MOST_BYTES, card_code, dark_runs

TEXT = "-----BEGIN NETRELAY CARD-----\n" + "A" * 64 + "\n-----END NETRELAY CARD-----"


def test_the_drawing_has_each_dark_module_once_and_a_quiet_border() -> None:
    drawn = card_code(TEXT, "<b>shelf")
    assert drawn is not None
    matrix = segno.make(TEXT, error="l", micro=False, boost_error=False).matrix
    dark = {
        (int(row) - 4, int(column) - 4 + each)
        for column, row, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", drawn)
        for each in range(int(length))
    }
    assert dark == {
        (row, column)
        for row, modules in enumerate(matrix)
        for column, module in enumerate(modules)
        if module
    }
    assert f'viewBox="0 0 {len(matrix) + 8} {len(matrix) + 8}"' in drawn
    assert "The card of &lt;b&gt;shelf as a QR code" in drawn


def test_runs_are_joined() -> None:
    assert dark_runs(bytes((1, 1, 0, 1, 0, 0, 1))) == [(0, 2), (3, 1), (6, 1)]


@pytest.mark.parametrize(("length", "is_drawn"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_the_longest_card_that_fits(length: int, is_drawn: bool) -> None:
    assert (card_code("a" * length, "shelf") is not None) == is_drawn
