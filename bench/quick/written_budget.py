"""The budget of bytes that a disk may write for one of payload: bench/budget.toml."""

import tomllib
from pathlib import Path
from typing import Final

from bench.pair.figures import Figures

_PATH: Final = Path(__file__).parents[1] / "budget.toml"


def written_budget() -> dict[str, float]:
    """Return the largest share of each figure."""
    budget: dict[str, float] = tomllib.loads(_PATH.read_text(encoding="utf-8"))["written"]
    return budget


def over_budget(figures: Figures) -> list[str]:
    """Return the medians that are above their budget; what was not measured is none of them."""
    found = ((name, figures.median(name), most) for name, most in written_budget().items())
    return [
        f"{name}: {share:.3f} bytes written for each byte, budget {most:g}"
        for name, share, most in found
        if share is not None and share > most
    ]
