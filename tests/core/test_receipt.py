"""Receipts: round trips, and limits of a payload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.receipt import (
    ENTRIES_MAX,
    MISSING_MAX,
    REASON_MAX_CHARACTERS,
    ReceiptEntry,
    ReceiptVerdict,
    decode_receipt,
    encode_receipt,
    receipt_reason,
)
from tests.core.examples import HERE, ids, integers

COMPLETE = ReceiptEntry(HERE, b"an epoch", 1, 1, ReceiptVerdict.COMPLETE)
LARGEST = ReceiptEntry(
    HERE,
    b"an epoch",
    2**63 - 1,
    2**32 - 1,
    ReceiptVerdict.MISSING,
    tuple((2**62 + n * 2**33, 2**32 + 1) for n in range(MISSING_MAX)),
    "\N{GRINNING FACE}" * REASON_MAX_CHARACTERS,
)


@st.composite
def missing_ranges(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Draw ascending ranges that do not overlap."""
    edges = draw(st.lists(st.integers(0, 2**40), min_size=2, max_size=20, unique=True))
    edges = sorted(edges[: len(edges) // 2 * 2])
    return tuple((a, b - a) for a, b in zip(edges[::2], edges[1::2], strict=True))


@st.composite
def entries(draw: st.DrawFn) -> ReceiptEntry:
    """Draw any valid entry."""
    verdict = draw(st.sampled_from(ReceiptVerdict))
    return ReceiptEntry(
        draw(ids),
        draw(st.binary(min_size=8, max_size=8)),
        draw(integers),
        draw(st.integers(1, 2**32 - 1)),
        verdict,
        draw(missing_ranges()) if verdict is ReceiptVerdict.MISSING else (),
        receipt_reason(draw(st.text(max_size=250))),
    )


@given(st.lists(entries(), min_size=1, max_size=5))
def test_receipt_round_trip(written: list[ReceiptEntry]) -> None:
    assert decode_receipt(encode_receipt(written)) == written


def test_a_payload_over_its_limits_is_refused() -> None:
    for refused in ([], [COMPLETE] * (ENTRIES_MAX + 1), [LARGEST] * 40):
        with pytest.raises(ValueError, match=f"receipt of {len(refused)} entries"):
            encode_receipt(refused)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (COMPLETE._replace(missing=((0, 1),)), "for verdict 2, else none"),
        (LARGEST._replace(missing=()), "for verdict 2, else none"),
        (LARGEST._replace(missing=((0, 2), (1, 1))), "offset of a missing range 1"),
        (LARGEST._replace(missing=((2**63 - 1, 1),)), "length of a missing range 1"),
        (COMPLETE._replace(attempt=0), "attempt 0"),
        (COMPLETE._replace(reason="x" * 201), "at most 200 visible characters"),
        (COMPLETE._replace(reason="\x1b[2J"), "at most 200 visible characters"),
        (COMPLETE._replace(destination="nobody"), "node id 'nobody'"),
    ],
)
def test_encoding_refuses_invalid_fields(entry: ReceiptEntry, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode_receipt([entry])


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_becomes_a_valid_reason(text: str) -> None:
    reason = receipt_reason(text)
    entry = COMPLETE._replace(reason=reason)
    assert decode_receipt(encode_receipt([entry])) == [entry]
