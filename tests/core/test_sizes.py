"""Parsing of sizes and rates as people write them."""

import pytest

from netrelay.core.sizes import exact_size, read_rate_bytes_per_s, read_size_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4096", 4096),
        ("500K", 512_000),
        ("500k", 512_000),
        ("500KiB/s", 512_000),
        ("500kB/s", 512_000),
        ("1.5M", 3 << 19),
        ("10G", 10 << 30),
        ("64000B/s", 64_000),
    ],
)
def test_rates(text: str, expected: int) -> None:
    assert read_rate_bytes_per_s(text) == expected


@pytest.mark.parametrize("text", ["", "fast", "500", "4095", "11G", "5T", "1e6", "\u0665M", "2MM"])
def test_an_invalid_rate_is_quoted_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text!r} is .*allowed: 4K to 10G bytes a second"):
        read_rate_bytes_per_s(text)


@pytest.mark.parametrize("text", ["8Mbit/s", "500kbit", "16Mbps", "2Mb/s"])
def test_bits_per_second_are_recognised_and_refused(text: str) -> None:
    with pytest.raises(ValueError, match="for bits a second divide by 8"):
        read_rate_bytes_per_s(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("7B", 7), ("20GiB", 20 << 30), ("2T", 2 << 40)]
)
def test_sizes(text: str, expected: int) -> None:
    assert read_size_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "G", "1X", "-1G", "1Mb", "1M/s", "1iB2", "\u0661"])
def test_invalid_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size; allowed"):
        read_size_bytes(text)


@pytest.mark.parametrize(
    ("count_bytes", "text"), [(0, "0"), (1000, "1000"), (102_400, "100K"), (500 << 20, "500M")]
)
def test_an_exact_size_is_read_as_the_same_bytes(count_bytes: int, text: str) -> None:
    assert exact_size(count_bytes) == text
    assert read_size_bytes(text) == count_bytes
