"""How a release stops: one error with the status that the program ends with."""

FAILED = 1
# sysexits.h
DATA = 65
UNAVAILABLE = 69
CONFIG = 78


class ReleaseError(Exception):
    """A release cannot be made; the text is for the person who started it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
