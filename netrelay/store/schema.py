"""The files of the room `sql`, from which a database is made and migrated."""

import re
from pathlib import Path
from typing import NamedTuple

# The tables before the first migration; version 1 was never installed anywhere.
OLDEST_VERSION = 2
# "nrly" in ASCII: `file netrelay.db` and sqlite3 show whose database this is.
APPLICATION_ID = 0x6E726C79

_MIGRATION_NAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
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


class Migration(NamedTuple):
    """One script of sql/migrations; version: the schema version that it leads to."""

    version: int
    name: str
    script: str


def sql_directory() -> Path:
    """Return the folder of the SQL files: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "sql"
    return installed if installed.is_dir() else package.parent / "sql"


def schema_version() -> int:
    """Return the version of the tables of this netrelay: that of its last migration.

    Triggers, views and `transitions` have no version: a node lays its own when it starts.
    """
    return max((version for version, _ in _migration_files()), default=OLDEST_VERSION)


def migrations() -> list[Migration]:
    """Return the migrations, oldest first; the first leads from OLDEST_VERSION.

    ValueError names a file whose name is not NNNN_name.sql, and a version without a file.
    """
    files = _migration_files()
    for expected, (version, path) in enumerate(files, OLDEST_VERSION + 1):
        if version != expected:
            raise ValueError(
                f"{path} leads to schema version {version}; the next after"
                f" {expected - 1} has to lead to {expected}"
            )
    return [
        Migration(version, path.name, path.read_text(encoding="utf-8")) for version, path in files
    ]


def _migration_files() -> list[tuple[int, Path]]:
    folder = sql_directory() / "migrations"
    found = []
    for path in folder.glob("*.sql"):
        name = _MIGRATION_NAME.fullmatch(path.name)
        if name is None:
            raise ValueError(f"{path} is not named like a migration; allowed: NNNN_name.sql")
        found.append((int(name[1]), path))
    return sorted(found)


def tables_script() -> str:
    """Return tables and indexes as one SQL script: everything in which a node stores its data."""
    return _read(_TABLES)


def machine_script() -> str:
    """Return triggers and views as one SQL script; they hold no data of a node."""
    return "\n".join(_read(name) for name in _MACHINE)


def _read(name: str) -> str:
    return (sql_directory() / name).read_text(encoding="utf-8")


def transitions_text() -> str:
    """Return the text of transitions.txt."""
    return _read(_TRANSITIONS)


def transitions() -> list[Transition]:
    """Return the rows of transitions.txt, one entry for each row and type.

    ValueError names a line that cannot be parsed.
    """
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
