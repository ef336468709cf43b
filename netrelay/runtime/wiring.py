"""How the eight processes are wired: one table of processes, one of channels."""

from typing import NamedTuple

from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.core.words import PROCESSES

# Enough to keep both ends of a channel busy through a flush; 16 slots of the default capacity.
_SLOTS_BYTES = 16 * 1024 * 1024
_FEWEST_SLOTS = 4
_MOST_SLOTS = 64


class Wire(NamedTuple):
    """A channel: the end that listens (the one with the database), the other, who fills slots."""

    listener: str
    connector: str
    filled_by: str


# The module of each process, imported by name: this room does not depend on theirs.
PROCESS_MODULES = {process: f"netrelay.processes.{process}" for process in PROCESSES}

# They have the network and need no folder of files: under systemd they cannot see one.
NETWORK = frozenset({"sender", "receiver", "initial_sender", "initial_receiver"})

OUT = Wire(listener="processor_s", connector="sender", filled_by="processor_s")
IN = Wire(listener="processor_r", connector="receiver", filled_by="receiver")


def slot_bytes(capacity_bytes: int) -> int:
    """Give the size of a slot: the largest frame a node of this capacity sends or takes."""
    return messages_frame_limit_bytes(capacity_bytes)


def slot_count(capacity_bytes: int) -> int:
    """Give the number of slots of a channel: about 16 MiB of them, never fewer than four."""
    return max(_FEWEST_SLOTS, min(_MOST_SLOTS, _SLOTS_BYTES // capacity_bytes))
