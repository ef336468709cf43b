"""Identity and kind of an inode."""

import os
import stat


def fingerprint(status: os.stat_result) -> str:
    """Return "inode:size:mtime:ctime", times in ns: it differs for another or a changed file."""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def kind_of_file(mode: int) -> str:
    """Return the kind of an inode by its mode, with its article: "a directory"."""
    for test, word in (
        (stat.S_ISREG, "a file"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return word
    return "a device"
