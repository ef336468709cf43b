"""Hosts that hold connections to a port, and say nothing."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice

from netrelay.core.pace import UNKNOWN_PLACES

STRANGERS = 5 * UNKNOWN_PLACES


@contextmanager
def strangers(
    target: tuple[str, int], sources: list[str], turn: Callable[[], object]
) -> Iterator[None]:
    """Hold silent connections, by turns from each source; `turn` lets the listener take a step."""
    held = []
    try:
        for source in islice(cycle(sources), STRANGERS):
            stranger = socket.socket()
            held.append(stranger)
            stranger.setblocking(False)
            stranger.bind((source, 0))
            stranger.connect_ex(target)
            turn()
        yield
    finally:
        for stranger in held:
            stranger.close()
