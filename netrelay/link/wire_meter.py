"""A meter of what a connection puts on the wire."""

from netrelay.link.connection import Connection
from netrelay.link.local_connection import LocalConnection


class WireMeter:
    """Counts the bytes of one connection from its beginning, or from the last `take`."""

    def __init__(self, connection: Connection | LocalConnection) -> None:
        self._connection = connection
        self._told_bytes = 0

    def take(self) -> int:
        """Return the bytes since the last call; never negative, although headers are estimated."""
        new_bytes = max(self._connection.wire_bytes() - self._told_bytes, 0)
        self._told_bytes += new_bytes
        return new_bytes
