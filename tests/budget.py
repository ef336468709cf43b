"""The budget of costs: bench/budget.toml."""

import tomllib
from collections.abc import Mapping
from typing import Final

from tests.cli.command_line import CHECKOUT

_PATH: Final = CHECKOUT / "bench" / "budget.toml"
_LEAST: Final = 0.5


def over_budget(section: str, costs: Mapping[str, float]) -> list[str]:
    """Return the costs above the budget, and those so far below it that it holds nothing."""
    budget: dict[str, float] = tomllib.loads(_PATH.read_text())[section]
    assert costs.keys() == budget.keys(), section
    return [
        f"{name}: {cost:.6g}, budget {budget[name]}"
        for name, cost in costs.items()
        if not _LEAST * budget[name] <= cost <= budget[name]
    ]
