"""Checks of folders that are on another disk than the rest, or links, for `netrelay check`."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.cli.text import size
from netrelay.disk.kept_free import usable_bytes
from netrelay.disk.mounts import is_on_another_mount, mounted_in
from netrelay.runtime.home import Home

_MOST_LOOKED_INTO = 200


def folder_findings(home: Home) -> Iterator[Finding]:
    """Check that our folders are there, and name those of peers that are links or other disks."""
    uses = (
        (home.drop, "what is dropped there stays on that disk until it is sent"),
        (home.inbox, "what arrives is copied there"),
        (home.sent, "files are copied there when they were delivered"),
        (home.failed, "files are copied there when they were given up"),
    )
    errors = folder_errors(home)
    for parent, use in uses:
        if parent in errors:
            continue
        if not parent.is_dir():
            what_to_do = "the node makes it, at its start or while it runs"
            yield fail("folders", f"{parent} is no folder", what_to_do)
            continue
        if is_on_another_mount(parent, home.path):
            yield from _disk_of(parent, use)
        mounted = mounted_in(parent)
        for entry in entries(parent):
            may_be_mounted = mounted is None or entry.name in mounted
            if entry.is_symlink():
                text = f"{entry.path} is a link: nothing can be moved there"
                what_to_do = "put a folder in its place, and mount the disk there"
                yield fail("folders", text, what_to_do)
            elif may_be_mounted:
                folder = Path(entry.path)
                if folder not in errors and is_on_another_mount(folder, parent):
                    yield from _disk_of(folder, use)
    for folder, why in errors.items():
        yield fail(
            "folders",
            f"{folder} cannot be read: {why}; what it is for waits",
            "look at its disk (`dmesg`), and mount it anew: then it goes on by itself",
        )


def folder_errors(home: Home) -> dict[Path, str]:
    """Return our folders, and those of peers in them, that cannot be listed, each with the error.

    One that this user may not read is none of them. Of very many folders those are looked into that
    a disk of their own is mounted at.
    """
    errors: dict[Path, str] = {}
    for parent in (home.drop, home.inbox, home.sent, home.failed):
        _look_into(parent, errors)
        for folder in _folders_to_look_into(parent):
            _look_into(folder, errors)
    return errors


def _folders_to_look_into(parent: Path) -> list[Path]:
    found = entries(parent)
    if len(found) > _MOST_LOOKED_INTO:
        mounted = mounted_in(parent) or set()
        found = [entry for entry in found if entry.name in mounted]
    return [Path(entry.path) for entry in found]


def entries(parent: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder of ours, sorted; nothing where that cannot be read.

    A hub has a folder for each of thousands of peers.
    """
    with suppress(OSError), os.scandir(parent) as found:
        return sorted(found, key=lambda entry: entry.name)
    return []


def _look_into(folder: Path, errors: dict[Path, str]) -> None:
    try:
        with os.scandir(folder) as found:
            next(found, None)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except OSError as error:
        errors[folder] = os.strerror(error.errno or errno.EIO)


def _disk_of(folder: Path, use: str) -> Iterator[Finding]:
    disk = os.statvfs(folder)
    free_bytes = disk.f_bavail * disk.f_frsize
    text = f"{folder} is on another disk, {size(free_bytes)} of it free: {use}"
    if disk.f_flag & os.ST_RDONLY:
        yield fail("folders", f"{folder} is on a disk that is mounted read-only", "remount it")
    elif not usable_bytes(free_bytes):
        yield warn("folders", text, "what does not fit waits: make room")
    else:
        yield ok("folders", text)
