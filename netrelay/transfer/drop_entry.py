"""Judging one entry of a drop folder: may it be taken now, later, or not as it is.

renamed in           at once
written in place     when it has stood still between two looks, two seconds apart; a directory five,
                     with all that is in it
open for writing     not yet, whoever has it open on this machine
unreadable, no file  not as it is: somebody has to be told
"""

import os
import stat
from typing import NamedTuple

from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.dropped_tree import TreeRefused, read_tree
from netrelay.transfer.open_writers import is_open_for_writing

SETTLE_S = 2.0
# A copy of a directory makes pauses that inotify does not see the end of.
TREE_SETTLE_S = 5.0
# A writer that holds a file open this long may be one that never closes it: a person is told. An
# empty directory is more likely one that somebody is going to fill.
PATIENCE_S = 60.0
# What was ready and is still there could not be claimed: a full disk, a missing permission.
_CLAIM_AGAIN_S = 60.0
_WHAT_GOES = "only files and directories are taken"


class Seen(NamedTuple):
    """What an entry was at the last look that found it changed, and when that was."""

    mark: str
    since_s: float
    inode: int


class Look(NamedTuple):
    """What one look gave; wait_s: until the next look, None when events wake us."""

    seen: Seen
    is_ready: bool
    wait_s: float | None
    reason: str | None = None


def look_at(
    path: bytes, status: os.stat_result, before: Seen | None, is_whole: bool, now_s: float
) -> Look:
    """Judge an entry; FileNotFoundError when it has gone.

    is_whole: it was renamed in since the last look.
    """
    if stat.S_ISDIR(status.st_mode):
        return _look_at_directory(path, status, before, is_whole, now_s)
    seen = _seen(before, fingerprint(status), status, now_s)
    if not stat.S_ISREG(status.st_mode):
        return Look(seen, False, None, f"it is {kind_of_file(status.st_mode)}; {_WHAT_GOES}")
    still_s = now_s - seen.since_s
    if not is_whole and still_s < SETTLE_S:
        return Look(seen, False, SETTLE_S - still_s)
    try:
        if is_open_for_writing(path):
            return _still_open(seen, still_s, "a program has it open for writing")
    except FileNotFoundError:
        raise
    except OSError as error:
        return _unreadable(seen, "it", error)
    return Look(seen, True, _CLAIM_AGAIN_S)


def _look_at_directory(
    path: bytes, status: os.stat_result, before: Seen | None, is_whole: bool, now_s: float
) -> Look:
    """Judge a directory by all that is in it; it is looked through as seldom as may be."""
    if before is not None and not is_whole and now_s - before.since_s < TREE_SETTLE_S:
        return Look(before, False, TREE_SETTLE_S - (now_s - before.since_s))
    try:
        tree = read_tree(path)
    except TreeRefused as error:
        reason = f"{error}; {_WHAT_GOES}, and a directory goes whole or not at all"
        return Look(_seen(None, "", status, now_s), False, PATIENCE_S, reason)
    except FileNotFoundError:
        if not os.path.lexists(path):
            raise
        return Look(_seen(None, "", status, now_s), False, TREE_SETTLE_S)
    except OSError as error:
        return _unreadable(_seen(None, "", status, now_s), _within(path, error), error)
    seen = _seen(before, tree.fingerprint, status, now_s)
    still_s = now_s - seen.since_s
    settle_s = TREE_SETTLE_S if tree.leaves else PATIENCE_S
    if still_s < settle_s and not (is_whole and tree.leaves):
        return Look(seen, False, settle_s - still_s)
    for name in tree.files():
        try:
            if is_open_for_writing(path + b"/" + name):
                shown = os.fsdecode(name)
                return _still_open(seen, still_s, f"a program has {shown!r} in it open for writing")
        except FileNotFoundError:
            return Look(_seen(None, "", status, now_s), False, TREE_SETTLE_S)
        except OSError as error:
            return _unreadable(seen, f"{os.fsdecode(name)!r} in it", error)
    return Look(seen, True, _CLAIM_AGAIN_S)


def _seen(before: Seen | None, mark: str, status: os.stat_result, now_s: float) -> Seen:
    if before is not None and before.mark == mark:
        return before
    return Seen(mark, now_s, status.st_ino)


def _still_open(seen: Seen, still_s: float, what: str) -> Look:
    if still_s < PATIENCE_S:
        return Look(seen, False, max(SETTLE_S, min(still_s, PATIENCE_S - still_s)))
    return Look(seen, False, PATIENCE_S, f"{what}; it goes when that is over")


def _unreadable(seen: Seen, what: str, error: OSError) -> Look:
    if isinstance(error, PermissionError):
        reason = f"{what} may not be read by this node: chmod g+r lets its group"
    else:
        reason = f"{what} cannot be opened: {error.strerror}"
    return Look(seen, False, PATIENCE_S, reason)


def _within(path: bytes, error: OSError) -> str:
    name = error.filename
    inner = os.fsencode(name).removeprefix(path).strip(b"/") if name is not None else b""
    return f"{os.fsdecode(inner)!r} in it" if inner else "it"
