"""Checks of folders that are on another disk than the rest, or links, for `netrelay check`."""

import os
from collections.abc import Iterator
from pathlib import Path

from netrelay.cli.findings import FULL_DISK_BYTES, Finding, fail, ok, warn
from netrelay.cli.text import size
from netrelay.disk.mounts import is_on_another_mount
from netrelay.runtime.home import Home


def folder_findings(home: Home) -> Iterator[Finding]:
    """Check that our folders are there, and name those of peers that are links or other disks."""
    uses = (
        (home.drop, "what is dropped there stays on that disk until it is sent: leave it in"),
        (home.inbox, "what arrives is copied there"),
        (home.sent, "files are copied there when they were delivered"),
        (home.failed, "files are copied there when they were given up"),
    )
    for parent, use in uses:
        if not parent.is_dir():
            what_to_do = "the node makes it, at its start or while it runs"
            yield fail("folders", f"{parent} is no folder", what_to_do)
            continue
        if is_on_another_mount(parent, home.path):
            yield from _disk_of(parent, use)
        for folder in sorted(parent.iterdir()) if os.access(parent, os.R_OK | os.X_OK) else ():
            if folder.is_symlink():
                text = f"{folder} is a link: nothing can be moved there"
                what_to_do = "put a folder in its place, and mount the disk there"
                yield fail("folders", text, what_to_do)
            elif folder.is_dir() and is_on_another_mount(folder, parent):
                yield from _disk_of(folder, use)


def _disk_of(folder: Path, use: str) -> Iterator[Finding]:
    disk = os.statvfs(folder)
    free_bytes = disk.f_bavail * disk.f_frsize
    text = f"{folder} is on another disk, {size(free_bytes)} of it free: {use}"
    if disk.f_flag & os.ST_RDONLY:
        yield fail("folders", f"{folder} is on a disk that is mounted read-only", "remount it")
    elif free_bytes < FULL_DISK_BYTES:
        yield warn("folders", text, "what does not fit waits: make room")
    else:
        yield ok("folders", text)
