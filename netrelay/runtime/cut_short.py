"""A mark of each running process, by which its next start knows that it was cut short.

A process that is killed, by a signal, the watchdog or the kernel for want of memory, can log
nothing itself. A cut of the power is no such end: the mark is one of a boot.
"""

from contextlib import suppress
from pathlib import Path

from netrelay.runtime.clock import boot_id


def mark_start(directory: Path, process: str) -> bool:
    """Mark a process as running; return True if the one before was cut short in this boot.

    The caller holds the process's lock.
    """
    mark = _mark(directory, process)
    boot = boot_id()
    with suppress(OSError):
        if mark.read_text(encoding="ascii") == boot:
            return True
    with suppress(OSError):
        mark.write_text(boot, encoding="ascii")
    return False


def mark_end(directory: Path, process: str) -> None:
    """Remove the mark of a process that ends by itself, whatever its exit status."""
    with suppress(OSError):
        _mark(directory, process).unlink()


def _mark(directory: Path, process: str) -> Path:
    return directory / f"{process}.running"
