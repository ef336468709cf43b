"""Asking the kernel whether a file is open for writing anywhere on this machine.

A read lease (fcntl(2), F_SETLEASE) is refused while it is. That costs four system calls; looking
through /proc would cost one for each descriptor of each process, and may be forbidden.
"""

import errno
import fcntl
import os
import signal


def is_open_for_writing(path: bytes) -> bool:
    """Tell whether somebody has a regular file open for writing; False where nobody can know.

    Nobody can on NFS, on most FUSE file systems, and for a file of another user without CAP_LEASE.
    Raises OSError when the file cannot be opened for reading, PermissionError above all.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        # Who opens it for writing in this very moment has us told: by a signal that does nothing,
        # not by SIGIO, which would end us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)  # and with it the lease
    return False
