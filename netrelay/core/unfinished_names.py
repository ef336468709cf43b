"""Names in a drop folder that say "not finished", and are therefore left alone.

Hidden names hold most of them: what rsync (.NAME.XXXXXX), proftpd (.in.NAME.), pure-ftpd, lftp,
Syncthing and GNOME write to before they rename it, and what NFS clients keep (.nfsXXXX).
"""

from typing import Final

# What browsers, download programs, scp clients and editors call a file they have not finished.
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
# A file beside the one it is about, in a drop folder: how that one is to go.
SIDECAR_ENDING: Final = ".netrelay.toml"
_ENDINGS = tuple(ending.encode() for ending in UNFINISHED_ENDINGS)
# Hidden; the lock files of office programs.
_BEGINNINGS = (b".", b"~$")


def is_unfinished(name: bytes) -> bool:
    """Tell whether a name is one of those, in whatever case; it is nobody's own name for a file."""
    return name.startswith(_BEGINNINGS) or name.lower().endswith(_ENDINGS)
