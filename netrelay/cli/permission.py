"""Rights of a user at the node of another user, and what to type instead of what is refused."""

import grp
import os
import pwd
import shlex
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.core.printable import printable
from netrelay.disk.shared_folder import GROUP
from netrelay.runtime.home import SYSTEM_HOME, Home

_LONGEST_COMMAND_CHARACTERS = 300
_MAKES_A_NODE = frozenset({"init", "restore"})


class AnotherUsersNodeError(CommandError):
    """A command needs rights that only the owner of the home has; the text says which."""

    def __init__(self, what: str) -> None:
        super().__init__(Exit.NOT_PERMITTED, what)


def as_root(home: Home, words: str) -> str:
    """Return a command for this home as root types it, who becomes the home's owner by it."""
    suffix = "" if home.path == SYSTEM_HOME else f" --home {shlex.quote(os.fspath(home.path))}"
    return f"sudo netrelay {words}{suffix}"


def owner_of(home: Home) -> str:
    """Return the name of the user who owns the home, or the folder in which we may not look."""
    found = _nearest(home.path)
    return user_name(os.geteuid() if found is None else found[1].st_uid)


def is_another_users(home: Home) -> bool:
    """Return True if the home is there, or in a folder we may not enter, and is not ours."""
    found = _nearest(home.path)
    return found is not None and os.geteuid() not in (0, found[1].st_uid)


def require_owner(home: Home, what: str) -> None:
    """Raise AnotherUsersNodeError unless this user has the rights of the home's owner.

    what: the end of a sentence about any other user, as "may not read its keys".
    """
    if is_another_users(home):
        raise AnotherUsersNodeError(what)


def refusal(home: Home, typed: Sequence[str], error: Exception) -> str | None:
    """Return who may do what was typed and what to type; None if the home is not the reason."""
    found = _nearest(home.path)
    if found is None or os.geteuid() in (0, found[1].st_uid):
        return None
    if isinstance(error, PermissionError) and not _is_of_node(error, home):
        return None
    path, status = found
    may_not = str(error) if isinstance(error, AnotherUsersNodeError) else "may not do this"
    words = printable(shlex.join(typed))
    if len(words) > _LONGEST_COMMAND_CHARACTERS:
        words = f"{typed[0]} ..."
    return (
        f"{path} belongs to the user {user_name(status.st_uid)}; {user_name(os.geteuid())}"
        f" {may_not}: type `{as_root(home, words)}`{_of_group(status)}"
        f"{'; --home DIR makes a node of your own' if typed[0] in _MAKES_A_NODE else ''}"
    )


def _of_group(status: os.stat_result) -> str:
    """Return what the group of the home has to do with it; "" for a group of no meaning here."""
    name = user_name(os.geteuid())
    try:
        group = grp.getgrgid(status.st_gid)
    except KeyError:
        return ""
    if group.gr_name != GROUP:
        return ""
    if status.st_gid in (os.getegid(), *os.getgroups()):
        return f"; members of the group {GROUP} may look while the node is up, and use the folders"
    if name in group.gr_mem:
        return f"; {name} is in the group {GROUP} from the next login on: log in again"
    return (
        f"; to look and to send without sudo: `sudo usermod -aG {GROUP} {name}`, then log in again"
    )


def _is_of_node(error: PermissionError, home: Home) -> bool:
    """Return True if what was refused is the home, the runtime directory, or has no name."""
    if error.filename is None:
        return True
    path = Path(os.fsdecode(error.filename))
    return path.is_relative_to(home.path) or path.is_relative_to(home.runtime)


def _nearest(path: Path) -> tuple[Path, os.stat_result] | None:
    """Return the home, or the nearest folder above it that we may look at; None if it is absent."""
    for each in (path, *path.absolute().parents):
        try:
            return each, each.stat()
        except PermissionError:
            continue
        except OSError:
            return None
    return None


def user_name(number: int) -> str:
    """Return the name of a user of this machine; the number where there is none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"
