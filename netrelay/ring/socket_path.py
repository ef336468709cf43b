"""Unix sockets with a name in the runtime directory."""

import os
import socket
from pathlib import Path

# sun_path of Linux (unix(7)): 108 bytes with the terminating zero.
SOCKET_PATH_LIMIT_BYTES = 107


def socket_path(directory: Path, name: str) -> str:
    """Return the path to bind or connect to; raise ValueError when Linux cannot hold it."""
    path = directory / name
    length_bytes = len(os.fsencode(path))
    if length_bytes > SOCKET_PATH_LIMIT_BYTES:
        raise ValueError(
            f"socket path {path} of {length_bytes} bytes: "
            f"at most {SOCKET_PATH_LIMIT_BYTES} allowed; choose a shorter runtime directory"
        )
    return str(path)


class NamedSocket:
    """A non-blocking Unix socket bound to a name with mode 0600; replaces a stale socket."""

    def __init__(self, directory: Path, name: str, kind: socket.SocketKind) -> None:
        path = socket_path(directory, name)
        self.socket = socket.socket(socket.AF_UNIX, kind)
        try:
            self.socket.setblocking(False)
            # bind copies the mode of the socket to its name: at no moment is it open to others.
            os.fchmod(self.socket.fileno(), 0o600)
            self._path = Path(path)
            self._path.unlink(missing_ok=True)
            self.socket.bind(path)
            self._inode = self._path.stat().st_ino
        except BaseException:
            self.socket.close()
            raise

    def close(self) -> None:
        """Close the socket and remove its name, unless a successor has bound it; idempotent."""
        if self.socket.fileno() < 0:
            return
        # Name first: while this socket is open, its inode number cannot be reused by a successor.
        try:
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
        except FileNotFoundError:
            pass
        finally:
            self.socket.close()
