"""Folders that people and the node share through the group netrelay, where it exists."""

import errno
import grp
import os
import struct
from contextlib import suppress
from pathlib import Path

from netrelay.disk.folders import make_folder

GROUP = "netrelay"
# setgid: new files inherit the group. The group may write, because a claim is a rename.
_DROP_MODE = 0o2775
# A POSIX ACL in an extended attribute (linux/posix_acl_xattr.h): version 2; tag, permissions, id.
# user rwx, group rwx, others r-x. Without it a umask of 022 would lock out the group, and the node.
_DEFAULT_ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, permissions, 0xFFFF_FFFF)
    for tag, permissions in ((0x01, 7), (0x04, 7), (0x20, 5))
)


def make_drop_folder(path: Path) -> None:
    """Create a drop folder, unless it exists; its name is durable on return.

    Its group can read and move what is created in it, on a file system with ACLs. Files that are
    renamed into it keep their own permissions.
    """
    if path.is_dir() and not path.is_symlink():
        return
    make_folder(path, _DROP_MODE)
    with suppress(OSError):
        os.setxattr(path, "system.posix_acl_default", _DEFAULT_ACL)


def give_to_group(path: Path) -> None:
    """Change the group of a folder to netrelay, where it exists and the kernel permits it."""
    try:
        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
    except KeyError:
        return
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
