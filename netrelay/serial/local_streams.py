"""The local ends of the streams of a line: one socket for each, on which TLS of the node goes."""

import socket
from collections.abc import Callable, Iterator

from netrelay.core.serial.line_streams import LineStreams


class _LocalEnd:
    def __init__(self, wire: socket.socket) -> None:
        self.wire: socket.socket | None = wire
        self.unwritten = bytearray()
        self.has_ended_here = False  # the node sends no more
        self.has_ended_there = False  # nothing more comes for it

    def drop(self) -> None:
        if self.wire is not None:
            self.wire.close()
        self.wire = None
        self.unwritten.clear()


class LocalStreams:
    """Moves bytes between sockets and the streams of the present session of a line.

    What has come for a socket is bounded by the credit of its stream, and what has been read from
    it by the room of the stream.
    """

    def __init__(self, streams: Callable[[], LineStreams]) -> None:
        self._streams = streams
        self._ends: dict[int, _LocalEnd] = {}

    def __len__(self) -> int:
        """Return how many streams have a socket."""
        return len(self._ends)

    def begin(self, number: int, wire: socket.socket) -> None:
        """Serve a stream by a non-blocking socket, which is this object's from then on."""
        self._ends[number] = _LocalEnd(wire)

    def arrived(self, number: int, data: bytes) -> None:
        """Pass bytes of the line on."""
        end = self._ends.get(number)
        if end is None or end.wire is None:
            # Nobody reads it: the other side shall get to its end all the same.
            self._streams().consumed(number, len(data))
            return
        end.unwritten += data

    def ended(self, number: int, *, is_reset: bool) -> None:
        """Note that nothing more comes of the line."""
        end = self._ends.get(number)
        if end is None:
            return
        end.has_ended_there = True
        if is_reset:
            end.drop()
            del self._ends[number]

    def service(self) -> None:
        """Move what can be moved without blocking."""
        for number, end in list(self._ends.items()):
            self._write(number, end)
            self._read(number, end)
            if end.has_ended_here and end.has_ended_there and not end.unwritten:
                end.drop()
                del self._ends[number]

    def _write(self, number: int, end: _LocalEnd) -> None:
        if end.wire is None:
            return
        try:
            while end.unwritten:
                count = end.wire.send(end.unwritten)
                del end.unwritten[:count]
                self._streams().consumed(number, count)
            if end.has_ended_there:
                end.wire.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return
        except OSError:
            self._break(number, end)

    def _read(self, number: int, end: _LocalEnd) -> None:
        room = self._streams().room_bytes(number)
        if end.wire is None or end.has_ended_here or not room:
            return
        try:
            data = end.wire.recv(room)
        except BlockingIOError:
            return
        except OSError:
            self._break(number, end)
            return
        if data:
            self._streams().send(number, data)
        else:
            end.has_ended_here = True
            self._streams().end(number)

    def _break(self, number: int, end: _LocalEnd) -> None:
        """End a stream whose socket the node has closed with bytes unread."""
        waiting = len(end.unwritten)
        end.drop()
        if end.has_ended_here:
            self._streams().consumed(number, waiting)
        else:
            end.has_ended_here = True
            self._streams().reset(number)

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        """Yield the descriptors to poll."""
        for number, end in self._ends.items():
            if end.wire is not None:
                may_read = not end.has_ended_here and self._streams().room_bytes(number) > 0
                yield end.wire.fileno(), may_read, bool(end.unwritten)

    def drop_all(self) -> None:
        """Close every socket."""
        for end in self._ends.values():
            end.drop()
        self._ends.clear()
