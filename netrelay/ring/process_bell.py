"""The bell of a process: a datagram socket that others ring when there may be work for it.

A ring carries nothing and may get lost: every process looks at its work once when it starts, and a
bell with datagrams unread in it wakes its process anyway.
"""

import socket
from pathlib import Path

from .socket_path import NamedSocket, socket_path

_DATAGRAMS_A_DRAIN = 1024


def _bell_name(process: str) -> str:
    return f"{process}.bell"


class ProcessBell:
    """The bell that this process listens to, bound in `directory` under the process's name.

    Bind it before looking at the work for the first time, or a ring in between is lost.
    """

    def __init__(self, directory: Path, process: str) -> None:
        self._named = NamedSocket(directory, _bell_name(process), socket.SOCK_DGRAM)

    def fileno(self) -> int:
        """The descriptor to wait on for reading."""
        return self._named.socket.fileno()

    def drain(self) -> int:
        """Forget the rings so far and say how many they were; never blocks.

        Drain before looking at the work, never after: a ring that comes meanwhile must stay.
        """
        for count in range(_DATAGRAMS_A_DRAIN):
            try:
                self._named.socket.recv(1)
            except BlockingIOError:
                return count
        return _DATAGRAMS_A_DRAIN

    def close(self) -> None:
        """Stop listening and remove the name; may be repeated."""
        self._named.close()


def ring(directory: Path, process: str) -> bool:
    """Wake `process` if it is there; never blocks. False when nobody is listening.

    Raises PermissionError when the bell may not be rung: that is a faulty installation.
    """
    path = socket_path(directory, _bell_name(process))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        try:
            bell.sendto(b"\0", path)
        except BlockingIOError:
            # Full of rings it has not read yet: it will wake.
            return True
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            return False
    return True
