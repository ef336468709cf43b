"""Work done as the node's user, by a root that keeps its own rights."""

import json
import os
from collections.abc import Callable
from typing import NoReturn

from netrelay.provisioning.home.home_wish import HomeRefused
from netrelay.provisioning.system.machine import Account


def work_as(account: Account | None, work: Callable[[], None]) -> None:
    """Do it in a child process with another user's rights; None: here, with our own.

    HomeRefused comes through as it is, any other failure as OSError with its words.
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
        except Exception as error:  # told by the parent, whatever it is
            os.write(writer, json.dumps({"said": f"{type(error).__name__}: {error}"}).encode())
    finally:
        # Nothing of the parent's (buffers, exit handlers) is ours to end.
        os._exit(code)
