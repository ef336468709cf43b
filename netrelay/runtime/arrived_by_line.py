"""Connections that came by a serial line, handed over by the process that owns its device."""

import socket
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from netrelay.core.pace import UNKNOWN_PLACES
from netrelay.core.serial.line_settings import read_line_settings
from netrelay.link.line_door import limit_unsent
from netrelay.ring.handed_ends import EndKind, HandedEnds
from netrelay.runtime.node import Node

# A line that goes up and down each second does not have its peer dialled each second.
_UP_EVERY_S: Final = 10.0
# A line has 8 streams of its other end, and a machine has a few lines.
_AT_ONCE: Final = UNKNOWN_PLACES


class LineArrival(NamedTuple):
    """A connection of somebody unknown, and the text of the line by which it came."""

    wire: socket.socket
    line: str


class ArrivedByLine:
    """Receives what the processes of lines hand to one process; its folder has nothing else in it.

    They are trusted no more than a network: nothing but LINE and LINE_UP is taken from them.
    """

    def __init__(self, node: Node) -> None:
        self._handed = HandedEnds(node.home.lines, node.process)
        node.poller.watch(self._handed.fileno())
        self._came_up: set[str] = set()
        self._told_s: dict[str, float] = {}

    def receive(self, may_accept: Callable[[], bool]) -> Iterator[LineArrival]:
        """Yield the connections that came; each is the caller's. Those it may not accept end."""
        for end in self._handed.receive(_AT_ONCE):
            try:
                line = str(read_line_settings(end.address))
            except ValueError:
                end.wire.close()
                continue
            if end.kind is EndKind.LINE_UP and len(self._came_up) < _AT_ONCE:
                self._came_up.add(line)
            if end.kind is not EndKind.LINE or not may_accept():
                end.wire.close()
                continue
            end.wire.setblocking(False)
            limit_unsent(end.wire)
            yield LineArrival(end.wire, line)

    def take_up(self, now_s: float) -> list[str]:
        """Return the lines that have come up since the last call, each once in _UP_EVERY_S."""
        self._told_s = {
            line: told_s for line, told_s in self._told_s.items() if now_s < told_s + _UP_EVERY_S
        }
        came_up = [line for line in self._came_up if line not in self._told_s]
        self._told_s |= dict.fromkeys(came_up, now_s)
        self._came_up.clear()
        return came_up
