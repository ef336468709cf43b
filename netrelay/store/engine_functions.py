"""The SQL functions of triggers and views; only netrelay registers them on its connections."""

from collections.abc import Callable

import apsw

# The value of writer(). The guards in engine.sql refuse every other one: 2 stands for a netrelay
# that compares the schema version in each transaction. Before there were migrations it was 1.
_WRITER = 2


def register_functions(
    connection: apsw.Connection,
    now_s: Callable[[], float],
    wake: Callable[[object], int],
) -> None:
    """Register clock(), writer(), wake(process) and refuse(why) on a connection.

    now_s: the node's clock. wake: notes that a process gets work with this commit; its result is
    that of the SQL function. refuse(why) raises apsw.ConstraintError in the statement.
    """
    connection.create_scalar_function("clock", lambda *_: now_s(), 0)
    connection.create_scalar_function("writer", lambda *_: _WRITER, 0)
    connection.create_scalar_function("wake", lambda *process: wake(process[0]), 1)
    connection.create_scalar_function("refuse", _refuse, 1)


def _refuse(*why: object) -> int:
    raise apsw.ConstraintError(str(why[0]))
