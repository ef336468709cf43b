"""The program on_alarm: run for each change of the view `health` that lasts, one run at a time.

The table `alarms` follows the view; `alarm_changes` (sql/alarms.sql) says what is owed and when. A
run that fails or is interrupted is owed as long as what it was to tell is true. Deliveries and the
post-receive program wait for none. The overseer is told by texts (alarm_texts.py), for which a
program that hangs is no obstacle.

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
    PROGRAM,
    NamedOverseer,
    OwedAlarm,
    end_alarm,
    forget_program,
    look_at_health,
    next_alarm_s,
    next_edge_s,
    owed_alarms,
)
from netrelay.store.database import Value
from netrelay.transfer.alarm_texts import AlarmTexts
from netrelay.transfer.hook_run import HookRun, status_of

# Of a value from elsewhere: reasons and names are shorter, a line of a log is 500.
_LONGEST_VALUE = 1000
# Between two looks: one costs some milliseconds.
_INTERVAL_S = 10.0


class AlarmRuns:
    """The runner of the configured program, with the texts; each does nothing if not wanted."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._path = node.config.on_alarm
        self._texts = AlarmTexts(node)
        self._current: tuple[OwedAlarm, HookRun] | None = None
        # A run whose end could not be stored yet, because the disk is full: it is not made again.
        self._ended: tuple[OwedAlarm, int, str] | None = None
        self._mark: tuple[Value, int] | None = None
        self._looked_s = 0.0
        self._edge_s: float | None = None
        if not self._path:
            forget_program(self._database)

    def advance(self) -> float | None:
        """Store what has ended, and start the next run and text; does not block.

        Return the seconds after which to call again even if no descriptor is readable, None if
        nothing is owed.
        """
        overseer = self._texts.overseer()
        if not self._path and overseer is None:
            return None
        now_s = clock.boottime_s()
        self._end_run(now_s)
        self._look(now_s, overseer)
        edge_s = None if self._edge_s is None else max(0.0, self._edge_s - now_s)
        # The program first: a text may have no room on a full disk, of which it is told.
        run_s = self._start_run(now_s) if self._path else None
        text_s = None if overseer is None else self._texts.advance(overseer)
        return min((due_s for due_s in (edge_s, run_s, text_s) if due_s is not None), default=None)

    def _end_run(self, now_s: float) -> None:
        if self._current is not None:
            alarm, run = self._current
            status = run.poll(now_s)
            if status is not None:
                self._current, self._ended = None, (alarm, status, run.output())
        if self._ended is not None:
            self._note(*self._ended)
            self._ended = None

    def _start_run(self, now_s: float) -> float | None:
        """Start what is due unless one runs; return the seconds until there is something to do."""
        while self._current is None and (owed := owed_alarms(self._database, PROGRAM, 1)):
            limit_s = self._node.config.on_alarm_limit_s
            try:
                run = HookRun(self._path, self._environment(owed[0]), now_s, limit_s)
            except OSError as error:
                self._note(owed[0], status_of(error), f"it cannot be started: {error.strerror}")
                continue
            for descriptor in run.descriptors():
                self._node.poller.watch(descriptor)
            self._current = owed[0], run
        if self._current is not None:
            return max(0.0, self._current[1].deadline_s - now_s)
        return next_alarm_s(self._database, PROGRAM)

    def close(self) -> None:
        """Kill the current run; it is owed at the next start."""
        if self._current is not None:
            self._current[1].kill()

    def _look(self, now_s: float, overseer: NamedOverseer | None) -> None:
        is_edge = self._edge_s is not None and now_s >= self._edge_s
        is_soon = self._mark is not None and now_s < self._looked_s + _INTERVAL_S
        if not is_edge and (is_soon or self._database.change_mark() == self._mark):
            return
        look_at_health(self._database, bool(self._path), overseer)
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
