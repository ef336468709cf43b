"""Words about estimates: when, what it costs, what they rest on, and what is not known."""

import time

from netrelay.cli.queries.outlooks import Destination
from netrelay.cli.text import counted, duration, rate, size
from netrelay.cli.wording.estimates import Estimate, LinePlanner, data_share_bytes
from netrelay.cli.wording.line_words import edge_time
from netrelay.core.forecast import HORIZON_S
from netrelay.core.line_rate import Basis
from netrelay.runtime.clock_steps import is_clock_set

_DAYS = HORIZON_S // 86_400
NEVER = f"not to be expected within {_DAYS} days, which is as far as an estimate looks"
_SOON_S = 90.0


def when_words(
    earliest_unix_s: float | None, likely_unix_s: float | None, latest_unix_s: float | None
) -> str:
    """Return when it is to be expected: `there Mon 22:40, in 2 h (between 90 min and 3 h)`."""
    if likely_unix_s is None:
        return NEVER
    now_s = time.time()
    earliest = duration(max((earliest_unix_s or likely_unix_s) - now_s, 0))
    longest = f"more than {_DAYS} d"
    latest = longest if latest_unix_s is None else duration(max(latest_unix_s - now_s, 0))
    likely_s = max(likely_unix_s - now_s, 0)
    at = f" {edge_time(likely_unix_s)}," if likely_s > _SOON_S else ""
    spread = "" if earliest == latest else f" (between {earliest} and {latest})"
    return f"there{at} in {duration(likely_s)}{spread}"


def brief_when(likely_unix_s: float | None) -> str:
    """Return when it would be there, for a table."""
    if likely_unix_s is None:
        return f"not there within {_DAYS} days"
    ahead_s = max(likely_unix_s - time.time(), 0)
    if ahead_s > _SOON_S:
        return f"there about {edge_time(likely_unix_s)}"
    return f"there in about {duration(ahead_s)}"


def cost_words(low: int, likely: int, high: int) -> str:
    """Return the bytes on the wire."""
    return f"{size(likely)} on the wire ({size(low)} to {size(high)})"


def rate_words(planner: LinePlanner) -> str:
    """Return the rate that was expected, and why."""
    found, limit = planner.rate, planner.outlook.limit_bytes_per_s
    spread = f"{rate(found.low)} to {rate(found.high)}"
    limited = "" if limit is None else f"; limited to {rate(limit)}"
    if found.basis is Basis.MEASURED:
        hours = counted(found.hours, "hour")
        return f"{rate(found.likely)} ({spread}), measured in {hours} of the last days{limited}"
    if found.basis is Basis.LIMIT:
        return f"no rate measured yet: assuming what the limit of {rate(limit or 0)} lets through"
    if found.basis is Basis.LEAST:
        return f"measured only while it was limited: assuming {rate(found.likely)} or more"
    return f"no rate measured yet: assuming {spread}"


def budget_left_words(planner: LinePlanner, priority: int) -> str | None:
    """Return what is left of the budget for data of a priority; None without a budget."""
    budget = planner.outlook.budget
    if budget is None:
        return None
    share_bytes = data_share_bytes(budget, priority)
    left_bytes = max(share_bytes - budget.used_bytes, 0)
    urgent_bytes = max(data_share_bytes(budget, 0) - budget.used_bytes, 0)
    has_reserve = urgent_bytes > left_bytes
    reserve = f", and {size(urgent_bytes - left_bytes)} in reserve" if has_reserve else ""
    return (
        f"{size(left_bytes)} of {size(budget.limit_bytes)} are left this {budget.period} for data"
        f" of priority {priority}{reserve}; the next {budget.period} begins"
        f" {edge_time(budget.until_unix_s)}"
    )


