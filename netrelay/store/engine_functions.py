"""The SQL functions that triggers and views call, and that only netrelay's connections have."""

from collections.abc import Callable

import apsw

# What writer() returns: it proves to the guards in engine.sql that a netrelay writes that looks at
# the schema version in each of its transactions. Before there were migrations it returned 1.
_WRITER = 2


def register_functions(
    connection: apsw.Connection,
    now_s: Callable[[], float],
    wake: Callable[[object], int],
) -> None:
    """Register clock(), writer(), wake(process) and refuse(why) on a connection.

    now_s: the node's clock; wake: notes that a process has work after the commit.
    """
    connection.create_scalar_function("clock", lambda *_: now_s(), 0)
    connection.create_scalar_function("writer", lambda *_: _WRITER, 0)
    connection.create_scalar_function("wake", lambda *process: wake(process[0]), 1)
    connection.create_scalar_function("refuse", _refuse, 1)


def _refuse(*why: object) -> int:
    raise apsw.ConstraintError(str(why[0]))
