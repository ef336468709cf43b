"""Ways to a peer as texts: "192.168.1.20", "boat.local", "boat.example.org by wwan0".

A serial line is one too: "serial:/dev/ttyUSB0,115200" (serial/line_settings.py).
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from netrelay.core.host import read_host_and_port
from netrelay.core.serial.line_settings import is_serial, read_line_settings

MOST_WAYS: Final = 4
"""Ways of one peer that are dialled of those that were given, the first ones, beside one that was
learned: a Connect record of the ring holds no more."""

MOST_BESIDE: Final = 3
"""Ways of one peer that are used side by side: of the four connections that it takes of this node
(link/connection_shares.py) one is left for one that is dialled anew."""

# In the reason of an attempt that failed: what follows are the results of its other addresses.
ALSO_TRIED: Final = "; also tried: "
_BY: Final = " by "
# Words that people write before an interface.
_BEFORE_INTERFACE: Final = ("by", "via", "on", "over", "through", "dev", "using")
# netdevice(7): up to 15 bytes, without a slash or white space (dev_valid_name in the kernel).
_INTERFACE: Final = re.compile(r"[^\s/:%]{1,15}")


class DialWay(NamedTuple):
    """A place where a peer is dialled: an address or host name, and the interface that is used.

    host: or the text of a serial line. interface: "" where the routes of the machine choose.
    """

    host: str
    interface: str = ""

    def __str__(self) -> str:
        """Return the text that stands for it."""
        return f"{self.host}{_BY}{self.interface}" if self.interface else self.host


def way_of(text: str) -> DialWay:
    """Return the way that a text of `str(DialWay)` stands for, unchecked."""
    host, _, interface = text.partition(_BY)
    return DialWay(host, interface)


def read_way_and_port(text: str) -> tuple[DialWay, int | None]:
    """Return the way that a person typed, and its port; ValueError names what is allowed."""
    if is_serial(text):
        return DialWay(str(read_line_settings(text))), None
    words = text.split()
    if len(words) == 3 and words[1] in _BEFORE_INTERFACE and text != (meant := _by(words)):
        raise ValueError(f"{text!r} is no way to it; with an interface it is '{meant}'")
    host, by, interface = text.partition(_BY)
    address, port = read_host_and_port(host)
    if by and not is_interface_name(interface):
        raise ValueError(
            f"{text!r}: {interface!r} is no interface; allowed: a name of 1 to 15 characters"
        )
    return DialWay(address, interface), port


def _by(words: Sequence[str]) -> str:
    return f"{words[0]}{_BY}{words[2]}"


def whole_ways(words: Sequence[str]) -> list[str] | None:
    """Return words in which `HOST by INTERFACE` is one; None unless a shell took one apart."""
    found: list[str] = []
    rest = list(words)
    while rest:
        is_way = len(rest) > 2 and rest[1] in _BEFORE_INTERFACE
        if is_way and not (rest[0][:1] == "-" or rest[2][:1] == "-"):
            found.append(_by(rest))
            rest = rest[3:]
        else:
            found.append(rest.pop(0))
    return found if len(found) < len(words) else None


def is_interface_name(text: str) -> bool:
    """Return True for a text that can be the name of a network interface."""
    return text not in (".", "..") and _INTERFACE.fullmatch(text) is not None
