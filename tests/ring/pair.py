"""A linked pair: both endpoints of one channel in this process."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from netrelay.ring.channel import ChannelChange, ChannelConnector, ChannelListener

SLOT_COUNT = 4
SLOT_BYTES = 65536


class Pair(NamedTuple):
    """A listener that fills the slots, and its connector."""

    listener: ChannelListener
    connector: ChannelConnector

    def open(self) -> None:
        """Connect, accept and open, asserting each step."""
        assert self.connector.connect()
        assert self.listener.service() is ChannelChange.OPENED
        assert self.connector.service() is ChannelChange.OPENED


def make_listener(directory: Path, slot_count: int = SLOT_COUNT) -> ChannelListener:
    """Return the listening endpoint of the pair."""
    return ChannelListener(
        directory, "processor_s", "sender", slot_count, SLOT_BYTES, filled_by="processor_s"
    )


def make_connector(directory: Path) -> ChannelConnector:
    """Return the connecting endpoint of the pair."""
    return ChannelConnector(directory, "processor_s", "sender", filled_by="processor_s")


@contextmanager
def linked_pair(directory: Path) -> Iterator[Pair]:
    """Yield both endpoints, not yet connected, and close them afterwards."""
    pair = Pair(make_listener(directory), make_connector(directory))
    try:
        yield pair
    finally:
        pair.connector.close()
        pair.listener.close()


def is_readable(descriptors: tuple[int, ...]) -> bool:
    """Return True when a process that polls these descriptors would wake now."""
    return bool(select.select(descriptors, [], [], 0)[0])
