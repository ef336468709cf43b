"""Comparison of CREATE statements, which SQLite stores as they were written."""

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

    Statements with the same meaning become equal: ALTER TABLE ... RENAME quotes the new name, and
    ADD COLUMN keeps the old comments.
    """
    tokens = (
        match["name"] or match[0] for match in _TOKEN.finditer(sql) if match["skipped"] is None
    )
    return " ".join(tokens)
