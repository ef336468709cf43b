"""Unix sockets under a name in the runtime directory."""

import os
import socket
from pathlib import Path

# struct sockaddr_un of Linux (unix(7)): 108 bytes with the final zero.
SOCKET_PATH_LIMIT_BYTES = 107


def socket_path(directory: Path, name: str) -> str:
    """The path to bind or connect to; ValueError when it is longer than Linux allows."""
    path = directory / name
    length_bytes = len(os.fsencode(path))
    if length_bytes > SOCKET_PATH_LIMIT_BYTES:
        raise ValueError(
            f"socket path {path} of {length_bytes} bytes: "
            f"at most {SOCKET_PATH_LIMIT_BYTES} allowed; choose a shorter runtime directory"
        )
    return str(path)


class NamedSocket:
    """A non-blocking Unix socket bound to a name, mode 0600; a socket left there is replaced."""

    def __init__(self, directory: Path, name: str, kind: socket.SocketKind) -> None:
        path = socket_path(directory, name)
        self.socket = socket.socket(socket.AF_UNIX, kind)
        try:
            self.socket.setblocking(False)
            # Linux gives the name the mode the socket has when it is bound: no moment in between.
            os.fchmod(self.socket.fileno(), 0o600)
            self._path = Path(path)
            self._path.unlink(missing_ok=True)
            self.socket.bind(path)
            self._inode = self._path.stat().st_ino
        except BaseException:
            self.socket.close()
            raise

    def close(self) -> None:
        """Close it and remove the name, unless a successor has taken the name; may be repeated."""
        if self.socket.fileno() < 0:
            return
        # The name before the socket: while ours is open no successor can have our inode number.
        try:
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
        except FileNotFoundError:
            pass
        finally:
            self.socket.close()
