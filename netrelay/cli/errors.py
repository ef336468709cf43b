"""How a command ends: the codes of sysexits.h, and the one error whose text a person reads."""

from enum import IntEnum

from netrelay.core.nearest import nearest as nearest


class Exit(IntEnum):
    """The exit status of a command (BSD sysexits.h); 0 is success."""

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
    # 128 + SIGINT, as shells have it.
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot go on; the text is one line that names the thing, its value, the allowed."""

    def __init__(self, exit_code: Exit, text: str) -> None:
        super().__init__(text)
        self.exit_code = exit_code
