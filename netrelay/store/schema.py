"""What a database is made of: the files of the room `sql`."""

from pathlib import Path
from typing import NamedTuple

# Of the tables alone. The machine over them has no number: a node lays its own at its start.
SCHEMA_VERSION = 2
# "nrly" in ASCII: `file netrelay.db` and sqlite3 tell whose database this is.
APPLICATION_ID = 0x6E726C79

_TABLES = "tables.sql"
_MACHINE = ("engine.sql", "work.sql", "views.sql")
_TRANSITIONS = "transitions.txt"
_KNOWN_TYPES = frozenset("01234567")


class Transition(NamedTuple):
    """One row of the machine for one message type."""

    from_state: str
    event: str
    type: int
    to_state: str
    effect: str | None
    actor: str
    why: str


def sql_directory() -> Path:
    """Give the folder of the SQL files: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"


def tables_script() -> str:
    """Give tables and indexes as one SQL script: what a node has, and must not lose."""
    return _read(_TABLES)


def machine_script() -> str:
    """Give triggers and views as one SQL script; it holds nothing of a node's own."""
    return "\n".join(_read(name) for name in _MACHINE)


def _read(name: str) -> str:
    return (sql_directory() / name).read_text(encoding="utf-8")


def transitions_text() -> str:
    """Give the rows of the machine as they were written."""
    return _read(_TRANSITIONS)


def transitions() -> list[Transition]:
    """Read the machine, one entry for each row and type; ValueError names a line that is none."""
    rows: list[Transition] = []
    for number, line in enumerate(transitions_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(None, 6)
        if len(fields) != 7 or not _KNOWN_TYPES.issuperset(fields[2]):
            raise ValueError(
                f"{_TRANSITIONS} line {number}: {line!r} is not"
                " from, event, types, to, effect, actor, why"
            )
        from_state, event, types, to_state, effect, actor, why = fields
        rows.extend(
            Transition(
                from_state,
                event,
                int(type_),
                to_state,
                None if effect == "-" else effect,
                actor,
                why.strip(),
            )
            for type_ in types
        )
    return rows
