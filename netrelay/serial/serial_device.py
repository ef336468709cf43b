"""A serial device, opened by pyserial: by one program alone, raw, non-blocking."""

import errno
import fcntl
import os
import termios
from contextlib import suppress
from typing import Final, NoReturn

from serial import Serial, SerialException
from serial.rs485 import RS485Settings

from netrelay.core.serial.line_settings import LineSettings

_READ_BYTES: Final = 4096
# struct serial_rs485 (linux/serial.h), all zero: off.
_TIOCSRS485: Final = 0x542F
_NO_RS485: Final = bytes(32)
_GONE: Final = (errno.EIO, errno.ENXIO, errno.ENODEV)


class DeviceError(Exception):
    """The device cannot be used now; the text says why, and what to do."""


class SerialDevice:
    """An open serial device; DeviceError when it is unplugged."""

    def __init__(self, settings: LineSettings) -> None:
        """Open and set it; DeviceError names what has to be changed."""
        self._path = settings.device
        try:
            self._port = Serial(
                settings.device,
                settings.baud,
                timeout=0,
                rtscts=settings.uses_rtscts,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:
            _fail(self._path, error)
        if settings.is_half_duplex:
            # Most adapters switch the direction themselves, and do not know it.
            with suppress(OSError, ValueError, termios.error):
                self._port.rs485_mode = RS485Settings()
        else:
            # The mode stays with the port when it is closed.
            with suppress(OSError):
                fcntl.ioctl(self._port.fileno(), _TIOCSRS485, _NO_RS485)
        # flock(2), by which pyserial locks, keeps out only programs that ask for it.
        with suppress(OSError):
            fcntl.ioctl(self._port.fileno(), termios.TIOCEXCL)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        descriptor: int = self._port.fileno()
        return descriptor

    def read(self) -> bytes:
        """Return what has come, empty for nothing."""
        try:
            found: bytes = self._port.read(_READ_BYTES)
        except OSError as error:
            # pyserial has no number for a device that is readable and gives nothing: a hang-up.
            _fail(self._path, error if error.errno else OSError(errno.EIO, str(error)))
        return found

    def write(self, data: bytes) -> int:
        """Return how many bytes the kernel took."""
        # Serial.write tries again without a pause while the kernel takes nothing (pyserial 3.5).
        try:
            return os.write(self._port.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            _fail(self._path, error)

    def unsent_bytes(self) -> int:
        """Return how many bytes the kernel has not passed to the line; 0 if it does not tell."""
        try:
            return int(self._port.out_waiting)
        except OSError:
            return 0

    def close(self) -> None:
        """Close it; what is not sent yet is dropped."""
        # Else close(2) waits until the line has sent it, half a minute with RTS/CTS.
        with suppress(OSError, termios.error):
            self._port.reset_output_buffer()
            fcntl.ioctl(self._port.fileno(), termios.TIOCNXCL)
        self._port.close()


def _fail(path: str, error: Exception) -> NoReturn:
    number = error.errno if isinstance(error, OSError) else None
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
    if isinstance(error, SerialException) and number is None:
        raise DeviceError(f"{path} is no serial device") from error
    raise DeviceError(f"{path}: {error}") from error
