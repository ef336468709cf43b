"""Addresses as people write them."""

import pytest

from netrelay.core.host import is_address, is_wildcard


@pytest.mark.parametrize("text", ["127.0.0.1", "0.0.0.0", "::1", "2001:db8::1", "fe80::1%eth0"])
def test_an_address_is_one(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "value",
    [
        *("", "localhost", "10.1", "010.0.0.1", "127.0.0.1 ", "[::1]", "10.0.0.1/24"),
        *(1, True, None, b"\x7f\0\0\1", ["::1"]),
    ],
)
def test_anything_else_is_none(value: object) -> None:
    assert not is_address(value)


def test_a_wildcard_stands_for_every_address() -> None:
    assert is_wildcard("0.0.0.0")
    assert is_wildcard("::")
    assert not is_wildcard("127.0.0.1")
