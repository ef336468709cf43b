"""The tables of processes and channels."""

import importlib

import pytest

from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.core.segments import CAPACITY_MAX_BYTES, CAPACITY_MIN_BYTES, frame_limit_bytes
from netrelay.core.words import PROCESSES
from netrelay.runtime.loop import Process
from netrelay.runtime.wiring import IN, OUT, PROCESS_MODULES, slot_bytes, slot_count

CAPACITIES = [CAPACITY_MIN_BYTES, 1024 * 1024, 1024 * 1024 + 65536, CAPACITY_MAX_BYTES]


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_each_process_is_there_under_its_name(name: str) -> None:
    process = importlib.import_module(PROCESS_MODULES[name]).PROCESS
    assert issubclass(process, Process)
    assert process.name == name


def test_each_channel_joins_two_and_one_of_them_fills() -> None:
    for channel in (OUT, IN):
        assert channel.listener != channel.connector
        assert {channel.listener, channel.connector} <= set(PROCESSES)
        assert channel.filled_by in (channel.listener, channel.connector)


@pytest.mark.parametrize("capacity_bytes", CAPACITIES)
def test_a_slot_holds_the_largest_frame_sent_or_taken(capacity_bytes: int) -> None:
    # A slot holds the frame header of what is sent, but not of what is received.
    assert slot_bytes(capacity_bytes) >= frame_limit_bytes(capacity_bytes)
    assert slot_bytes(capacity_bytes) >= messages_frame_limit_bytes(capacity_bytes)


@pytest.mark.parametrize("capacity_bytes", CAPACITIES)
def test_the_number_of_slots_is_bounded(capacity_bytes: int) -> None:
    assert 4 <= slot_count(capacity_bytes) <= 64
    assert slot_count(capacity_bytes) * capacity_bytes <= 64 * 1024 * 1024
