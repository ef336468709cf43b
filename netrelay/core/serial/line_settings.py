"""The settings of a serial line, and the text that stands for it among the ways to a peer."""

import re
from typing import Final, NamedTuple

SERIAL: Final = "serial:"
# termios(3): what Linux names, and what radio modems and adapters take.
BAUD_RATES: Final = (
    *(1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000),
    *(921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000),
)
TURNAROUND_MOST_MS: Final = 5000
# Start bit, 8 data bits, no parity, stop bit.
_BITS_A_BYTE: Final = 10
# Each part of it begins with a letter, a digit or an underscore.
_DEVICE: Final = re.compile(r"/dev(/[A-Za-z0-9_][A-Za-z0-9._:+-]*)+")
_DEVICE_BYTES: Final = 110
# Deadlines suit a line of 38,400 baud at least, and grow with what is slower.
_USUAL_BAUD: Final = 28_800
_HALF_DUPLEX_FACTOR: Final = 2.0
_SLOWEST: Final = 200.0


class LineSettings(NamedTuple):
    """A serial device, and how it is used; airtime_percent: of an hour, what this node may send."""

    device: str
    baud: int
    is_half_duplex: bool = False
    turnaround_ms: int = 0
    uses_rtscts: bool = False
    airtime_percent: int = 100

    def __str__(self) -> str:
        """Return the text that stands for it among the ways to a peer."""
        words = [self.device, str(self.baud)]
        if self.is_half_duplex:
            words += ["half-duplex", f"turnaround={self.turnaround_ms}"]
        words += ["rtscts"] * self.uses_rtscts
        words += [f"airtime={self.airtime_percent}"] * (self.airtime_percent < 100)
        return SERIAL + ",".join(words)

    @property
    def turnaround_s(self) -> float:
        """Time between the end of one side's turn and the begin of the other's."""
        return self.turnaround_ms / 1000

    def line_s(self, count_bytes: int) -> float:
        """Return how long bytes take on the line."""
        return count_bytes * _BITS_A_BYTE / self.baud


def is_serial(way: str) -> bool:
    """Return True for the text of a serial line."""
    return way.startswith(SERIAL)


def read_line_settings(text: str) -> LineSettings:
    """Return the settings that a text stands for; ValueError names what is allowed.

    Each line has one text: what differs from that of its settings is refused.
    """
    device, *words = text.removeprefix(SERIAL).split(",")
    if not is_serial(text) or not words:
        raise ValueError(f"{text!r} is no serial line; allowed: serial:/dev/ttyUSB0,115200")
    values = dict(_value(text, word) for word in words[1:])
    found = LineSettings(
        device,
        _number(text, words[0]),
        bool(values.get("half-duplex")),
        values.get("turnaround", 0),
        bool(values.get("rtscts")),
        values.get("airtime", 100),
    )
    check_line_settings(found)
    if str(found) != text:
        raise ValueError(f"{text!r}: this line is written {found}")
    return found


def check_line_settings(line: LineSettings) -> None:
    """Raise ValueError that names what is not allowed, and what is."""
    if _DEVICE.fullmatch(line.device) is None or len(line.device) > _DEVICE_BYTES:
        raise ValueError(
            f"{line.device!r} is no serial device; allowed: a path in /dev, such as /dev/ttyUSB0"
        )
    if line.baud not in BAUD_RATES:
        allowed = ", ".join(map(str, BAUD_RATES))
        raise ValueError(f"{line.baud} baud; allowed: {allowed}")
    if not 0 <= line.turnaround_ms <= TURNAROUND_MOST_MS:
        raise ValueError(
            f"a turnaround of {line.turnaround_ms} ms; allowed: 0 to {TURNAROUND_MOST_MS}"
        )
    if line.turnaround_ms and not line.is_half_duplex:
        raise ValueError(
            f"a turnaround of {line.turnaround_ms} ms without half duplex; allowed: with it"
        )
    if not 1 <= line.airtime_percent <= 100:
        raise ValueError(f"an airtime of {line.airtime_percent} percent; allowed: 1 to 100")


def slowness(way: str) -> float:
    """Return how many times longer deadlines are for what goes by a way: 1 for a network.

    A greeting is 4 kB with its handshake, and a second connection may share the line.
    """
    if not is_serial(way):
        return 1.0
    line = read_line_settings(way)
    duplex = _HALF_DUPLEX_FACTOR if line.is_half_duplex else 1.0
    factor = duplex * _USUAL_BAUD / line.baud * 100 / line.airtime_percent
    return max(1.0, min(factor, _SLOWEST))


def _value(text: str, word: str) -> tuple[str, int]:
    name, is_valued, value = word.partition("=")
    if name in ("turnaround", "airtime") and is_valued:
        return name, _number(text, value)
    if name in ("half-duplex", "rtscts") and not is_valued:
        return name, 1
    raise ValueError(
        f"{text!r}: {word!r} is nothing of a serial line; allowed:"
        " half-duplex, turnaround=MILLISECONDS, rtscts, airtime=PERCENT"
    )


def _number(text: str, word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise ValueError(f"{text!r}: {word!r} is no number")
    return int(word)
