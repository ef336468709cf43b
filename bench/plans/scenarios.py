"""The lines over which estimates are compared with outcomes."""

from typing import Final, NamedTuple

from bench.broken_lines.line import GOOD, Schedule

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


class Scenario(NamedTuple):
    """A line, what was sent over it before, and a file.

    measured_bytes: of a file that crosses before the plan is made; 0: nothing was measured. limit:
    set after that. has_windows: every other minute is open, the present one not. budget_bytes: of a
    day that ends some minutes after the nodes have started. other_bytes: of a file that is given
    right before; is_urgent: the planned one goes before it. begin_second: of the minute in which
    the nodes are started; None: any.
    """

    name: str
    size_bytes: int
    schedule: Schedule = GOOD
    measured_bytes: int = 0
    limit: str = "none"
    has_windows: bool = False
    budget_bytes: int = 0
    other_bytes: int = 0
    is_urgent: bool = False
    begin_second: int | None = None


SCENARIOS: Final = (
    Scenario("limit 64K, nothing measured", 2 * _MIB, limit="64K"),
    Scenario("64 KiB/s, measured", 2 * _MIB, Schedule(64 * _KIB), _MIB),
    Scenario("16 KiB/s, measured", 512 * _KIB, Schedule(16 * _KIB), 256 * _KIB),
    Scenario("64 KiB/s, then limit 24K", _MIB, Schedule(64 * _KIB), _MIB, limit="24K"),
    Scenario("64 KiB/s, reset every 10 s", 2 * _MIB, Schedule(64 * _KIB, reset_every_s=10), _MIB),
    Scenario("1 Mbit/s, 5 s up, 5 s down", 3 * _MIB, Schedule(125_000, up_s=5, down_s=5), 2 * _MIB),
    Scenario("beside a file of 2 MiB, limit 64K", _MIB, limit="64K", other_bytes=2 * _MIB),
    Scenario(
        "urgent, before a file of 4 MiB, limit 64K",
        *(2 * _MIB, GOOD, 0, "64K", False, 0, 4 * _MIB, True),
    ),
    Scenario("windows of a minute, limit 32K", 3 * _MIB, limit="32K", has_windows=True),
    Scenario(
        "windows of a minute, 64 KiB/s", 5 * _MIB, Schedule(64 * _KIB), _MIB, has_windows=True
    ),
    Scenario("budget until midnight, limit 64K", 4 * _MIB, limit="64K", budget_bytes=5 * _MIB // 2),
    # The plan is made half a minute after the start. The budget is used up in the first window, and
    # its day ends when the next one opens, or when this one closes.
    *(
        Scenario(
            f"budget until a window {edge}, 64 KiB/s",
            *(4 * _MIB, Schedule(64 * _KIB), _MIB // 2, "none", True, 3 * _MIB),
            begin_second=second,
        )
        for edge, second in (("opens", 5), ("closes", 42))
    ),
)
