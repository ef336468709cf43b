"""The kernel's count of bytes that this process wrote to disks: `ru_oublock` of getrusage(2).

Linux counts pages when they become dirty, and direct writes; memory file systems are not counted.
Always 0 where the kernel is built without CONFIG_TASK_IO_ACCOUNTING.
"""

import resource
from typing import Final

# task_io_get_oublock() in the kernel's include/linux/task_io_accounting_ops.h.
_BLOCK_BYTES: Final = 512


def thread_written_bytes() -> int:
    """Return what this thread has written since it began."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_oublock * _BLOCK_BYTES


def process_written_bytes() -> int:
    """Return what this process has written since it began, without its children."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_oublock * _BLOCK_BYTES
