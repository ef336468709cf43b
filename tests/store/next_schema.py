"""The files of the room `sql` as a later netrelay could have them: two schema versions ahead."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from netrelay.store import schema

VARIABLE = "NETRELAY_STORY_NEXT_SCHEMA"
# A column that ADD COLUMN can make, and one for which the table has to be rebuilt. The present code
# runs with both: the one may be NULL, the other is generated, so that no INSERT has to name it.
ADDED = "ALTER TABLE messages ADD COLUMN colour TEXT;\nUPDATE messages SET colour = 'blue';\n"
REBUILT = """CREATE TABLE new_bodies (
  message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  size_bytes INTEGER NOT NULL GENERATED ALWAYS AS (length(body)) STORED,  -- of the body
  body BLOB NOT NULL
) STRICT;
INSERT INTO new_bodies (message, body) SELECT message, body FROM bodies;
DROP TABLE bodies;
ALTER TABLE new_bodies RENAME TO bodies;
CREATE INDEX bodies_by_size ON bodies (size_bytes);
"""


class NextSchema:
    """A copy of sql/ with two more migrations, which a test may change, as it may the tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.present = schema.schema_version()
        shutil.copytree(schema.sql_directory(), folder)
        (folder / "migrations").mkdir(exist_ok=True)
        self.change_tables(
            "  CHECK (state <> 'D' OR reason IS NOT NULL)\n",
            "  colour TEXT, -- of the message\n  CHECK (state <> 'D' OR reason IS NOT NULL)\n",
        )
        self.change_tables(
            "  body    BLOB NOT NULL\n) STRICT;",
            "  size_bytes INTEGER NOT NULL GENERATED ALWAYS AS (length(body)) STORED,\n"
            "  body BLOB NOT NULL\n) STRICT;\nCREATE INDEX bodies_by_size ON bodies (size_bytes);",
        )
        self.write_migration(1, "added", ADDED)
        self.write_migration(2, "rebuilt", REBUILT)

    def change_tables(self, before: str, after: str) -> None:
        """Replace a text that occurs once in tables.sql."""
        path = self.folder / "tables.sql"
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, before
        path.write_text(text.replace(before, after), encoding="utf-8")

    def write_migration(self, step: int, name: str, script: str) -> None:
        """Write the first or second migration after the present ones."""
        path = self.folder / "migrations" / f"{self.present + step:04}_{name}.sql"
        path.write_text(script, encoding="utf-8")

    @property
    def version(self) -> int:
        """The schema version to which the two migrations lead."""
        return self.present + 2

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make this process use these files, as the next netrelay would."""
        monkeypatch.setattr(schema, "sql_directory", lambda: self.folder)

    def environment(self) -> dict[str, Any]:
        """Return the variable that makes a process of `tests.store.next_netrelay` the next one."""
        return {VARIABLE: str(self.folder)}


def install_from_environment() -> None:
    """Make this process use the SQL files of the folder that the environment names, if any."""
    folder = os.environ.get(VARIABLE)
    if folder is not None:
        vars(schema)["sql_directory"] = lambda: Path(folder)
