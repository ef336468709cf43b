"""The program on_alarm: run for each change of the view `health` that lasts, one run at a time.

The table `alarms` follows the view; `alarm_changes` (sql/alarms.sql) says what is owed and when. A
run that fails or is interrupted is owed as long as what it was to tell is true. Deliveries and the
post-receive program wait for none.

The view is read when rows have changed since, and at the times at which it changes without
(`health_edges`): exporter is awake once a minute anyway, and nothing wakes it for this unless a
change is about to be due.
"""

import os

from netrelay.core.printable import printable
from netrelay.runtime import clock
from netrelay.runtime.log import ALARM_FAILED
from netrelay.runtime.node import Node
from netrelay.store.alarms import (
    OwedAlarm,
    end_alarm,
    forget_alarms,
    look_at_health,
    next_alarm_s,
    next_edge_s,
    owed_alarm,
)
from netrelay.store.database import Value
from netrelay.transfer.hook_run import HookRun, status_of

# Of a value from elsewhere: reasons and names are shorter, a line of a log is 500.
_LONGEST_VALUE = 1000
# Between two looks: one costs some milliseconds.
_INTERVAL_S = 10.0


class AlarmRuns:
    """The runner of the configured program; it does nothing if none is configured."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._path = node.config.on_alarm
        self._current: tuple[OwedAlarm, HookRun] | None = None
        # A run whose end could not be stored yet, because the disk is full: it is not made again.
        self._ended: tuple[OwedAlarm, int, str] | None = None
        self._mark: tuple[Value, int] | None = None
        self._looked_s = 0.0
        self._edge_s: float | None = None
        if not self._path:
            forget_alarms(self._database)

    def advance(self) -> float | None:
        """Store the result of a run that has ended, and start the next one; does not block.

        Return the seconds after which to call again even if no descriptor is readable, None if
        nothing is owed.
        """
        if not self._path:
            return None
        now_s = clock.boottime_s()
        if self._current is not None:
            alarm, run = self._current
            status = run.poll(now_s)
            if status is None:
                return max(0.0, run.deadline_s - now_s)
            self._current, self._ended = None, (alarm, status, run.output())
        if self._ended is not None:
            self._note(*self._ended)
            self._ended = None
        self._look(now_s)
        while (owed := owed_alarm(self._database)) is not None:
            limit_s = self._node.config.on_alarm_limit_s
            try:
                run = HookRun(self._path, self._environment(owed), now_s + limit_s)
            except OSError as error:
                self._note(owed, status_of(error), f"it cannot be started: {error.strerror}")
                continue
            for descriptor in run.descriptors():
                self._node.poller.watch(descriptor)
            self._current = owed, run
            return float(limit_s)
        edge_s = None if self._edge_s is None else max(0.0, self._edge_s - now_s)
        dues_s = (edge_s, next_alarm_s(self._database))
        return min((due_s for due_s in dues_s if due_s is not None), default=None)

    def close(self) -> None:
        """Kill the current run; it is owed at the next start."""
        if self._current is not None:
            self._current[1].kill()

    def _look(self, now_s: float) -> None:
        is_edge = self._edge_s is not None and now_s >= self._edge_s
        is_soon = self._mark is not None and now_s < self._looked_s + _INTERVAL_S
        if not is_edge and (is_soon or self._database.change_mark() == self._mark):
            return
        look_at_health(self._database)
        self._looked_s, self._mark = now_s, self._database.change_mark()
        left_s = next_edge_s(self._database)
        self._edge_s = None if left_s is None else now_s + max(left_s, _INTERVAL_S)

    def _note(self, alarm: OwedAlarm, status: int, output: str) -> None:
        if status:
            self._node.log.write(
                ALARM_FAILED,
                path=self._path,
                kind=alarm.kind,
                subject=alarm.subject,
                status=status,
                output=output or "nothing",
            )
        with self._database.transaction():
            end_alarm(self._database, alarm, status, output)

    def _environment(self, alarm: OwedAlarm) -> dict[str, str]:
        given = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        values = {
            "CHANGE": alarm.change,
            "KIND": alarm.kind,
            "SEVERITY": alarm.severity,
            "SUBJECT": alarm.subject,
            "WORDS": alarm.words,
            "HELP": alarm.help,
            "SINCE": alarm.since_at,
        }
        told = {
            f"NETRELAY_ALARM_{name}": printable(value)[:_LONGEST_VALUE]
            for name, value in values.items()
        }
        return (
            given
            | {
                "NETRELAY_HOME": os.fspath(self._node.home.path),
                "NETRELAY_NODE": self._node.config.name,
            }
            | told
        )
