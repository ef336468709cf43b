"""The report of the whole benchmark."""

from pathlib import Path


def write_report(results: Path, evidence: Path) -> Path:
    """Write the report and its plots; return its path."""
    raise NotImplementedError(results, evidence)
