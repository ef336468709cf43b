"""Commands that root types run with the rights of the home's owner: nothing in it becomes root's.

A file that only root can open, or a database that root made anew, would stop the processes, which
run as the owner. `own_rights` restores root's rights for files of the person: a card to
read, a backup to restore.
"""

import grp
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec

import netrelay
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.permission import user_name
from netrelay.runtime.home import SYSTEM_HOME, Home

USER = "netrelay"
# Keep in step with tmpfiles.d/netrelay.conf.
_HOME_MODE = 0o2750


def prepare_system_home(home: Home) -> None:
    """Create the machine's home, if we are root; an empty one is given to the units' user."""
    if os.geteuid() != 0 or home.path != SYSTEM_HOME:
        return
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        return  # without the package root may own a node
    with suppress(FileExistsError):
        home.path.mkdir(mode=0o700)
    if home.path.stat().st_uid == 0 and not any(home.path.iterdir()):
        os.chown(home.path, user.pw_uid, user.pw_gid)
        home.path.chmod(_HOME_MODE)


@contextmanager
def acting_as_owner(home: Home) -> Iterator[None]:
    """Run the block with the owner's rights, if we are root and the home is another user's."""
    owner = _other_owner(home)
    if owner is None:
        yield
        return
    home.make_runtime()  # only root may create it in /run
    groups, group = os.getgroups(), os.getegid()
    _put_on(owner)
    try:
        yield
    except (ImportError, LookupError) as error:
        if os.access(os.__file__, os.R_OK, effective_ids=True):
            raise
        raise _unreadable_program(home, owner.st_uid) from error
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextmanager
def own_rights() -> Iterator[None]:
    """Run the block with the rights that `acting_as_owner` dropped."""
    owner = os.geteuid(), os.getegid()
    if os.getuid() != 0 or owner[0] == 0:
        yield
        return
    os.seteuid(0)
    os.setegid(0)
    try:
        yield
    finally:
        os.setegid(owner[1])
        os.seteuid(owner[0])


def become_owner(home: Home) -> None:
    """Become the home's owner for good, if we are root and the home is another user's."""
    owner = _other_owner(home)
    if owner is None:
        return
    home.make_runtime()
    os.setgroups(_groups(owner))
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)
    # Processes that cannot be executed, or cannot import, would be started again for ever.
    if not _may_run_python():
        raise _unreadable_program(home, owner.st_uid)


def _may_run_python() -> bool:
    """Return whether this user may execute this Python and read netrelay and what it imports."""
    modules = [os.__file__, netrelay.__file__]
    # None where a folder above may not be entered.
    found = [find_spec(name) for name in ("apsw", "blake3", "cryptography")]
    modules += [str(spec.origin) for spec in found if spec is not None]
    return (
        None not in found
        and os.access(sys.executable, os.X_OK)
        and all(os.access(module, os.R_OK) for module in modules)
    )


def _other_owner(home: Home) -> os.stat_result | None:
    if os.geteuid() != 0 or not home.path.is_dir():
        return None
    owner = home.path.stat()
    return owner if owner.st_uid != 0 else None


def _unreadable_program(home: Home, user: int) -> CommandError:
    """Return the error for Python modules that only root may read, as below /root."""
    return CommandError(
        Exit.NOT_PERMITTED,
        f"{home.path} belongs to the user {user_name(user)}, who may not read, or execute, the"
        f" Python in {sys.prefix} that this netrelay uses: type the command with a netrelay that"
        " this user may read, such as that of the package",
    )


def _put_on(owner: os.stat_result) -> None:
    os.setgroups(_groups(owner))
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)


def _groups(owner: os.stat_result) -> list[int]:
    try:
        name = pwd.getpwuid(owner.st_uid).pw_name
    except KeyError:
        return [owner.st_gid]
    return sorted({owner.st_gid, *(g.gr_gid for g in grp.getgrall() if name in g.gr_mem)})
