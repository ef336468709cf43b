"""The files of the folder `sql`: tables, migrations, the machine and its rows."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

# The tables before the first migration; version 1 was never installed anywhere.
OLDEST_VERSION = 2
# "nrly" in ASCII: `file netrelay.db` and sqlite3 show whose database this is.
APPLICATION_ID = 0x6E726C79

_MIGRATION_NAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
_TABLES = "tables.sql"
_MACHINE = (
    "turns.sql",
    "receipts.sql",
    "epochs.sql",
    "engine.sql",
    "outgoing.sql",
    "admissions.sql",
    "arrivals.sql",
    "refusals.sql",
    "delivery.sql",
    "landing.sql",
    "sources.sql",
    "passed_over.sql",
    "budgets.sql",
    "rates.sql",
    "traffic.sql",
    "ways.sql",
    "beside.sql",
    "work.sql",
    "carry.sql",
    "heard.sql",
    "health.sql",
    "alarms.sql",
    "views.sql",
)
_TRANSITIONS = "transitions.txt"
_REFUSALS = "refusals.txt"
_BACKOFFS = "backoffs.txt"
_GUARDS = "guards.txt"
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


class RefusalRow(NamedTuple):
    """The reaction of a message's sender to a refusal with a code, and what ends the refusal."""

    code: int
    name: str
    event: str
    wait_s: int
    cause: str | None
    ended_by: str
    why: str


class Backoff(NamedTuple):
    """The range from which the delay after so many failures in a row is drawn."""

    policy: str
    failures: int
    least_s: float
    most_s: float


class GuardWriter(StrEnum):
    """The connections that may do an operation on a table; the words of guards.txt."""

    NETRELAY = "netrelay"
    ENGINE = "engine"
    NOBODY = "nobody"


class GuardRow(NamedTuple):
    """The connections that may write to one table; writers: for INSERT, UPDATE and DELETE."""

    table: str
    writers: tuple[GuardWriter, GuardWriter, GuardWriter]
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


def rows_text() -> str:
    """Return the text files whose rows the machine holds, as they were written."""
    return "\n".join(_read(name) for name in (_TRANSITIONS, _REFUSALS, _BACKOFFS))


def transitions() -> list[Transition]:
    """Return the machine, one entry for each row and type; ValueError names a malformed line."""
    columns = ("from", "event", "types", "to", "effect", "actor", "why")
    rows: list[Transition] = []
    for place, fields in _rows(_TRANSITIONS, columns):
        from_state, event, types, to_state, effect, actor, why = fields
        if not _KNOWN_TYPES.issuperset(types):
            raise ValueError(f"{place}: {types!r} are no types; allowed: digits 0 to 7")
        rows.extend(
            Transition(from_state, event, int(type_), to_state, _optional(effect), actor, why)
            for type_ in types
        )
    return rows


def refusals() -> list[RefusalRow]:
    """Return what follows from each refusal; ValueError names a malformed line."""
    columns = ("code", "name", "event", "wait_s", "cause", "ended_by", "why")
    return [
        RefusalRow(int(code), name, event, int(wait_s), _optional(cause), ended_by, why)
        for _, (code, name, event, wait_s, cause, ended_by, why) in _rows(_REFUSALS, columns)
    ]


def backoffs() -> list[Backoff]:
    """Return the delays of each policy, one entry for each number of failures up to the longest."""
    columns = ("policy", "least_s", "first_s", "longest_s", "why")
    rows: list[Backoff] = []
    for _, (policy, least, first_s, longest_s, _) in _rows(_BACKOFFS, columns):
        failures, most_s = 1, float(first_s)
        while True:
            least_s = {"-": most_s, "half": most_s / 2}.get(least)
            rows.append(
                Backoff(policy, failures, float(least) if least_s is None else least_s, most_s)
            )
            if most_s >= float(longest_s):
                break
            failures, most_s = failures + 1, min(most_s * 2, float(longest_s))
    return rows


def guards() -> list[GuardRow]:
    """Return who may write to each table; ValueError names a malformed line."""
    rows = []
    for place, (table, *writers, why) in _rows(
        _GUARDS, ("table", "insert", "update", "delete", "why")
    ):
        try:
            insert, update, delete = map(GuardWriter, writers)
        except ValueError as error:
            allowed = ", ".join(GuardWriter)
            raise ValueError(f"{place}: {error}; allowed: {allowed}") from error
        rows.append(GuardRow(table, (insert, update, delete), why))
    return rows


def _rows(name: str, columns: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield place and fields of each line; the last field is the rest of the line."""
    for number, line in enumerate(_read(name).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(None, len(columns) - 1)
        if len(fields) != len(columns):
            raise ValueError(f"{name} line {number}: {line!r} is not {', '.join(columns)}")
        yield f"{name} line {number}", [field.strip() for field in fields]


def _optional(field: str) -> str | None:
    return None if field == "-" else field
