"""`netrelay` as another user of this machine types it: in a process with that user's rights.

Only root can start one. The modules are imported before the rights are dropped: this Python may be
where only root can read.
"""

import os
import pkgutil
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import netrelay
from netrelay.cli.main import main
from tests.cli.command_line import CommandLine, Outcome

LONGEST_BYTES = 1 << 20


class User(NamedTuple):
    """A user id, which is the group's too, and the other groups."""

    number: int
    groups: Sequence[int] = ()


def import_all() -> None:
    """Import what commands import late."""
    for module in pkgutil.walk_packages(netrelay.__path__, "netrelay."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def as_user(
    user: User, *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command with a user's rights, in a folder."""
    import_all()
    outputs = [(folder / f".{name}-{os.getpid()}") for name in ("out", "err")]
    descriptors = [os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600) for path in outputs]
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = _act(user, arguments, folder, environment or {}, descriptors)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    texts = [os.pread(each, LONGEST_BYTES, 0).decode() for each in descriptors]
    for path, descriptor in zip(outputs, descriptors, strict=True):
        os.close(descriptor)
        path.unlink()
    return Outcome(os.waitstatus_to_exitcode(status), *texts)


def _act(
    user: User,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    descriptors: Sequence[int],
) -> int:
    os.environ.update(environment)
    sys.stdout, sys.stderr = (os.fdopen(os.dup(each), "w") for each in descriptors)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 -- ends with the process
    os.chdir(folder)
    os.setgroups(list(user.groups))
    os.setresgid(user.number, user.number, user.number)
    os.setresuid(user.number, user.number, user.number)
    try:
        return main(arguments)
    except SystemExit as error:
        return int(str(error.code))


def typed(line: CommandLine, user: User, *arguments: str) -> Outcome:
    """Run a command for a home with a user's rights."""
    return as_user(
        user,
        "--home",
        str(line.home.path),
        *arguments,
        folder=line.home.path.parent,
        environment={"NETRELAY_RUNTIME_DIRECTORY": str(line.runtime)},
    )
