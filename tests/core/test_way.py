"""Ways: what a person types is read back from what is shown."""

import pytest

from netrelay.core.way import DialWay, read_way_and_port, way_of


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("192.168.1.20", DialWay("192.168.1.20")),
        ("boat.local", DialWay("boat.local")),
        ("fe80::1%eth0", DialWay("fe80::1%eth0")),
        ("boat.example.org by wwan0", DialWay("boat.example.org", "wwan0")),
    ],
)
def test_a_way_is_read_back_from_its_text(text: str, way: DialWay) -> None:
    assert read_way_and_port(text) == (way, None)
    assert way_of(str(way)) == way
    assert str(way) == text


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", "allowed: an IPv4 or IPv6 address or a host name"),
        ("boat.example.org by ", "allowed: a name of 1 to 15 characters"),
        ("boat.example.org by wwan0 by wwan1", "allowed: a name of 1 to 15 characters"),
        ("boat.example.org by interface0123456", "allowed: a name of 1 to 15 characters"),
        ("boat.example.org by a/b", "allowed: a name of 1 to 15 characters"),
        ("boat.example.org:0 by wwan0", "allowed: 1 to 65535"),
    ],
)
def test_what_is_no_way_is_named_with_what_is_allowed(text: str, allowed: str) -> None:
    with pytest.raises(ValueError, match=allowed):
        read_way_and_port(text)


def test_a_port_stands_behind_the_host() -> None:
    assert read_way_and_port("boat.example.org:7511 by wwan0") == (
        DialWay("boat.example.org", "wwan0"),
        7511,
    )
