"""Exit statuses of commands and processes."""

from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """The exit status of a command or a process (BSD sysexits.h); 0 is success."""

    OK = 0
    USAGE = 64
    DATA = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANNOT_CREATE = 73
    INPUT_OUTPUT = 74
    TRY_AGAIN = 75
    NOT_PERMITTED = 77
    CONFIG = 78
    # 128 + SIGINT, as shells report it.
    INTERRUPTED = 130


# A process that ends with one of these is not restarted: it would end the same way again.
NEEDS_A_PERSON: Final = frozenset({Exit.USAGE, Exit.UNAVAILABLE, Exit.NOT_PERMITTED, Exit.CONFIG})
