"""Work as the user of the node, by a root process that keeps its own rights."""

import json
import os
from collections.abc import Callable
from typing import NoReturn

from netrelay.provisioning.home.home_wish import HomeRefused
from netrelay.provisioning.system.target_system import Account


def work_as(account: Account | None, work: Callable[[], None]) -> None:
    """Call `work` in a child process with the rights of another user; None: in this process.

    Blocks until it is done. Reraises HomeRefused; any other error becomes an OSError of its text.
    """
    if account is None:
        work()
        return
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work_and_leave(account, work, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read()
    _, status = os.waitpid(child, 0)
    if said:
        answer = json.loads(said)
        if "where" in answer:
            raise HomeRefused(tuple(answer["where"]), answer["said"], answer["allowed"])
        raise OSError(str(answer["said"]))
    if status:
        raise OSError(f"the work as user {account.uid} ended with status {status}")


def _work_and_leave(account: Account, work: Callable[[], None], writer: int) -> NoReturn:
    code = 1
    try:
        os.setgroups([account.gid])
        os.setgid(account.gid)
        os.setuid(account.uid)
        os.umask(0o022)
        try:
            work()
            code = 0
        except HomeRefused as error:
            answer = {"where": error.where, "said": error.said, "allowed": error.allowed}
            os.write(writer, json.dumps(answer).encode())
        except Exception as error:  # reported by the parent, whatever it is
            os.write(writer, json.dumps({"said": f"{type(error).__name__}: {error}"}).encode())
    finally:
        # Leaves the buffers and exit handlers, copies of the parent's, alone.
        os._exit(code)
