"""One end's talk over a channel: records in and out, and the moment everything begins anew."""

from collections import deque
from collections.abc import Callable, Iterator

from netrelay.ring.channel import ChannelChange, ChannelConnector
from netrelay.ring.channel_end import Channel
from netrelay.ring.records import Record, decode, encode


class Conversation:
    """Hears records, and keeps what a full ring did not take; nothing overtakes, nothing blocks.

    A step: `turned`, `hear` and work, `put`, `flush`. `watch` is given what to wait on, for good.
    """

    def __init__(self, channel: Channel, watch: Callable[[int], None] = lambda _: None) -> None:
        self._channel = channel
        self._waiting: deque[bytes] = deque()
        for descriptor in channel.filenos():
            watch(descriptor)

    def turned(self) -> bool:
        """Tell whether a generation began or ended: what was under way with the other end is lost.

        A connector that is alone tries to connect, once; the listener's bell calls it again.
        """
        if isinstance(self._channel, ChannelConnector) and not self._channel.connect():
            return False
        if self._channel.service() is ChannelChange.NONE:
            return False
        self._waiting.clear()
        return True

    def hear(self, limit: int) -> Iterator[Record]:
        """Give the next records, at most so many; RecordError for what is none."""
        return map(decode, self._channel.take(limit))

    def last_words(self) -> Iterator[Record]:
        """Give what the other end had said before it went, and nobody heard; after `turned`."""
        return map(decode, self._channel.take_unheard())

    @property
    def is_all_told(self) -> bool:
        """True when nothing that was put waits for the other end, which may be gone."""
        return not self._waiting and self._channel.is_all_told

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
