"""Completion kinds of argument values, by metavar."""

from netrelay.core.words import PROCESSES

SHELLS = ("bash", "zsh", "fish")

# Metavar to completion kind; the first match wins.
_FILES, _FOLDERS, _NODES, _JOBS, _BOTH = "files", "folders", "nodes", "jobs", "jobs nodes"
_BY_VALUE = (
    ("JOB|FILE|NODE", _BOTH),
    ("JOB", _JOBS),
    ("NODE", _NODES),
    ("THIRD", _NODES),
    ("PEER", _NODES),
    ("DIR", _FOLDERS),
    ("FILE", _FILES),
    ("CARD", _FILES),
    ("PATH", _FILES),
    ("CONTENT", _FILES),
    ("DEVICE", _FILES),
    ("PROCESS", f"={' '.join(PROCESSES)}"),
    ("SHELL", f"={' '.join(SHELLS)}"),
    ("RATE", "=none 100K 500K 1M 2M 5M"),
    ("RIGHT", "=deliver relay carry"),
    ("0..9", "=0 1 2 3 4 5 6 7 8 9"),
    ("LEVEL", "=error warning notice"),
)


def completer(value: str) -> str:
    """Return the completion kind of a metavar: see the table above.

    `=` and words for a fixed choice, "" where nothing completes it.
    """
    for beginning, kind in _BY_VALUE:
        if value == beginning or value.startswith(f"{beginning}|"):
            return kind
    # argparse choices are lower case.
    return f"={value.replace('|', ' ')}" if "|" in value and value.islower() else ""
