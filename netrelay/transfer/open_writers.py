"""Detection of files that any process of this computer has open for writing.

The kernel refuses a read lease on such a file (F_SETLEASE, fcntl(2)). The request costs four system
calls; a search in /proc costs one for each descriptor of each process and needs permission.
"""

import errno
import fcntl
import os
import signal

from netrelay.disk.descriptors import open_beneath


def is_open_for_writing(path: bytes, directory: int | None = None) -> bool:
    """Return whether any process has a regular file open for writing; False if unknown.

    path is relative to the open directory, if there is one: then no link on it is followed.

    Unknown on NFS, on most FUSE file systems, and for another user's file without CAP_LEASE.
    OSError, mostly PermissionError, when the file cannot be opened for reading.
    """
    if directory is None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    else:
        descriptor = open_beneath(directory, path, os.O_RDONLY)
    try:
        # A process that opens the file for writing during the lease causes a signal: SIGURG, which
        # is ignored by default, instead of SIGIO, which terminates this process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)  # releases the lease
    return False
