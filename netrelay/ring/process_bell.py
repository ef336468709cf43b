"""The bell of a process: a datagram socket that wakes it when there may be work.

A ring carries no data and may be lost: every process looks for work once when it starts, and a
socket whose buffer is full wakes its process anyway.
"""

import socket
from pathlib import Path

from .socket_path import NamedSocket, socket_path

_DATAGRAMS_PER_DRAIN = 1024


def _bell_name(process: str) -> str:
    return f"{process}.bell"


class ProcessBell:
    """The receiving socket of this process, bound in `directory` under the process's name.

    Bind it before looking for work for the first time, or a ring in between is lost.
    """

    def __init__(self, directory: Path, process: str) -> None:
        self._named = NamedSocket(directory, _bell_name(process), socket.SOCK_DGRAM)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._named.socket.fileno()

    def drain(self) -> int:
        """Discard all rings received and return their number; never blocks.

        Drain before looking for work, never after: a ring that arrives meanwhile must stay.
        """
        for count in range(_DATAGRAMS_PER_DRAIN):
            try:
                self._named.socket.recv(1)
            except BlockingIOError:
                return count
        return _DATAGRAMS_PER_DRAIN

    def close(self) -> None:
        """Close the socket and remove its name; idempotent."""
        self._named.close()


def ring(directory: Path, process: str) -> bool:
    """Wake `process`; return False when it does not listen. Never blocks.

    Raise PermissionError when the socket belongs to another user: the installation is faulty.
    """
    path = socket_path(directory, _bell_name(process))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        try:
            bell.sendto(b"\0", path)
        except BlockingIOError:
            # The buffer is full of unread rings, so the process will wake.
            return True
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
            return False
    return True
