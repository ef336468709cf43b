"""The spool: sealed wholes on their way to another node, one file each.

    spool/<identity>[-<peer that brought it>]     sealed bytes, each segment at its sealed offset

A body is stored as it arrived; fragmenting it again between segments needs no key.
"""

import os
from pathlib import Path

from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES
from netrelay.store.carried import spool_name, whole_of_spool
from netrelay.transfer.claimed_file import FileChanged


def is_spool_name(name: str) -> bool:
    """Return whether a name is that of a spool file."""
    try:
        return spool_name(whole_of_spool(name)) == name
    except ValueError:
        return False


def sealed_offset(offset: int) -> int:
    """Return where a plaintext offset (a whole number of segments) is among sealed segments."""
    return offset // SEGMENT_BYTES * (SEGMENT_BYTES + SEAL_BYTES)


class SpoolReader:
    """Reads sealed ranges of the spool, for processor_s."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_into(self, name: str, offset: int, view: memoryview) -> None:
        """Fill the view from a plaintext offset on; FileChanged when the bytes are not there."""
        # Opened each time: processor_r may have replaced the file.
        try:
            with (self._folder / name).open("rb", buffering=0) as file:
                filled = os.preadv(file.fileno(), [view], sealed_offset(offset))
        except OSError as error:
            raise FileChanged(f"its sealed bytes are gone: {error.strerror}") from error
        if filled != len(view):
            raise FileChanged(f"{filled} of {len(view)} of its sealed bytes are left")
