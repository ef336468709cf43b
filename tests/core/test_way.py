"""Ways: the text of a way stands for it."""

import pytest

from netrelay.core.way import DialWay, way_of


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
    assert way_of(text) == way
    assert str(way) == text
