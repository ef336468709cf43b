"""Figures of a run for docs/evidence: a Markdown file, written anew with each row.

NETRELAY_HW_EVIDENCE names the file; without it nothing is written.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "NETRELAY_HW_EVIDENCE"


@dataclass(slots=True)
class Evidence:
    """Tables by title, each with its head and rows."""

    about: str
    tables: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def row(self, title: str, head: tuple[str, ...], *cells: object) -> None:
        """Add a row to a table; the head is that of its first row."""
        rows = self.tables.setdefault(title, [head])
        assert len(cells) == len(head)
        rows.append(tuple(str(cell).replace("|", "/") for cell in cells))
        self._write()

    def _write(self) -> None:
        path = os.environ.get(VARIABLE)
        if not path:
            return
        lines = ["# Emulated cards: what a run wrote", "", self.about]
        for title, (head, *rows) in self.tables.items():
            lines += ["", f"## {title}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
