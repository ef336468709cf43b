"""One endpoint of a channel in a process of its own: `other_process.py listener|connector DIR`.

As `sender` it answers each Send record with a Decided that carries the checksum of the body as its
handle, and a SlotFree. As `processor_s` it fills every free slot with Send records. It runs until
it is killed.
"""

import select
import sys
from pathlib import Path
from zlib import crc32

from netrelay.ring.channel import ChannelChange, ChannelConnector, ChannelListener
from netrelay.ring.process_bell import ProcessBell
from netrelay.ring.records import Decided, Send, SlotFree, decode, encode

IDLE_LIMIT_S = 60


def run_sender(directory: Path) -> None:
    """Answer each Send with the checksum of its body."""
    bell = ProcessBell(directory, "sender")
    channel = ChannelConnector(directory, "processor_s", "sender", filled_by="processor_s")
    answers: list[bytes] = []
    channel.connect()
    while wait(bell.fileno(), *channel.filenos()):
        bell.drain()
        if channel.service() is not ChannelChange.NONE:
            answers.clear()
        channel.connect()
        for payload in channel.take():
            record = decode(payload)
            assert isinstance(record, Send)
            checksum = crc32(channel.slots.view(record.slot, record.length_bytes))
            answers += [encode(Decided(checksum, record.frame)), encode(SlotFree(record.slot))]
        while answers and channel.append(answers[0]):
            del answers[0]
        channel.flush()


def run_processor_s(directory: Path) -> None:
    """Fill each free slot with the number of its frame."""
    channel = ChannelListener(directory, "processor_s", "sender", 4, 65536, "processor_s")
    frame = 0
    while wait(*channel.filenos()):
        channel.service()
        if not channel.is_open:
            continue
        for payload in channel.take():
            record = decode(payload)
            if isinstance(record, SlotFree):
                channel.pool.free(record.slot)
        while (slot := channel.pool.allocate()) is not None:
            frame += 1
            channel.slots.view(slot, 8)[:] = frame.to_bytes(8, "big")
            assert channel.append(encode(Send(1, frame, slot, 8)))
        channel.flush()


def wait(*descriptors: int) -> bool:
    """Wait until a descriptor is readable; return False when the test is gone (IDLE_LIMIT_S)."""
    return bool(select.select(descriptors, [], [], IDLE_LIMIT_S)[0])


if __name__ == "__main__":
    {"listener": run_processor_s, "connector": run_sender}[sys.argv[1]](Path(sys.argv[2]))
