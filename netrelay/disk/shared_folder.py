"""Folders that people and the node share through the group netrelay, where it exists."""

import errno
import grp
import os
import stat
import struct
from contextlib import suppress
from pathlib import Path

from netrelay.disk.descriptors import opened_directory
from netrelay.disk.folders import make_folder

GROUP = "netrelay"
# setgid: new files inherit the group. Sticky: the group may put files in, and each member may take
# away or exchange his own; the folder's owner, the node, moves them all.
_DROP_MODE = 0o3775
_MAY_BE_WRITTEN = 0o022
# A POSIX ACL in an extended attribute (linux/posix_acl_xattr.h): version 2; tag, permissions, id.
# user rwx, group rwx, others r-x. Without it a umask of 022 would lock out the group, and the node.
_DEFAULT_ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, permissions, 0xFFFF_FFFF)
    for tag, permissions in ((0x01, 7), (0x04, 7), (0x20, 5))
)


def make_drop_folder(path: Path) -> None:
    """Create a drop folder, unless it exists; its name is durable on return.

    Its group can read and move what is created in it, on a file system with ACLs. Files that are
    renamed into it keep their own permissions. An existing folder that others may write becomes
    sticky; under a unit with RestrictSUIDSGID= it stays as it is (systemd.exec(5)).
    """
    try:
        with opened_directory(path) as folder:
            mode = os.fstat(folder).st_mode
            if is_unguarded(mode):
                with suppress(PermissionError):
                    os.fchmod(folder, stat.S_IMODE(mode) | stat.S_ISVTX)
    except FileNotFoundError:
        make_folder(path, _DROP_MODE)
        with suppress(OSError):
            os.setxattr(path, "system.posix_acl_default", _DEFAULT_ACL)
    except NotADirectoryError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path)) from None


def is_unguarded(mode: int) -> bool:
    """Return True if others may take away or exchange what is in a folder with this mode."""
    return bool(mode & _MAY_BE_WRITTEN) and not mode & stat.S_ISVTX


def give_to_group(path: Path) -> None:
    """Change the group of a folder to netrelay, where it exists and the kernel permits it."""
    try:
        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
    except KeyError:
        return
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
