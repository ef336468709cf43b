"""The service manager's end of sd_notify(3): what children report, and which child it was."""

import array
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_UCRED = struct.Struct("=iII")  # struct ucred of unix(7): pid, uid, gid
_MESSAGE_BYTES = 4096
_MOST_DESCRIPTORS = 16
_ANCILLARY_BYTES = socket.CMSG_SPACE(_UCRED.size) + socket.CMSG_SPACE(4 * _MOST_DESCRIPTORS)


class NotifySocket:
    """Datagram socket at `path` for the children's NOTIFY_SOCKET; it replaces one left there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        path.unlink(missing_ok=True)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(os.fspath(path))

    def fileno(self) -> int:
        """Return the descriptor to wait on for reading."""
        return self._socket.fileno()

    def receive(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield each datagram that has arrived: pid of the sender, by the kernel, and fields."""
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(
                    _MESSAGE_BYTES, _ANCILLARY_BYTES, socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            pid = 0
            for level, kind, content in ancillary:
                if level != socket.SOL_SOCKET:
                    continue
                if kind == socket.SCM_CREDENTIALS and len(content) >= _UCRED.size:
                    pid = _UCRED.unpack_from(content)[0]
                elif kind == socket.SCM_RIGHTS:
                    _close_all(content)
            lines = data.decode(errors="replace").splitlines()
            yield pid, dict(line.split("=", 1) for line in lines if "=" in line)

    def close(self) -> None:
        """Stop listening and remove the name."""
        self._socket.close()
        self.path.unlink(missing_ok=True)


def _close_all(content: bytes) -> None:
    """Close descriptors that were sent to be kept (FDSTORE=1); they would accumulate here."""
    descriptors = array.array("i")
    descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    for descriptor in descriptors:
        os.close(descriptor)
