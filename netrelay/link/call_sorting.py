"""Sorting of accepted connections: which of them are calls."""

import socket

from netrelay.core.call import CALL, FirstBytes, first_bytes
from netrelay.core.words import WireError
from netrelay.link.failures import failure_of
from netrelay.link.link_closed import CloseCause, LinkClosed


class CallArrived(Exception):  # noqa: N818 -- not an error
    """An accepted connection is a call: `socket` is the caller's, and CALL was read from it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__("it is a call")
        self.socket = connection


class CallSorter:
    """Looks at the first bytes of a non-blocking socket.

    Bytes of TLS stay unread. Those of a call are read as they come: a call that stops in the middle
    leaves nothing that would wake a poller again and again.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._heard = b""

    def look(self) -> FirstBytes:
        """Return what the connection is, as far as it is known; LinkClosed for neither."""
        try:
            first = self._socket.recv(1, socket.MSG_PEEK)
            if not first:
                raise LinkClosed("the peer ended the connection", CloseCause.BROKEN)
            found = first_bytes(self._heard + first)
            if found is not FirstBytes.TLS:
                self._heard += self._socket.recv(len(CALL) - len(self._heard))
                found = first_bytes(self._heard)
        except BlockingIOError:
            return FirstBytes.INCOMPLETE
        except OSError as error:
            raise LinkClosed(*failure_of(error)) from error
        except WireError as error:
            raise LinkClosed(str(error)) from error
        return found
