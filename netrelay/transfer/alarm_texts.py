"""Texts for the overseer, a peer: changes of the view `health`, as one text at a time.

While one is on its way, none is made: what changes meanwhile is told by the next one, if it is
still so when the receipt is here. So an overseer that is away for weeks has one text waiting, and
what is wrong with the way to it makes none. A text that dies (its lifetime is over, a person took
it back) told nothing: what it told is owed again.
"""

import time

from netrelay.core.alarm_text import MOST_CHANGES, ToldChange, encode_alarm_text
from netrelay.core.single import encode_text
from netrelay.runtime.node import Node
from netrelay.store.alarms import (
    OVERSEER,
    NamedOverseer,
    OwedAlarm,
    end_alarm_text,
    ended_alarm_text,
    next_alarm_s,
    note_alarm_text,
    owed_alarms,
    settle_overseer,
)
from netrelay.store.jobs import add_texts

# Before all files: a few hundred bytes, and one at a time.
_PRIORITY = 0


class AlarmTexts:
    """The texts for the configured overseer; none if none is configured, or it is no peer."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._name = node.config.overseer
        if not self._name:
            settle_overseer(self._database, "")

    def overseer(self) -> NamedOverseer | None:
        """Return who is told now; None: nobody. A peer may be enrolled and removed meanwhile."""
        return settle_overseer(self._database, self._name) if self._name else None

    def advance(self, overseer: NamedOverseer) -> float | None:
        """Store how the last text has ended, and make the next one.

        Return the seconds until a change is owed; None if none is.
        """
        ended = ended_alarm_text(self._database)
        if ended is not None:
            with self._database.transaction():
                end_alarm_text(self._database, *ended)
        owed = owed_alarms(self._database, OVERSEER, MOST_CHANGES)
        if owed:
            self._make(overseer, owed)
        return next_alarm_s(self._database, OVERSEER)

    def _make(self, overseer: NamedOverseer, owed: list[OwedAlarm]) -> None:
        changes = [
            ToldChange(
                *(each.change, each.severity, each.kind, each.subject),
                *(each.words, each.help, each.since_at),
            )
            for each in owed
        ]
        text = encode_alarm_text(self._node.config.name, changes)
        body = encode_text(text, time.time_ns())
        with self._database.transaction():
            (message,) = add_texts(
                self._database,
                overseer.node,
                [body],
                self._node.config.lifetime_s,
                _PRIORITY,
                actor="exporter",
            )
            note_alarm_text(self._database, owed, message)
