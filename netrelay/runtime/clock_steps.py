"""The wall clock's state: whether something has set it since the boot, and when it is set anew."""

import ctypes
import errno
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

_LIBRARY = ctypes.CDLL(None, use_errno=True)
_CLOCK_REALTIME: Final = 0
# timerfd_create(2), timerfd_settime(2)
_FLAGS: Final = os.O_NONBLOCK | os.O_CLOEXEC
_ABSOLUTE: Final = 1
_CANCEL_ON_SET: Final = 2
# Beyond any wall clock; the kernel's times are 64 bits of nanoseconds.
_NEVER_S: Final = 1 << 33
# struct timex of adjtimex(2) on 64-bit Linux; the first field 0: only read.
_TIMEX_BYTES: Final = 208
_TIME_ERROR: Final = 5
_REAL_TIME_CLOCKS: Final = Path("/sys/class/rtc")


class _TimerSpec(ctypes.Structure):
    _fields_ = [
        ("interval_s", ctypes.c_int64),
        ("interval_ns", ctypes.c_int64),
        ("value_s", ctypes.c_int64),
        ("value_ns", ctypes.c_int64),
    ]


class ClockSource(StrEnum):
    """A source of the time that the wall clock was set to since the boot."""

    NETWORK = "network"  # the kernel counts it as synchronised: NTP, PTP or a GPS receiver
    HARDWARE = "hardware"  # the kernel took the time of a hardware clock at boot


def clock_source() -> ClockSource | None:
    """Return what has set the wall clock since the boot; None: nothing, as far as is known.

    A Pi has no hardware clock with a battery: until its first answer of an NTP server its clock
    shows the time at which it was switched off, or 1970.
    """
    if _LIBRARY.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) != _TIME_ERROR:
        return ClockSource.NETWORK
    for clock in _REAL_TIME_CLOCKS.glob("rtc*/hctosys"):
        with suppress(OSError):
            if clock.read_text().strip() == "1":
                return ClockSource.HARDWARE
    return None


def is_clock_set() -> bool:
    """Return whether the wall clock can be right: synchronised, or set from a hardware clock."""
    return clock_source() is not None


class ClockSteps:
    """A descriptor that becomes readable when somebody sets the wall clock; no process polls."""

    def __init__(self) -> None:
        self._timer = int(_LIBRARY.timerfd_create(_CLOCK_REALTIME, _FLAGS))
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._arm()

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._timer

    def was_set(self) -> bool:
        """Return whether the clock was set since the last call."""
        try:
            os.read(self._timer, 8)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.ECANCELED:
                raise
        self._arm()
        return True

    def _arm(self) -> None:
        spec = _TimerSpec(0, 0, _NEVER_S, 0)
        flags = _ABSOLUTE | _CANCEL_ON_SET
        if _LIBRARY.timerfd_settime(self._timer, flags, ctypes.byref(spec), None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._timer)
