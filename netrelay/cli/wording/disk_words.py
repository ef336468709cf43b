"""Words for what was written to the disk of the home, and for how long it will last."""

from netrelay.cli.queries.disk_writes import DiskLife, DiskWrites
from netrelay.cli.text import size
from netrelay.core.endurance import assumed_times

_KINDS = {
    "card": "SD card",
    "emmc": "eMMC",
    "stick": "removable disk",
    "ssd": "solid-state disk",
    "turning": "turning disk",
    "virtual": "virtual disk",
}
_YEAR_DAYS = 365
# Flash memory forgets and electronics fail before: more is no figure.
_MOST_YEARS = 20


def written_words(writes: DiskWrites) -> str:
    """Return what was written today, by causes, and how long the disk will last."""
    if writes.today is None:
        return f"what is written is not known: {writes.unknown}"
    today = writes.today
    causes = ", ".join(
        f"{name} {size(count_bytes)}"
        for name, count_bytes in (
            ("database", today.database_bytes),
            ("log", today.log_bytes),
            ("files", today.files_bytes),
            ("others", today.other_bytes),
        )
    )
    text = f"{size(today.device_bytes)} written today ({causes})"
    if writes.life is None:
        return text
    return f"{writes.life.disk}: {text}; {lasting_words(writes.life)}"


def lasting_words(life: DiskLife) -> str:
    """Return for how long a disk will last, or why that is not known."""
    if life.kind == "turning":
        return "it turns, and does not wear by writes"
    if life.endurance_bytes is None:
        return "how it wears is not known here"
    if life.day_bytes is None:
        return "how long it lasts is known after a day"
    if life.left_days is None:
        return "nothing is written to it"
    years = life.left_days // _YEAR_DAYS
    if years >= _MOST_YEARS:
        return f"it lasts for more than {_MOST_YEARS} years"
    return f"it lasts for about {years} years" if years > 1 else f"it lasts for {life.left_days} d"


def assumption_words(life: DiskLife) -> str:
    """Return from what it is known how long a disk will last; "": it is not known."""
    if life.endurance_bytes is None or life.day_bytes is None or life.left_bytes is None:
        return ""
    whole = size(life.endurance_bytes)
    if life.endurance_is == "given":
        source = f"{whole} can be written to it (disk_endurance_tb)"
    else:
        times = assumed_times(life.kind)
        kind = _KINDS.get(life.kind, life.kind)
        source = (
            f"{whole} can be written to it, assumed for its kind ({kind}): {times} times its size"
        )
    if life.life_percent is None:
        rest = f"what was written before {life.known_since_at} UTC is not counted"
    else:
        rest = f"up to {life.life_percent} % of its life is used, by its own word"
    return f"{source}; {rest}; {size(life.day_bytes)} a day with power, as in the last 30 days"
