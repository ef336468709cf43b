"""The check of one entry of a drop folder: ready to be claimed, not yet, or not as it is.

entry                        claimed
renamed into the folder      at once
written in the folder        when two checks, two seconds apart, find it unchanged; a directory with
                             all its contents: five seconds
open for writing             when every process of this computer has closed it
unreadable, or another kind  not before a user changes that; the reason is reported
"""

import os
import stat
from typing import NamedTuple

from netrelay.disk.descriptors import opened_directory
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.dropped_tree import TreeRefused, read_open_tree
from netrelay.transfer.open_writers import is_open_for_writing

SETTLE_S = 2.0
# Longer, because inotify reports no change below a directory, and a recursive copy pauses.
TREE_SETTLE_S = 5.0
# A file that is open for this long may never be closed, so the reason is reported. An empty
# directory waits this long, because most of them are filled after they are created.
PATIENCE_S = 60.0
# A ready entry that is still in the folder could not be claimed: disk full, missing permission.
_CLAIM_AGAIN_S = 60.0
_ALLOWED = "only files and directories are taken"


class Observation(NamedTuple):
    """The fingerprint of an entry, and the time of the first check that found it."""

    fingerprint: str
    since_s: float
    inode: int


class EntryCheck(NamedTuple):
    """The result of one check.

    wait_s is the time until the next check, None if an inotify event has to come first. reason is
    set if a user has to act, or to be informed.
    """

    observation: Observation
    is_ready: bool
    wait_s: float | None
    reason: str | None = None


def check_entry(
    path: bytes, status: os.stat_result, before: Observation | None, is_whole: bool, now_s: float
) -> EntryCheck:
    """Return whether an entry can be claimed; FileNotFoundError when it no longer exists.

    before is the observation of the previous check. is_whole means that the entry was renamed into
    the folder since then, so it does not have to settle. A directory is read recursively.
    """
    if stat.S_ISDIR(status.st_mode):
        return _check_directory(path, status, before, is_whole, now_s)
    observation = _observe(before, fingerprint(status), status, now_s)
    if not stat.S_ISREG(status.st_mode):
        reason = f"it is {kind_of_file(status.st_mode)}; {_ALLOWED}"
        return EntryCheck(observation, False, None, reason)
    unchanged_s = now_s - observation.since_s
    if not is_whole and unchanged_s < SETTLE_S:
        return EntryCheck(observation, False, SETTLE_S - unchanged_s)
    try:
        if is_open_for_writing(path):
            return _still_open(observation, unchanged_s, "a program has it open for writing")
    except FileNotFoundError:
        raise
    except OSError as error:
        return _unreadable(observation, "it", error)
    return EntryCheck(observation, True, _CLAIM_AGAIN_S)


def _check_directory(
    path: bytes, status: os.stat_result, before: Observation | None, is_whole: bool, now_s: float
) -> EntryCheck:
    # Reading a large directory is expensive, so it is not read before it can have settled.
    if before is not None and not is_whole and now_s - before.since_s < TREE_SETTLE_S:
        return EntryCheck(before, False, TREE_SETTLE_S - (now_s - before.since_s))
    unread = _observe(None, "", status, now_s)
    try:
        with opened_directory(path) as directory:
            return _check_tree(path, directory, status, before, is_whole, now_s)
    except TreeRefused as error:
        reason = f"{error}; {_ALLOWED}, and a directory goes whole or not at all"
        return EntryCheck(unread, False, PATIENCE_S, reason)
    except FileNotFoundError:
        if not os.path.lexists(path):
            raise
        return EntryCheck(unread, False, TREE_SETTLE_S)
    except OSError as error:
        return _unreadable(unread, _within(path, error), error)


def _check_tree(
    path: bytes,
    directory: int,
    status: os.stat_result,
    before: Observation | None,
    is_whole: bool,
    now_s: float,
) -> EntryCheck:
    tree = read_open_tree(directory, path)
    observation = _observe(before, tree.fingerprint, status, now_s)
    unchanged_s = now_s - observation.since_s
    settle_s = TREE_SETTLE_S if tree.leaves else PATIENCE_S
    if unchanged_s < settle_s and not (is_whole and tree.leaves):
        return EntryCheck(observation, False, settle_s - unchanged_s)
    for name in tree.files():
        try:
            if is_open_for_writing(name, directory):
                what = f"a program has {os.fsdecode(name)!r} in it open for writing"
                return _still_open(observation, unchanged_s, what)
        except FileNotFoundError:
            raise
        except OSError as error:
            return _unreadable(observation, f"{os.fsdecode(name)!r} in it", error)
    return EntryCheck(observation, True, _CLAIM_AGAIN_S)


def _observe(
    before: Observation | None, found: str, status: os.stat_result, now_s: float
) -> Observation:
    if before is not None and before.fingerprint == found:
        return before
    return Observation(found, now_s, status.st_ino)


def _still_open(observation: Observation, unchanged_s: float, what: str) -> EntryCheck:
    if unchanged_s < PATIENCE_S:
        wait_s = max(SETTLE_S, min(unchanged_s, PATIENCE_S - unchanged_s))
        return EntryCheck(observation, False, wait_s)
    return EntryCheck(observation, False, PATIENCE_S, f"{what}; it goes when that is over")


def _unreadable(observation: Observation, what: str, error: OSError) -> EntryCheck:
    if isinstance(error, PermissionError):
        reason = f"{what} may not be read by this node: chmod g+r lets its group"
    else:
        reason = f"{what} cannot be opened: {error.strerror}"
    return EntryCheck(observation, False, PATIENCE_S, reason)


def _within(path: bytes, error: OSError) -> str:
    name = error.filename
    inner = os.fsencode(name).removeprefix(path).strip(b"/") if name is not None else b""
    return f"{os.fsdecode(inner)!r} in it" if inner else "it"
