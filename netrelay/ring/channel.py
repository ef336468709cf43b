"""A channel: two rings, a pool of slots and a bell that join two processes.

    listener A                                          connector B
      append ---> A--B.ring ------------------------------> take
      take   <--- B--A.ring <------------------------------ append
      slots  <==> A--B.slots (filled by one of them) <=====> slots
      bell   <--- A--B.bell, SEQPACKET: HELLO, then COUNTS ---> bell

The listener makes a new generation of the files for each connection it accepts and announces it;
when either end goes, its kernel closes the bell, the other end reads the end of file, and the
generation is over: whatever was in the rings and slots is refilled from the database. What the end
that went had still told can be read once more (`take_unheard`); nothing can be answered.

A step of a process: service(), take() and work, append(), flush().
"""

import select
import socket
from pathlib import Path

from .channel_end import Channel, ChannelChange, ChannelClosedError
from .layout import BELL_PACKET, HELLO
from .process_bell import ring
from .session import ChannelNames, create_session, open_session, remove_files
from .slots import check_slot_geometry, slot_size_bytes
from .socket_path import NamedSocket, socket_path

__all__ = ["Channel", "ChannelChange", "ChannelClosedError", "ChannelConnector", "ChannelListener"]

_BACKLOG = 4


class ChannelListener(Channel):
    """The end that is connected to: it makes the files, a new generation for each connection.

    `slot_bytes` is rounded up to whole pages. Once it listens it rings the connector's process
    bell, so that a connector which came too early tries again. A newer connection replaces the
    older: CLOSED, then OPENED.
    """

    def __init__(
        self,
        directory: Path,
        listener: str,
        connector: str,
        slot_count: int,
        slot_bytes: int,
        filled_by: str,
    ) -> None:
        slot_bytes = slot_size_bytes(slot_bytes)
        check_slot_geometry(slot_count, slot_bytes)
        super().__init__(ChannelNames(directory, listener, connector, filled_by))
        self._slot_count = slot_count
        self._slot_bytes = slot_bytes
        self._listening = NamedSocket(directory, self._names.bell, socket.SOCK_SEQPACKET)
        self._listening.socket.listen(_BACKLOG)
        self._epoll.register(self._listening.socket, select.EPOLLIN)
        ring(directory, connector)

    def service(self) -> ChannelChange:
        """Read the bell and accept a connection; raises OSError when the files cannot be made."""
        ready = self._ready()
        if self._listening.socket.fileno() in ready:
            if self._bell is not None:
                return self._end("a newer connection took its place")
            return self._accept()
        if self._bell is not None and self._bell.fileno() in ready:
            return self._serve_bell(self._bell)
        return ChannelChange.NONE

    def close(self) -> None:
        """End the generation, stop listening and remove the files; may be repeated."""
        super().close()
        self._listening.close()

    def _accept(self) -> ChannelChange:
        try:
            bell, _ = self._listening.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return ChannelChange.NONE
        try:
            bell.setblocking(False)
            session = create_session(self._names, self._slot_count, self._slot_bytes)
            bell.send(BELL_PACKET.pack(HELLO, session.generation, 0))
        except (BrokenPipeError, ConnectionResetError):
            # Gone before it was greeted.
            bell.close()
            return ChannelChange.NONE
        except BaseException:
            bell.close()
            raise
        self._attach(bell)
        self._session = session
        return ChannelChange.OPENED

    def _end(self, reason: str) -> ChannelChange:
        # Their memory is freed with the last mapping instead of waiting for the next connection.
        remove_files(self._names)
        return super()._end(reason)


class ChannelConnector(Channel):
    """The end that connects; the number and size of the slots are the listener's to decide."""

    def __init__(self, directory: Path, listener: str, connector: str, filled_by: str) -> None:
        super().__init__(ChannelNames(directory, listener, connector, filled_by))
        self._address = socket_path(directory, self._names.bell)

    def connect(self) -> bool:
        """Try once to connect; True when connected already or now, and then service() says OPENED.

        False when nobody listens: try again when the process bell rings, which the listener does
        when it starts.
        """
        if self._bell is not None:
            return True
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            bell.setblocking(False)
            bell.connect(self._address)
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            bell.close()
            return False
        except BaseException:
            bell.close()
            raise
        self._attach(bell)
        return True

    def service(self) -> ChannelChange:
        """Read the bell: the listener's greeting, counts, or the end."""
        if self._bell is not None and self._ready():
            return self._serve_bell(self._bell)
        return ChannelChange.NONE

    def _greeted(self, generation: int) -> ChannelChange:
        self._session = open_session(self._names, generation)
        return ChannelChange.OPENED
