"""What a relay says of what it carried: round trips, and any other reason says nothing."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.custody_word import (
    CustodyWord,
    custody_in,
    custody_reason,
    decode_custody,
    encode_custody,
)
from netrelay.core.node_id import node_id_text
from netrelay.core.receipt import REASON_MAX_CHARACTERS
from netrelay.core.visible_text import is_visible

NODES = st.binary(min_size=20, max_size=20).filter(any).map(node_id_text)
TIMES = st.integers(0, 2**32 - 1)
SHELF, BUOY = node_id_text(b"s" * 20), node_id_text(b"b" * 20)
SIGNATURE = bytes(64)


@given(st.integers(1, 2**63 - 1), NODES, TIMES, st.none() | NODES, TIMES)
def test_a_word_comes_back(
    total_bytes: int, previous: str, took_s: int, following: str | None, gave_s: int
) -> None:
    word = CustodyWord(total_bytes, previous, took_s, following, gave_s if following else 0)
    signed = encode_custody(word) + SIGNATURE
    reason = custody_reason(signed)
    assert custody_in(reason) == signed
    assert decode_custody(signed) == word
    assert len(reason) <= REASON_MAX_CHARACTERS
    assert is_visible(reason)


@pytest.mark.parametrize("time_s", [-1, 2**32])
def test_a_time_that_does_not_fit_is_not_known(time_s: int) -> None:
    packed = encode_custody(CustodyWord(1, SHELF, time_s, BUOY, time_s))
    assert decode_custody(packed + SIGNATURE) == CustodyWord(1, SHELF, 0, BUOY, 0)


def test_a_time_of_nobody_is_not_said() -> None:
    packed = encode_custody(CustodyWord(1, SHELF, 1, None, 5))
    assert decode_custody(packed + SIGNATURE) == CustodyWord(1, SHELF, 1, None, 0)


@pytest.mark.parametrize(
    "reason",
    [
        *("", "cannot be carried on", "A" * 160, "A" * 156, "é" * 160, "=" * 160),
        b64encode(bytes(120)).decode()[:-1] + " ",
    ],
)
def test_any_other_reason_says_nothing(reason: str) -> None:
    assert custody_in(reason) is None
