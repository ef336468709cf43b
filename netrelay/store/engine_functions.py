"""The SQL functions of triggers and views; only netrelay registers them on its connections."""

from collections.abc import Callable

import apsw


def register_functions(
    connection: apsw.Connection,
    now_s: Callable[[], float],
    wake: Callable[[object], int],
) -> None:
    """Register clock(), wake(process), refuse(why) and only_netrelay_writes_here() on a connection.

    now_s: the node's clock. wake: notes that a process gets work with this commit; its result is
    that of the SQL function. refuse(why) raises apsw.ConstraintError in the statement.
    """
    connection.create_scalar_function("clock", lambda *_: now_s(), 0)
    # Never called. The guards name it (netrelay/store/guards.py): its name is the error that other
    # programs get, and netrelays of before it, some of which do not look at the schema version.
    connection.create_scalar_function("only_netrelay_writes_here", lambda *_: 1, 0)
    connection.create_scalar_function("wake", lambda *process: wake(process[0]), 1)
    connection.create_scalar_function("refuse", _refuse, 1)


def _refuse(*why: object) -> int:
    raise apsw.ConstraintError(str(why[0]))
