"""Checks of budgets and windows, for `netrelay check`: what is used up, and what nearly is."""

from collections.abc import Iterator

from netrelay.cli.findings import Finding, ok, warn
from netrelay.cli.opening import command
from netrelay.cli.queries.budget_states import BudgetState, budget_states
from netrelay.cli.queries.window_states import WindowState, window_states
from netrelay.cli.wording.line_words import (
    budget_words,
    edge_time,
    more_budget,
    unset_clock_words,
)
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

# As in `nearly_used_budgets`, which logs it once.
_NEARLY_PER_CENT = 80
# By the column `closed`.
_WAITS = ("", "less urgent data waits", "data waits", "data and receipts wait")


def line_findings(database: ReadOnlyDatabase, home: Home) -> Iterator[Finding]:
    """Check each budget, and whether the clock by which periods begin was set."""
    budgets = budget_states(database)
    windows = window_states(database)
    for budget in budgets:
        yield _budget(budget, home)
    for window in windows:
        yield _window(window, home)
    waiting = [budget.peer for budget in budgets if budget.unsynchronised == "closed"]
    if waiting:
        words = unset_clock_words(
            lambda typed: f"`{command(home, typed)}`", f"budget {waiting[0]} BUDGET"
        )
        if words:
            first, _, rest = words.partition("; ")
            yield warn("budgets", first, rest.rstrip("."))


def _window(window: WindowState, home: Home) -> Finding:
    words = f"{window.peer}: {', '.join(window.windows)}"
    if not (window.is_clock_set or window.unsynchronised == "open"):
        believe = command(home, f"window {window.peer} WINDOW --unsynchronised open")
        return warn(
            "windows",
            f"{words}: closed, since nothing has set the clock of this machine since its boot",
            f"NTP does; `{believe}` believes it as it is",
        )
    until = "" if window.until_unix_s is None else f" until {edge_time(window.until_unix_s)}"
    return ok("windows", f"{words}: {'open' if window.is_open else 'closed'}{until}")


def _budget(budget: BudgetState, home: Home) -> Finding:
    more = command(home, more_budget(budget.peer, budget.limit_bytes, budget.period))
    words = f"{budget.peer}: {budget_words(budget)}"
    until = edge_time(budget.until_unix_s)
    if budget.closed:
        waits = _WAITS[budget.closed]
        return warn("budgets", f"{words}; {waits} until {until}", f"`{more}` lets it go on now")
    if budget.used_bytes * 100 >= budget.limit_bytes * _NEARLY_PER_CENT:
        return warn("budgets", f"{words}; it has to last until {until}", f"`{more}` raises it")
    return ok("budgets", f"{words} until {until}")
