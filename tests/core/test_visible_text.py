"""Visible text: controls and bidirectional marks are replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.visible_text import is_visible, visible


@given(st.text())
def test_replacement_is_idempotent_and_keeps_the_length(text: str) -> None:
    assert is_visible(visible(text))
    assert visible(visible(text)) == visible(text)
    assert len(visible(text)) == len(text)


@given(st.text().filter(is_visible))
def test_visible_text_is_unchanged(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("character", ["\0", "\n", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066"])
def test_terminal_controls_are_replaced(character: str) -> None:
    assert not is_visible(f"a{character}b")
    assert visible(f"a{character}b") == "a_b"


@pytest.mark.parametrize("text", ["", "Grüße", "日本語", "\N{GRINNING FACE}", "a b"])
def test_every_language_is_visible(text: str) -> None:
    assert is_visible(text)
