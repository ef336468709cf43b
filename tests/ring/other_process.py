"""The other end of a channel as a process of its own: `other_process.py listener|connector DIR`.

As `sender` it takes Send records and answers Decided with the sum of the body's bytes as the frame,
and SlotFree; as `processor_s` it fills every free slot with Send records for ever. It works until
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
    """Fill slots with the number of the frame, repeated."""
    channel = ChannelListener(directory, "processor_s", "sender", 4, 65536, "processor_s")
    frame = 0
    while wait(*channel.filenos()):
        channel.service()
        if not channel.is_open:
            continue
        for payload in channel.take():
            record = decode(payload)
            if isinstance(record, SlotFree):
                channel.pool.give_back(record.slot)
        while (slot := channel.pool.take()) is not None:
            frame += 1
            channel.slots.view(slot, 8)[:] = frame.to_bytes(8, "big")
            assert channel.append(encode(Send(1, frame, slot, 8)))
        channel.flush()


def wait(*descriptors: int) -> bool:
    """Until one is readable; False when nothing happened for so long that the test is gone."""
    return bool(select.select(descriptors, [], [], IDLE_LIMIT_S)[0])


if __name__ == "__main__":
    {"listener": run_processor_s, "connector": run_sender}[sys.argv[1]](Path(sys.argv[2]))
