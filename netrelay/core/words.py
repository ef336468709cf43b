"""The numbers and names that every room shares: message types, states, refusals, processes.

Their values are on the wire, in the database or in file names: the meaning of a value never
changes, and a new name gets a new value.
"""

from enum import IntEnum, StrEnum
from typing import Final


class MessageType(IntEnum):
    """The type of a message, as stored and as sent; JOB never comes from the network."""

    SINGLE = 1
    CHUNK = 2
    MANIFEST = 3
    HELLO = 4
    HELLO_REPLY = 5
    JOB = 6
    RECEIPT = 7


class FileKind(IntEnum):
    """The kind of what is sent as a whole; the numbers are those of `SingleKind`."""

    FILE = 1
    DIRECTORY = 3


class State(StrEnum):
    """The state of a message, as stored; `sql/transitions.txt` lists the transitions."""

    N_0 = "N-0"
    N_1 = "N-1"
    N_2 = "N-2"
    N_3 = "N-3"
    N_4 = "N-4"
    S_1 = "S-1"
    S_2 = "S-2"
    S_2W = "S-2W"
    S_4 = "S-4"
    S_4W = "S-4W"
    S_5 = "S-5"
    D = "D"
    F = "F"


class Refusal(IntEnum):
    """The code with which a node refuses a message in an ACKNOWLEDGEMENT frame.

    The row of the code in `sql/refusals.txt` decides what the sending node does.
    """

    NEED_MANIFEST = 1
    BAD_HASH = 2
    TOO_LARGE = 3
    NO_ROOM = 4
    QUOTA = 5
    NOT_PERMITTED = 6
    UNKNOWN_TYPE = 7
    UNKNOWN_SUITE = 8
    LOOP = 9
    CONFLICT = 10
    MALFORMED = 11
    CANNOT_OPEN = 12
    FINISHED = 13
    NO_ROUTE = 14
    EXPIRED = 15
    NOT_BUILT = 16
    HELD = 17


class DeliveryTrouble(StrEnum):
    """Why a complete file cannot be put into the inbox or the store, as in `files.trouble`."""

    DISK_FULL = "disk-full"
    NOT_PERMITTED = "not-permitted"
    NAME_REFUSED = "name-refused"
    FOLDER_UNUSABLE = "folder-unusable"
    DISK_ERROR = "disk-error"
    # Of the store (netrelay land); sql/delivery.sql has what a source is told of each.
    STORE_AWAY = "store-away"
    STORE_BUSY = "store-busy"
    STORE_FULL = "store-full"
    STORE_KEY = "store-key"
    STORE_CLOCK = "store-clock"
    STORE_BUCKET = "store-bucket"
    STORE_UNTRUSTED = "store-untrusted"
    STORE_UNCONDITIONAL = "store-unconditional"
    STORE_CONFLICT = "store-conflict"


class WireError(ValueError):
    """Bytes from a peer that this node does not accept; `refusal` is the code to answer with."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal


PROCESSES: Final = (
    "initial_receiver",
    "initial_sender",
    "receiver",
    "processor_r",
    "processor_s",
    "sender",
    "importer",
    "exporter",
)
# Beside the eight, only where it is configured ([land] of netrelay.toml).
LANDER: Final = "lander"
