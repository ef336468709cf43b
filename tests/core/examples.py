"""Valid values for the tests of core: constants and Hypothesis strategies."""

from hypothesis import strategies as st

from netrelay.core.header import EndToEnd, Hop
from netrelay.core.words import MessageType

HERE, THERE = "a" * 32, "b" * 32
CHUNK = EndToEnd(1, MessageType.CHUNK, HERE, THERE, b"epoch of", 7, 1, 300_000, 600, 4, b"")
SINGLE = CHUNK._replace(type=MessageType.SINGLE, key_id=b"key name")
RECEIPT = CHUNK._replace(type=MessageType.RECEIPT, suite=0, total_size_bytes=0)
HOP = Hop(65536, 65536, b"s" * 16, b"h" * 32, 9, 3)

integers = st.integers(0, 2**63 - 1)
ids = st.sampled_from([HERE, THERE, "c" * 32])


@st.composite
def end_to_ends(draw: st.DrawFn) -> EndToEnd:
    """Draw any valid end-to-end header."""
    kind = draw(st.sampled_from([MessageType(n) for n in (1, 2, 3, 7)]))
    sealed = kind in (MessageType.SINGLE, MessageType.CHUNK)
    source = draw(ids)
    total = 0 if kind is MessageType.RECEIPT else draw(st.integers(sealed, 2**63 - 1))
    return EndToEnd(
        draw(st.integers(1, 2)) if sealed else 0,
        kind,
        source,
        draw(ids.filter(lambda other: other != source)),
        draw(st.binary(min_size=8, max_size=8)),
        draw(integers),
        draw(st.integers(1, 2**32 - 1)),
        total,
        draw(st.integers(1, 2**32 - 1)),
        draw(st.integers(0, 9)),
        draw(st.binary(min_size=8, max_size=8)) if kind is MessageType.SINGLE else b"",
    )


hops = st.builds(
    Hop,
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
)
