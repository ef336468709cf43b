"""Exchange of records over a channel, with a queue for what a full ring refuses."""

from collections import deque
from collections.abc import Callable, Iterator

from netrelay.ring.channel import ChannelChange, ChannelConnector
from netrelay.ring.channel_end import Channel
from netrelay.ring.records import Record, decode, encode


class Conversation:
    """One endpoint of a channel, as typed records; never blocks, and keeps the order of records.

    Theory:

    - `put` never fails: a record that a full ring refuses waits in this process, unbounded, and is
      appended before any later one. Flow control is the caller's: it bounds what it puts.
    - `service` returns True when the generation began or ended. Waiting records of the old one are
      discarded; the caller discards its state about the other process likewise.
    - The connector reconnects in `service`, once per call; a new listener rings its process bell.

    One step: `service`, `receive` and work, `put`, `flush`. `watch` is called with each descriptor
    to poll, once.
    """

    def __init__(self, channel: Channel, watch: Callable[[int], None] = lambda _: None) -> None:
        self._channel = channel
        self._waiting: deque[bytes] = deque()
        for descriptor in channel.filenos():
            watch(descriptor)

    def service(self) -> bool:
        """Return True when a generation began or ended: unfinished exchanges are lost."""
        if isinstance(self._channel, ChannelConnector) and not self._channel.connect():
            return False
        if self._channel.service() is ChannelChange.NONE:
            return False
        self._waiting.clear()
        return True

    def receive(self, limit: int) -> Iterator[Record]:
        """Yield the next records, at most `limit`; raise RecordError for an invalid payload."""
        return map(decode, self._channel.take(limit))

    def receive_more(self, limit: int) -> Iterator[Record]:
        """Yield records, at most `limit`, with those published since `service`, in mid-step.

        It is still the same generation: if that has ended, the next `service` returns True.
        """
        self._channel.catch_up()
        return self.receive(limit)

    def receive_unread(self) -> Iterator[Record]:
        """Yield, once, the records that the other process published before it went.

        Call it after `service` has returned True.
        """
        return map(decode, self._channel.take_unread())

    @property
    def is_all_published(self) -> bool:
        """True when every record has been published, or the other process is gone."""
        return not self._waiting and self._channel.is_all_published

    def put(self, record: Record) -> None:
        """Append a record, or queue it until the ring has room."""
        payload = encode(record)
        if self._waiting or not self._channel.append(payload):
            self._waiting.append(payload)

    def flush(self) -> None:
        """Append what waits as far as the ring has room, and publish it; call once per step."""
        while self._waiting and self._channel.append(self._waiting[0]):
            self._waiting.popleft()
        self._channel.flush()
