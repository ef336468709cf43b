"""Settings of a serial line, as a text among the ways to a peer."""

import pytest

from netrelay.core.serial.line_settings import LineSettings, read_line_settings, slowness

LINES = [
    "serial:/dev/ttyUSB0,115200",
    "serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0,9600",
    "serial:/dev/ttyS0,9600,half-duplex,turnaround=200",
    "serial:/dev/ttyS0,38400,rtscts",
    "serial:/dev/ttyAMA0,9600,half-duplex,turnaround=0,rtscts,airtime=10",
]


@pytest.mark.parametrize("text", LINES)
def test_a_line_has_one_text(text: str) -> None:
    assert str(read_line_settings(text)) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("/dev/ttyUSB0,9600", "serial:/dev/ttyUSB0,115200"),
        ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0,115200"),
        ("serial:ttyUSB0,9600", "a path in /dev"),
        ("serial:/dev/../etc/passwd,9600", "a path in /dev"),
        ("serial:/dev/tty USB0,9600", "a path in /dev"),
        ("serial:/dev/ttyUSB0,9601", "9601 baud; allowed: 1200, 2400"),
        ("serial:/dev/ttyUSB0,fast", "'fast' is no number"),
        ("serial:/dev/ttyUSB0,9600,turnaround=200", "without half duplex"),
        ("serial:/dev/ttyUSB0,9600,half-duplex,turnaround=5001", "0 to 5000"),
        ("serial:/dev/ttyUSB0,9600,airtime=0", "1 to 100"),
        ("serial:/dev/ttyUSB0,9600,airtime", "'airtime' is nothing of a serial line"),
        ("serial:/dev/ttyUSB0,9600,xonxoff", "'xonxoff' is nothing of a serial line"),
        ("serial:/dev/ttyUSB0,9600,half-duplex", "is written serial:"),
        ("serial:/dev/ttyUSB0,09600", "is written serial:"),
    ],
)
def test_another_text_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        read_line_settings(text)
    assert named in str(refused.value)


def test_deadlines_grow_with_slow_lines_alone() -> None:
    assert slowness("192.168.1.20") == slowness("boat.local by wwan0") == 1
    assert slowness("serial:/dev/ttyUSB0,115200") == 1
    assert slowness("serial:/dev/ttyUSB0,9600") == 3
    assert slowness("serial:/dev/ttyUSB0,9600,half-duplex,turnaround=200") == 6
    assert slowness("serial:/dev/ttyUSB0,1200,half-duplex,turnaround=0,airtime=1") == 200


def test_the_time_on_the_line() -> None:
    assert LineSettings("/dev/ttyS0", 9600).line_s(960) == 1.0
