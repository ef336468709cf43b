"""The figures of one run: every measurement, and their medians."""

from dataclasses import dataclass, field
from statistics import median as median_of


@dataclass
class Figures:
    """Measurements by name, in their order."""

    values: dict[str, list[float]] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def add(self, name: str, value: float | None) -> None:
        """Add one measurement; None, for what this machine cannot measure, is ignored."""
        if value is not None:
            self.values.setdefault(name, []).append(value)

    def median(self, name: str) -> float | None:
        """Return the median of the measurements of a name; None without any."""
        found = self.values.get(name)
        return median_of(found) if found else None

    def median_ratio(self, name: str, peer: str) -> float | None:
        """Return the median over the rounds of a figure's ratio to the peer's; None without any."""
        pairs = zip(self.values.get(name, ()), self.values.get(peer, ()), strict=False)
        ratios = [ours / theirs for ours, theirs in pairs]
        return median_of(ratios) if ratios else None
