"""The processes and the channels between them."""

from typing import NamedTuple

from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.core.words import LANDER, PROCESSES

# 16 slots of the default capacity: enough to keep both ends busy during a flush.
_SLOTS_BYTES = 16 * 1024 * 1024
_FEWEST_SLOTS = 4
_MOST_SLOTS = 64


class ChannelRoles(NamedTuple):
    """A channel: the process that listens, the one that connects, and the one that fills slots."""

    listener: str
    connector: str
    filled_by: str


# The module of each process, imported by name: runtime must not import processes.
PROCESS_MODULES = {process: f"netrelay.processes.{process}" for process in (*PROCESSES, LANDER)}

# Network processes have no access to the folders of files (under systemd).
NETWORK = frozenset({"sender", "receiver", "initial_sender", "initial_receiver"})

OUT = ChannelRoles(listener="processor_s", connector="sender", filled_by="processor_s")
IN = ChannelRoles(listener="processor_r", connector="receiver", filled_by="receiver")


def slot_bytes(capacity_bytes: int) -> int:
    """Return the size of a slot in bytes: the largest frame of a node with this capacity."""
    return messages_frame_limit_bytes(capacity_bytes)


def slot_count(capacity_bytes: int) -> int:
    """Return the number of slots of a channel: about 16 MiB in total, at least four."""
    return max(_FEWEST_SLOTS, min(_MOST_SLOTS, _SLOTS_BYTES // capacity_bytes))
