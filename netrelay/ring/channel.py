"""A channel: two rings, a pool of slots and a bell that connect two processes.

    listener A                                          connector B
      append ---> A--B.ring ------------------------------> take
      take   <--- B--A.ring <------------------------------ append
      slots  <==> A--B.slots (filled by one of them) <=====> slots
      bell   <--- A--B.bell, SEQPACKET: HELLO, then COUNTS ---> bell

Theory:

- Each ring has one writer and one reader; each slot is written by the filling process only.
- Stores become visible with a COUNTS packet: the send and receive system calls order memory, which
  Python cannot do itself. Nothing that was appended is read before its count has arrived.
- A generation lasts as long as one bell connection. The listener creates new files for each
  connection it accepts and announces their random number in HELLO, so a stale process writes into
  files that nobody reads.
- When either process dies, the kernel closes the bell, and the survivor reads an end of file. It
  may still take what was published before (`take_unread`), and can answer nothing.
- Rings and slots are volatile. After a restart both processes start with empty rings and a full
  pool, and repeat unfinished work from the database: delivery over a channel is at most once.

One step of a process: service(), take() and work, append(), flush().
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
    """The listening endpoint: creates the files, a new generation for each connection it accepts.

    `slot_bytes` is rounded up to whole pages. Once listening, it rings the connector's process
    bell, so that a connector that started first tries again. A new connection replaces the current
    one: service() returns CLOSED, then OPENED.
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
        """Read the bell or accept a connection; raise OSError when the files cannot be created."""
        ready = self._ready()
        if self._listening.socket.fileno() in ready:
            if self._bell is not None:
                return self._end("a newer connection took its place")
            return self._accept()
        if self._bell is not None and self._bell.fileno() in ready:
            return self._serve_bell(self._bell)
        return ChannelChange.NONE

    def close(self) -> None:
        """End the generation, stop listening and remove the files; idempotent."""
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
            # The connector closed the connection before the HELLO.
            bell.close()
            return ChannelChange.NONE
        except BaseException:
            bell.close()
            raise
        self._attach(bell)
        self._session = session
        return ChannelChange.OPENED

    def _end(self, reason: str) -> ChannelChange:
        # Unlinked now, so that the memory is freed with the last mapping.
        remove_files(self._names)
        return super()._end(reason)


class ChannelConnector(Channel):
    """The connecting endpoint; the listener determines the number and size of the slots."""

    def __init__(self, directory: Path, listener: str, connector: str, filled_by: str) -> None:
        super().__init__(ChannelNames(directory, listener, connector, filled_by))
        self._address = socket_path(directory, self._names.bell)

    def connect(self) -> bool:
        """Try once to connect; return True when connected. Then service() returns OPENED.

        False when nobody listens: try again when the process bell rings, which a listener does at
        start.
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
        """Read the bell: HELLO, COUNTS, or the end of file."""
        if self._bell is not None and self._ready():
            return self._serve_bell(self._bell)
        return ChannelChange.NONE

    def _handle_hello(self, generation: int) -> ChannelChange:
        self._session = open_session(self._names, generation)
        return ChannelChange.OPENED
