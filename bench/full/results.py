"""The results of shards: one JSON file each, replaced atomically."""

import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.pair.figures import Figures

CHECKOUT = Path(__file__).resolve().parents[2]
# The paths that a measurement depends on: a commit of documents or tests keeps the results.
_MEASURED = ("netrelay", "sql", "bench", "pyproject.toml")


@dataclass
class Result:
    """The measurements of one run of a shard; fault: why it failed, cut: why it ended early."""

    shard: str
    commit: str
    scale: float
    machine: str
    medium: str
    begun: str
    took_s: float
    limit_s: float
    cut: str = ""
    fault: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    load_average: list[float] = field(default_factory=list)
    measurements: dict[str, list[float]] = field(default_factory=dict)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    @property
    def figures(self) -> Figures:
        """The measurements, for medians and ratios."""
        return Figures(self.measurements, self.load_average)

    def is_of(self, commit: str, scale: float) -> bool:
        """Return True if it needs no repetition at this commit and scale."""
        return (
            self.commit == commit
            and self.scale == scale
            and not self.fault
            and not commit.endswith("+")
        )

    def save(self, folder: Path) -> Path:
        """Write it; a reader sees the old file or the whole new one."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.shard}.json"
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            partial.write_text(json.dumps(asdict(self), indent=1) + "\n")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return path


def load(folder: Path, shard: str) -> Result | None:
    """Return the stored result of a shard; None if there is none that can be read."""
    try:
        fields = json.loads((folder / f"{shard}.json").read_text())
        return Result(**fields)
    except (FileNotFoundError, ValueError, TypeError):
        return None


def current_commit() -> str:
    """Return the last commit that changed what is measured; with + if there are changes on top.

    Without git it is not known, which counts as changed.
    """
    commit = _git("log", "-1", "--format=%h", "--abbrev=10", "--", *_MEASURED)
    changed = _git("status", "--porcelain", "--", *_MEASURED)
    return f"{commit}+" if changed or not commit else commit


def _git(*words: str) -> str:
    # Under sudo the checkout belongs to somebody else, which git refuses otherwise.
    command = ["git", "-c", f"safe.directory={CHECKOUT}", "-C", str(CHECKOUT), *words]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except FileNotFoundError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
