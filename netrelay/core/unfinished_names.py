"""Names of files in a drop folder that another program is still writing, which importer ignores.

Most are hidden: the temporary names of rsync (.NAME.XXXXXX), proftpd (.in.NAME.), pure-ftpd, lftp,
Syncthing and GNOME, and the deleted files that NFS clients keep (.nfsXXXX).
"""

from typing import Final

# Temporary suffixes of browsers, download programs, scp clients and editors.
UNFINISHED_ENDINGS: Final = (
    ".part",  # Firefox, KDE, curl and wget front ends
    ".partial",  # Internet Explorer, lftp
    ".crdownload",  # Chromium
    ".opdownload",  # Opera
    ".download",  # Safari
    ".filepart",  # WinSCP
    ".aria2",  # the control file of aria2
    ".tmp",
    ".temp",
    "~",
)
# Suffix of the file that holds the sending options of the dropped file beside it.
SIDECAR_ENDING: Final = ".netrelay.toml"
_ENDINGS = tuple(ending.encode() for ending in UNFINISHED_ENDINGS)
# Hidden files, and the lock files of office programs.
_BEGINNINGS = (b".", b"~$")


def is_hidden(name: bytes) -> bool:
    """Return True for a hidden name, and that of the lock file of an office program."""
    return name.startswith(_BEGINNINGS)


def is_unfinished(name: bytes) -> bool:
    """Return True for the name of an unfinished file; the suffixes are compared without case."""
    return is_hidden(name) or name.lower().endswith(_ENDINGS)
