"""Records that wait for room in a ring, in order."""

from collections import deque

from netrelay.ring.channel_end import Channel
from netrelay.ring.records import Record, encode


class Outbox:
    """Keeps what a full ring did not take; nothing overtakes, nothing blocks."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waiting: deque[bytes] = deque()

    def put(self, record: Record) -> None:
        """Append a record, or keep it until there is room."""
        payload = encode(record)
        if self._waiting or not self._channel.append(payload):
            self._waiting.append(payload)

    def flush(self) -> None:
        """Append what waits as far as it goes, and ring the bell; once a step."""
        while self._waiting and self._channel.append(self._waiting[0]):
            self._waiting.popleft()
        self._channel.flush()

    def clear(self) -> None:
        """Forget what waits: the generation it was for is over."""
        self._waiting.clear()
