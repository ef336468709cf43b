"""Ways to a peer as texts: "192.168.1.20", "boat.local", "boat.example.org by wwan0"."""

from typing import Final, NamedTuple

_BY: Final = " by "


class DialWay(NamedTuple):
    """A place where a peer is dialled: an address or host name, and the interface that is used.

    interface: "" where the routes of the machine choose.
    """

    host: str
    interface: str = ""

    def __str__(self) -> str:
        """Return the text of the way, for `way_of`."""
        return f"{self.host}{_BY}{self.interface}" if self.interface else self.host


def way_of(text: str) -> DialWay:
    """Return the way that a text of `str(DialWay)` stands for, unchecked."""
    host, _, interface = text.partition(_BY)
    return DialWay(host, interface)
