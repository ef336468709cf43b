"""Ranges of addresses."""

import pytest

from netrelay.core.address_range import read_range


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "192.168.0.0/16", "2001:db8::/32"])
def test_an_address_and_a_network_are_ranges(text: str) -> None:
    assert str(read_range(text)).split("/")[0] == text.split("/")[0]


@pytest.mark.parametrize("text", ["", "shelf.local", "192.168.1.7/24", "10.0.0.0/33", 7, b"abcd"])
def test_anything_else_is_none(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_range(text)
