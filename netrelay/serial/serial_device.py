"""A serial device, by termios(3) and tty_ioctl(4): opened by one program alone, raw, non-blocking.

Without pyserial: what this needs of it is opening, speed, RTS/CTS and an exclusive lock, and the
standard library has that (decision 0289).
"""

import errno
import fcntl
import os
import struct
import termios
from contextlib import suppress
from typing import Final, NoReturn

from netrelay.core.serial.line_settings import LineSettings

# struct serial_rs485 (linux/serial.h): enabled, and RTS on while sending; 32 bytes.
_TIOCSRS485: Final = 0x542F
_RS485: Final = struct.pack("8I", 1 | 2, 0, 0, 0, 0, 0, 0, 0)
_READ_BYTES: Final = 4096
_QUEUED: Final = struct.Struct("i")
_GONE: Final = (errno.EIO, errno.ENXIO, errno.ENODEV)


class DeviceError(Exception):
    """The device cannot be used now; the text says why, and what to do."""


class SerialDevice:
    """An open serial device; DeviceError when it is unplugged."""

    def __init__(self, settings: LineSettings) -> None:
        """Open and set it; DeviceError names what has to be changed."""
        self._path = settings.device
        flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self._path, flags)
        except OSError as error:
            _fail(self._path, error)
        try:
            if not os.isatty(self._descriptor):
                raise DeviceError(f"{self._path} is no serial device")
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.ioctl(self._descriptor, termios.TIOCEXCL)
            self._set(settings)
        except (OSError, termios.error) as error:
            self.close()
            _fail(self._path, error)
        except DeviceError:
            self.close()
            raise

    def _set(self, settings: LineSettings) -> None:
        speed: int = getattr(termios, f"B{settings.baud}")
        control = termios.CS8 | termios.CREAD | termios.CLOCAL
        if settings.uses_rtscts:
            control |= termios.CRTSCTS
        characters = termios.tcgetattr(self._descriptor)[6]
        # read(2) returns what is there, and EAGAIN for nothing.
        characters[termios.VMIN], characters[termios.VTIME] = b"\1", b"\0"
        termios.tcsetattr(
            self._descriptor, termios.TCSANOW, [0, 0, control, 0, speed, speed, characters]
        )
        found = termios.tcgetattr(self._descriptor)
        if found[4] != speed:
            raise DeviceError(f"{self._path} does not take {settings.baud} baud")
        termios.tcflush(self._descriptor, termios.TCIOFLUSH)
        if settings.is_half_duplex:
            # Most adapters switch the direction themselves, and do not know it.
            with suppress(OSError):
                fcntl.ioctl(self._descriptor, _TIOCSRS485, _RS485)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._descriptor

    def read(self) -> bytes:
        """Return what has come, empty for nothing."""
        try:
            found = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            _fail(self._path, error)
        if not found:  # a hang-up (termios(3))
            raise DeviceError(f"{self._path} was unplugged")
        return found

    def write(self, data: bytes) -> int:
        """Return how many bytes the kernel took."""
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            _fail(self._path, error)

    def unsent_bytes(self) -> int:
        """Return how many bytes the kernel has not passed to the line; 0 if it does not tell."""
        try:
            found = fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, _QUEUED.pack(0))
        except OSError:
            return 0
        (count,) = _QUEUED.unpack(found)
        return int(count)

    def close(self) -> None:
        """Close it; what is not sent yet is dropped."""
        # Else close(2) waits until the line has sent it, half a minute with RTS/CTS.
        with suppress(OSError, termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
            fcntl.ioctl(self._descriptor, termios.TIOCNXCL)
        os.close(self._descriptor)


def _fail(path: str, error: OSError | termios.error) -> NoReturn:
    number = error.args[0]
    if number == errno.ENOENT:
        raise DeviceError(f"{path} is not there: plug it in") from error
    if number in (errno.EACCES, errno.EPERM):
        raise DeviceError(
            f"{path} may not be opened: the user of the node has to be in its group, which is"
            " dialout on Debian"
        ) from error
    if number in (errno.EBUSY, errno.EAGAIN):
        raise DeviceError(f"{path} is in use by another program") from error
    if number in _GONE:
        raise DeviceError(f"{path} was unplugged") from error
    raise DeviceError(f"{path}: {os.strerror(number)}") from error
