"""The triggers that keep other programs, and netrelay itself, from writing to a table.

One trigger for each operation on each table, from sql/guards.txt. A guard of the kind `netrelay`
names a function that only netrelay's connections have. SQLite looks functions up when it compiles a
statement together with its triggers, so a foreign statement fails before it reads a row, and the
guard calls nothing when netrelay writes: WHERE 0.
"""

from netrelay.store.schema import GuardRow, GuardWriter, guards

GUARD_PREFIX = "guard_"
OPERATIONS = ("insert", "update", "delete")


def guards_script() -> str:
    """Return the guards as one SQL script; those of the kind `engine` are in engine.sql."""
    return "\n".join(
        _trigger(row, operation, writer)
        for row in guards()
        for operation, writer in zip(OPERATIONS, row.writers, strict=True)
        if writer is not GuardWriter.ENGINE
    )


def guard_name(table: str, operation: str) -> str:
    """Return the name of the trigger that guards an operation on a table."""
    return f"{GUARD_PREFIX}{table}_{operation}"


def _trigger(row: GuardRow, operation: str, writer: GuardWriter) -> str:
    match writer:
        case GuardWriter.NOBODY:
            timing, action = "BEFORE", f"RAISE(ABORT, '{row.why}')"
        case GuardWriter.NETRELAY | GuardWriter.ENGINE:
            # AFTER is cheaper: a BEFORE trigger has SQLite look the row up a second time.
            timing, action = "AFTER", "only_netrelay_writes_here() WHERE 0"
    return (
        f"CREATE TRIGGER {guard_name(row.table, operation)} {timing} {operation.upper()}"
        f" ON {row.table} BEGIN\n  SELECT {action};\nEND;"
    )
