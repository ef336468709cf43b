"""Node ids have one spelling in text and one in bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.node_id import is_node_id, node_id_bytes, node_id_text


@given(st.binary(min_size=20, max_size=20))
def test_text_and_bytes_go_both_ways(raw: bytes) -> None:
    text = node_id_text(raw)
    assert is_node_id(text)
    assert node_id_bytes(text) == raw


@pytest.mark.parametrize(
    "text",
    ["", "a" * 31, "a" * 33, "A" * 32, "a" * 31 + "1", "a" * 31 + "=", "a" * 32 + "\n", "é" * 32],
)
def test_any_other_spelling_is_refused_by_name(text: str) -> None:
    assert not is_node_id(text)
    with pytest.raises(ValueError, match="node id") as raised:
        node_id_bytes(text)
    assert repr(text) in str(raised.value)


@given(st.text(max_size=40))
def test_what_is_no_node_id_never_becomes_bytes(text: str) -> None:
    try:
        raw = node_id_bytes(text)
    except ValueError:
        assert not is_node_id(text)
    else:
        assert node_id_text(raw) == text


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_other_lengths_of_bytes_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"has {length} bytes, must have 20"):
        node_id_text(bytes(length))
