"""The check of one entry of a drop folder: ready to be claimed, not yet, or not as it is.

entry                        claimed
renamed into the folder      at once
written in the folder        when it is unchanged for its settle time (settle_times.py); a directory
                             with all its contents
empty, or with holes         likewise, for a longer time
open for writing             when every process of this computer has closed it
unreadable, or another kind  not before a user changes that; the reason is reported
"""

import os
import stat
from typing import NamedTuple

from netrelay.core.ignored_names import IgnoredNames
from netrelay.disk.descriptors import opened_directory
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.dropped_tree import TreeRefused, read_open_tree
from netrelay.transfer.open_writers import is_open_for_writing
from netrelay.transfer.placeholder import has_holes
from netrelay.transfer.settle_times import SettleTimes

# A file that is open for this long may never be closed, so the reason is reported.
PATIENCE_S = 60.0
# The shortest time between two checks of an entry that is open for writing.
_OPEN_AGAIN_S = 2.0
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


class Look(NamedTuple):
    """The circumstances of a check.

    before is the observation of the previous check. is_whole means that the entry was renamed into
    the folder since then, so it does not have to settle. now_s: the time of the check. ignored:
    what does not count in a directory.
    """

    before: Observation | None
    is_whole: bool
    now_s: float
    settle: SettleTimes
    ignored: IgnoredNames


def check_entry(path: bytes, status: os.stat_result, look: Look) -> EntryCheck:
    """Return whether an entry can be claimed; FileNotFoundError when it no longer exists.

    A directory is read recursively.
    """
    if stat.S_ISDIR(status.st_mode):
        return _check_directory(path, status, look)
    observation = _observe(look, fingerprint(status), status)
    if not stat.S_ISREG(status.st_mode):
        reason = f"it is {kind_of_file(status.st_mode)}; {_ALLOWED}"
        return EntryCheck(observation, False, None, reason)
    unchanged_s = look.now_s - observation.since_s
    settle = look.settle
    settle_s = settle.file_s if status.st_size else settle.placeholder_s
    if not look.is_whole and unchanged_s < settle_s:
        return EntryCheck(observation, False, settle_s - unchanged_s)
    try:
        if is_open_for_writing(path):
            return _still_open(observation, unchanged_s, "a program has it open for writing")
        if not look.is_whole and unchanged_s < settle.placeholder_s and has_holes(path):
            return EntryCheck(observation, False, settle.placeholder_s - unchanged_s)
    except FileNotFoundError:
        raise
    except OSError as error:
        return _unreadable(observation, "it", error)
    return EntryCheck(observation, True, _CLAIM_AGAIN_S)


def _check_directory(path: bytes, status: os.stat_result, look: Look) -> EntryCheck:
    before, settle_s = look.before, look.settle.directory_s
    # Reading a large directory is expensive, so it is not read before it can have settled.
    if before is not None and not look.is_whole and look.now_s - before.since_s < settle_s:
        return EntryCheck(before, False, settle_s - (look.now_s - before.since_s))
    unread = _observe(look._replace(before=None), "", status)
    try:
        with opened_directory(path) as directory:
            return _check_tree(path, directory, status, look)
    except TreeRefused as error:
        reason = f"{error}; {_ALLOWED}, and a directory goes whole or not at all"
        return EntryCheck(unread, False, PATIENCE_S, reason)
    except FileNotFoundError:
        if not os.path.lexists(path):
            raise
        return EntryCheck(unread, False, settle_s)
    except OSError as error:
        return _unreadable(unread, _within(path, error), error)


def _check_tree(path: bytes, directory: int, status: os.stat_result, look: Look) -> EntryCheck:
    tree = read_open_tree(directory, path, look.ignored)
    observation = _observe(look, tree.fingerprint, status)
    unchanged_s = look.now_s - observation.since_s
    settle_s = look.settle.placeholder_s if tree.may_be_filled else look.settle.directory_s
    if unchanged_s < settle_s and not (look.is_whole and tree.leaves):
        return EntryCheck(observation, False, settle_s - unchanged_s)
    may_have_holes = not look.is_whole and unchanged_s < look.settle.placeholder_s
    for name in tree.files():
        try:
            if is_open_for_writing(name, directory):
                what = f"a program has {os.fsdecode(name)!r} in it open for writing"
                return _still_open(observation, unchanged_s, what)
            if may_have_holes and has_holes(name, directory):
                return EntryCheck(observation, False, look.settle.placeholder_s - unchanged_s)
        except FileNotFoundError:
            raise
        except OSError as error:
            return _unreadable(observation, f"{os.fsdecode(name)!r} in it", error)
    return EntryCheck(observation, True, _CLAIM_AGAIN_S)


def _observe(look: Look, found: str, status: os.stat_result) -> Observation:
    if look.before is not None and look.before.fingerprint == found:
        return look.before
    return Observation(found, look.now_s, status.st_ino)


def _still_open(observation: Observation, unchanged_s: float, what: str) -> EntryCheck:
    if unchanged_s < PATIENCE_S:
        wait_s = max(_OPEN_AGAIN_S, min(unchanged_s, PATIENCE_S - unchanged_s))
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
