"""The tables of processes and channels fit the rest of the house."""

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
    for wire in (OUT, IN):
        assert wire.listener != wire.connector
        assert {wire.listener, wire.connector} <= set(PROCESSES)
        assert wire.filled_by in (wire.listener, wire.connector)


@pytest.mark.parametrize("capacity_bytes", CAPACITIES)
def test_a_slot_holds_the_largest_frame_sent_or_taken(capacity_bytes: int) -> None:
    # What is sent has its frame header in the slot; what is taken has it not.
    assert slot_bytes(capacity_bytes) >= frame_limit_bytes(capacity_bytes)
    assert slot_bytes(capacity_bytes) >= messages_frame_limit_bytes(capacity_bytes)


@pytest.mark.parametrize("capacity_bytes", CAPACITIES)
def test_slots_are_enough_and_not_too_much_memory(capacity_bytes: int) -> None:
    assert 4 <= slot_count(capacity_bytes) <= 64
    assert slot_count(capacity_bytes) * capacity_bytes <= 64 * 1024 * 1024