def budget_periods_words(planner: LinePlanner, estimate: Estimate, priority: int) -> str | None:
    """Return which periods of the budget a file takes; None where this one has enough left."""
    budget = planner.outlook.budget
    if budget is None:
        return None
    share_bytes = data_share_bytes(budget, priority)
    left_bytes = max(share_bytes - budget.used_bytes, 0)
    more_bytes = estimate.cost.likely_bytes + estimate.before_bytes - left_bytes
    if more_bytes <= 0:
        return None
    likely_unix_s = estimate.likely_unix_s
    more = None if likely_unix_s is None else planner.periods_until(likely_unix_s)
    each = f"; each has {size(share_bytes)} for data of priority {priority}"
    if more is None:
        return f"it takes more {budget.period}s than that{each}"
    if left_bytes:
        rest = f"it takes what is left of this {budget.period}"
        return f"{rest}, and a part of the next" if more == 1 else f"{rest}, and {more} more{each}"
    if more == 1:
        return f"it waits for the next {budget.period}"
    return f"it takes the next {more} {budget.period}s{each}"


def unknowns(planner: LinePlanner, destination: Destination) -> list[str]:
    """Return what an estimate does not know, each with what it assumes."""
    line = planner.outlook
    found = []
    if planner.rate.basis is not Basis.MEASURED:
        found.append(rate_words(planner))
    if line.is_paused:
        found.append(f"{line.name} is paused: counted as if it were resumed now")
    found += _contact(planner)
    found += _clock(planner)
    if line.is_capped:
        found.append(f"{len(line.queued)} files and more wait for {line.name}: these were counted")
    if destination.via != destination.node:
        found.append(_relay(planner, destination))
    return found


def _contact(planner: LinePlanner) -> list[str]:
    line = planner.outlook
    if line.message_size is None:
        return [f"nothing is agreed with {line.name} yet: counted as if it answered now"]
    if line.calls and not line.is_open:
        return [f"{line.name} cannot be dialled: counted as if it called now"]
    if line.stalled_s is not None:
        since = duration(line.stalled_s)
        return [f"nothing arrives at {line.name} for {since}: counted as if it did from now on"]
    if line.down_s is not None and not line.is_open:
        since = duration(line.down_s)
        return [f"{line.name} cannot be reached for {since}: counted as if it were there now"]
    return []


def _clock(planner: LinePlanner) -> list[str]:
    line = planner.outlook
    if planner.windows_error is not None:
        return [f"{planner.windows_error}: counted as if the window of {line.name} were open"]
    windows_wait = line.windows is not None and not line.windows.trusts_clock
    budget_waits = line.budget is not None and not line.budget.trusts_clock
    if (windows_wait or budget_waits) and not is_clock_set():
        what = "window opens" if windows_wait else "period of its budget begins"
        return [
            f"nothing has set the clock since the boot, so no {what}: counted as if it were right"
        ]
    return []


def _relay(planner: LinePlanner, destination: Destination) -> str:
    relay = planner.outlook.name
    tails_s = destination.tails_s
    if not tails_s:
        return f"how {relay} carries on to {destination.name}: nothing was delivered by it yet"
    least, most = duration(tails_s[0]), duration(tails_s[-1])
    times = least if least == most else f"{least} to {most}"
    deliveries = "delivery" if len(tails_s) == 1 else f"{len(tails_s)} deliveries"
    return (
        f"how {relay} carries on to {destination.name}: after the last {deliveries} were at"
        f" {relay}, it took {times}"
    )


def estimate_fields(
    estimate: Estimate, planner: LinePlanner, destination: Destination
) -> dict[str, object]:
    """Return an estimate as `--json` shows it, here and of jobs."""
    low, likely, high = estimate.cost
    return {
        "wire_low_bytes": low,
        "wire_bytes": likely,
        "wire_high_bytes": high,
        "before_bytes": estimate.before_bytes,
        "rate_low_bytes_per_s": int(estimate.rate.low),
        "rate_bytes_per_s": int(estimate.rate.likely),
        "rate_high_bytes_per_s": int(estimate.rate.high),
        "rate_basis": str(estimate.rate.basis),
        "begins_unix_s": estimate.begins_unix_s,
        "earliest_unix_s": estimate.earliest_unix_s,
        "likely_unix_s": estimate.likely_unix_s,
        "latest_unix_s": estimate.latest_unix_s,
        "unknown": unknowns(planner, destination),
    }
