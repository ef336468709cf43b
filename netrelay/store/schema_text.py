"""When two CREATE statements say the same: SQLite stores them as they were written."""

import re

_TOKEN = re.compile(
    r"""(?P<skipped>\s+|--[^\n]*|/\*.*?\*/)
    |'(?:[^']|'')*'
    |"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    |"(?:[^"]|"")*"
    |\w+
    |.""",
    re.VERBOSE | re.DOTALL,
)


def plain_statement(sql: str) -> str:
    """Return a statement without comments, with single spaces, and without quotes around names.

    ALTER TABLE ... RENAME writes the new name in quotes, ADD COLUMN keeps the comments that were
    there; neither changes what the statement means.
    """
    tokens = (
        match["name"] or match[0] for match in _TOKEN.finditer(sql) if match["skipped"] is None
    )
    return " ".join(tokens)
