"""Words about lines that are closed for data: when they open, and what opens them now."""

import time
from collections.abc import Callable

from netrelay.cli.queries.budget_states import BudgetState, ClosedLine
from netrelay.core.sizes import size_text
from netrelay.runtime.clock_steps import is_clock_set

_WEEK_S = 6 * 86_400
_MIB = 1 << 20


def edge_time(unix_s: float) -> str:
    """Return a local time of the next days: `Mon 22:00`, and with its date if it is further on."""
    is_near = 0 <= unix_s - time.time() < _WEEK_S
    text = time.strftime("%a %H:%M" if is_near else "%d %b %Y %H:%M", time.localtime(unix_s))
    return text.removeprefix("0")


def closed_words(line: ClosedLine) -> str:
    """Return why data for a peer waits, for a table."""
    until = "" if line.until_unix_s is None else f" until {edge_time(line.until_unix_s)}"
    state = "used up" if line.cause == "budget" else "closed"
    return f"{line.cause} {state}{until}: {line.reason}"


def more_budget(peer: str, limit_bytes: int, period: str) -> str:
    """Return the arguments of a command that raises a budget by a fifth."""
    more = -(-limit_bytes * 6 // 5 // _MIB)
    return f"budget {peer} {more}M/{period}"


def unset_clock_words(typed: Callable[[str], str], budget: str) -> str:
    """Return why a period does not begin; "" where the clock is believed.

    budget: the words of a command that sets the budget again.
    """
    if is_clock_set():
        return ""
    return (
        "Nothing has set the clock of this machine since its boot, so no new period begins until"
        f" something does; {typed(f'{budget} --unsynchronised open')} believes it as it is."
    )


def budget_words(state: BudgetState) -> str:
    """Return how much of a budget is used, in a few words."""
    used = f"{size_text(state.used_bytes)} of {size_text(state.limit_bytes)}"
    return f"{used} a {state.period} used"
