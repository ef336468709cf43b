"""Checks of `netrelay check --as USER`: may this user drop files, and read the inbox?"""

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.findings import Finding, fail, ok, warn
from netrelay.disk.shared_folder import GROUP
from netrelay.runtime.home import Home

_DENIED = 1


def user_findings(home: Home, user: str) -> Iterator[Finding]:
    """Check each peer's drop folder and inbox with this user's rights."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise CommandError(Exit.DATA, f"there is no user {user!r} on this machine") from None
    for parent, need, words in (
        (home.drop, os.W_OK | os.X_OK, "may drop files into"),
        (home.inbox, os.R_OK | os.X_OK, "may read"),
    ):
        folders = sorted(
            folder for folder in parent.iterdir() if folder.is_dir() and folder.name[0] != "."
        )
        for folder in folders:
            yield _look(entry, folder, need, words)


def _look(entry: pwd.struct_passwd, folder: Path, need: int, words: str) -> Finding:
    user = entry.pw_name
    for path in (*reversed(folder.parents), folder):
        wanted = need if path == folder else os.X_OK
        if not _may(entry, path, wanted):
            how = "be entered" if wanted == os.X_OK else "be used so"
            finding = fail if need & os.W_OK else warn
            return finding(
                "access",
                f"{user} {words.replace('may', 'may not')} {folder}: {path} cannot {how} by it",
                _what_to_do(entry, path),
            )
    return ok("access", f"{user} {words} {folder}")


def _what_to_do(entry: pwd.struct_passwd, path: Path) -> str:
    status = path.stat()
    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    if group == GROUP and status.st_gid not in _groups(entry):
        return f"`sudo usermod -aG {group} {entry.pw_name}`, and log in again"
    mode = status.st_mode & 0o7777
    return f"it is {group}'s, with mode {mode:04o}: chmod or chgrp it, or put the home elsewhere"


def _groups(entry: pwd.struct_passwd) -> list[int]:
    return os.getgrouplist(entry.pw_name, entry.pw_gid)


def _may(entry: pwd.struct_passwd, path: Path, need: int) -> bool:
    """Return True if the user may: by access(2) as that user if we may, else by the mode bits.

    Only access(2) respects ACLs.
    """
    if os.geteuid() == entry.pw_uid:
        return os.access(path, need)
    if os.geteuid() != 0:
        return _may_by_mode(entry, path, need)
    child = os.fork()
    if child == 0:
        code = _DENIED
        try:
            os.setgroups(_groups(entry))
            os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
            os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
            code = 0 if os.access(path, need) else _DENIED
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _may_by_mode(entry: pwd.struct_passwd, path: Path, need: int) -> bool:
    if entry.pw_uid == 0:
        return True
    status = path.stat()
    mode = status.st_mode
    if status.st_uid == entry.pw_uid:
        mode >>= 6
    elif status.st_gid in _groups(entry):
        mode >>= 3
    return mode & need == need
