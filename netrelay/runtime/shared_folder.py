"""Folders that people and the node share: by the group netrelay, where a machine has one."""

import errno
import grp
import os
import struct
from contextlib import suppress
from pathlib import Path

from netrelay.store.folders import make_folder

GROUP = "netrelay"
# setgid: what people put in gets the group. The group may write: a claim is a rename.
_DROP_MODE = 0o2775
# A POSIX ACL in an extended attribute (linux/posix_acl_xattr.h): version 2; tag, permissions, id.
# user rwx, group rwx, others r-x: without it a umask of 022 keeps the group, and so the node, out.
_DEFAULT_ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, permissions, 0xFFFF_FFFF)
    for tag, permissions in ((0x01, 7), (0x04, 7), (0x20, 5))
)


def make_drop_folder(path: Path) -> None:
    """Create a drop folder that may exist; what is made in it can be read and moved by its group.

    Only on a file system with ACLs, and for what is made there, not renamed in. Durable when it
    returns.
    """
    if path.is_dir() and not path.is_symlink():
        return
    make_folder(path, _DROP_MODE)
    with suppress(OSError):
        os.setxattr(path, "system.posix_acl_default", _DEFAULT_ACL)


def give_to_group(path: Path) -> None:
    """Give a folder to the group netrelay, where there is one and we may."""
    try:
        os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
    except KeyError:
        return
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
