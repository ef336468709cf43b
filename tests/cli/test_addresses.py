"""Addresses that people type."""

import argparse

import pytest

from netrelay.cli.addresses import host_and_port, own_addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.1:7000", ("192.0.2.1", 7000)),
        ("boat.local", ("boat.local", None)),
        ("boat:1", ("boat", 1)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]:65535", ("2001:db8::1", 65535)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
    ],
)
def test_good_ones(text: str, expected: tuple[str, int | None]) -> None:
    assert host_and_port(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":1",
        "192.0.2.256",
        "192.0.2",
        "boat:",
        "boat:0",
        "boat:65536",
        "boat:٣",
        "-boat",
        "bo at",
        "bo\nat",
        "[boat]:1",
        "[2001:db8::1",
        "2001:db8::1]:7",
        "a:b:c",
        "x" * 254,
    ],
)
def test_bad_ones(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="allowed"):
        host_and_port(text)


def test_own_addresses_are_for_others() -> None:
    for address in own_addresses("::"):
        assert not address.startswith(("127.", "fe80:", "169.254."))
        assert address != "::1"
