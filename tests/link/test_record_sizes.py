"""Record sizes: small first, one segment each, then as large as TLS allows."""

from netrelay.link.record_sizes import LARGEST_RECORD_BYTES, record_size_bytes


def test_records_grow_with_what_was_sent() -> None:
    sizes = [record_size_bytes(sent) for sent in range(0, 2 << 20, 4096)]
    assert sizes == sorted(sizes)
    assert sizes[0] + 22 <= 1400
    assert sizes[-1] == LARGEST_RECORD_BYTES


def test_a_line_of_16_kib_carries_whole_records() -> None:
    assert record_size_bytes(0) * 8 < 16 * 1024
