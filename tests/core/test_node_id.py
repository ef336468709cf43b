"""Node ids: one spelling as text, one as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.node_id import node_id_bytes, node_id_text


@given(st.binary(min_size=20, max_size=20))
def test_text_and_bytes_round_trip(raw: bytes) -> None:
    text = node_id_text(raw)
    assert node_id_bytes(text) == raw


@pytest.mark.parametrize(
    "text",
    ["", "a" * 31, "a" * 33, "A" * 32, "a" * 31 + "1", "a" * 31 + "=", "a" * 32 + "\n", "é" * 32],
)
def test_another_spelling_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="node id") as raised:
        node_id_bytes(text)
    assert repr(text) in str(raised.value)


@given(st.text(max_size=40))
def test_every_accepted_text_is_the_one_spelling(text: str) -> None:
    try:
        raw = node_id_bytes(text)
    except ValueError:
        return
    assert node_id_text(raw) == text


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_other_lengths_of_bytes_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"has {length} bytes, must have 20"):
        node_id_text(bytes(length))
