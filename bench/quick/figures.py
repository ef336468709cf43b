"""The figures of one run: every single measurement, and the middle of each kind."""

from dataclasses import dataclass, field
from statistics import median


@dataclass
class Figures:
    """Measurements by name, in the order they were made."""

    values: dict[str, list[float]] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def add(self, name: str, value: float | None) -> None:
        """Keep one measurement; None is one that cannot be made here."""
        if value is not None:
            self.values.setdefault(name, []).append(value)

    def middle(self, name: str) -> float | None:
        """Give the median of what was measured under a name."""
        found = self.values.get(name)
        return median(found) if found else None

    def middle_ratio(self, name: str, peer: str) -> float | None:
        """Give the median of a figure against the peer's of the same round."""
        pairs = zip(self.values.get(name, ()), self.values.get(peer, ()), strict=False)
        ratios = [ours / theirs for ours, theirs in pairs]
        return median(ratios) if ratios else None
