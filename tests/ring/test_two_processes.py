"""A channel between two real processes, one of which is killed with SIGKILL."""

import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from netrelay.ring.channel import Channel, ChannelChange, ChannelListener
from netrelay.ring.process_bell import ProcessBell
from netrelay.ring.records import Decided, Send, SlotFree, decode, encode

from .pair import make_connector, make_listener

DEADLINE_S = 60
BODY_BYTES = 65536


@contextmanager
def other_process(role: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    script = Path(__file__).with_name("other_process.py")
    with subprocess.Popen([sys.executable, str(script), role, str(directory)]) as process:
        try:
            yield process
        finally:
            process.kill()


def until(done: Callable[[], bool], *descriptors: int) -> None:
    """Repeat `done` until it returns True, sleeping only on the descriptors."""
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        left_s = deadline - time.monotonic()
        assert select.select(descriptors, [], [], max(left_s, 0))[0], "nothing happened any more"


def until_change(channel: Channel, change: ChannelChange) -> None:
    until(lambda: channel.service() is change, *channel.filenos())


class Exchange:
    """Sends bodies to the other process and verifies the checksums in its answers."""

    def __init__(self, listener: ChannelListener, wanted: int) -> None:
        self._listener = listener
        self._wanted = wanted
        self._sent = 0
        self._expected: dict[int, int] = {}
        self.answered: list[int] = []

    def step(self) -> bool:
        assert self._listener.service() is ChannelChange.NONE
        for payload in self._listener.take():
            self._hear(payload)
        while self._sent < self._wanted and (slot := self._listener.pool.allocate()) is not None:
            self._sent += 1
            body = self._sent.to_bytes(8, "big") * (BODY_BYTES // 8)
            self._listener.slots.view(slot)[:] = body
            self._expected[self._sent] = crc32(body)
            assert self._listener.append(encode(Send(1, self._sent, slot, BODY_BYTES)))
        self._listener.flush()
        return len(self.answered) == self._wanted

    def _hear(self, payload: bytes) -> None:
        record = decode(payload)
        if isinstance(record, SlotFree):
            self._listener.pool.free(record.slot)
        else:
            assert isinstance(record, Decided)
            assert record.handle == self._expected.pop(record.frame)
            self.answered.append(record.frame)


def test_a_killed_connector_returns_in_a_new_generation(
    directory: Path,
) -> None:
    listener = make_listener(directory)
    generations = set()
    for _ in range(2):
        with other_process("connector", directory) as process:
            until_change(listener, ChannelChange.OPENED)
            generations.add(listener.generation)
            exchange = Exchange(listener, wanted=3000)
            until(exchange.step, *listener.filenos())
            assert exchange.answered == list(range(1, 3001))
            # Killed with unfinished work: a slot is allocated and its record published.
            slot = listener.pool.allocate()
            assert slot is not None
            listener.append(encode(Send(1, 1, slot, BODY_BYTES)))
            process.kill()
            listener.flush()
            until_change(listener, ChannelChange.CLOSED)
            assert not listener.is_open
    assert len(generations) == 2
    listener.close()


def test_the_connector_reconnects_after_the_listener_was_killed(
    directory: Path,
) -> None:
    bell = ProcessBell(directory, "sender")
    connector = make_connector(directory)
    generations = set()
    for _ in range(3):
        with other_process("listener", directory) as process:
            until(lambda: bell.drain() > 0, bell.fileno())
            assert connector.connect()
            until_change(connector, ChannelChange.OPENED)
            generations.add(connector.generation)
            frames: list[int] = []

            def step(frames: list[int] = frames) -> bool:
                assert connector.service() is ChannelChange.NONE
                for payload in connector.take():
                    record = decode(payload)
                    assert isinstance(record, Send)
                    body = connector.slots.view(record.slot, record.length_bytes)
                    assert bytes(body) == record.frame.to_bytes(8, "big")
                    frames.append(record.frame)
                    assert connector.append(encode(SlotFree(record.slot)))
                connector.flush()
                return len(frames) >= 3000

            until(step, *connector.filenos())
            # Killed while writing: it never stops by itself.
            process.kill()
            until_change(connector, ChannelChange.CLOSED)
            assert frames == list(range(1, len(frames) + 1))
            process.wait()
            assert not connector.connect()
    assert len(generations) == 3
    connector.close()
    bell.close()
