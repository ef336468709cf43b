"""exporter: puts complete files into the inbox.

Reads:   work_exporter, inbox/.staging/
Writes:  inbox/<source>/<name> (link), files
Reports: exported, undeliverable, expired
Sleeps:  on its bell, and until the next lifetime ends
"""

from netrelay.runtime.log import DELIVERY_FAILED, NO_MOVE
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.store.arrivals import complete_files, name_files, unname_files
from netrelay.store.facts import Facts
from netrelay.store.jobs import close_files
from netrelay.store.timers import due_timers, next_due_s
from netrelay.transfer.delivery import Delivery

_BATCH = 256
# After a full disk or a folder that cannot be written: how long until the next try.
_RETRY_S = 10.0
# Never called delivered: its source keeps its copy, and a person there may send it again.
_GONE = "its bytes are gone from the staging folder"


class Exporter(Process):
    """Delivers one batch a step: names committed, linked, flushed, then reported."""

    name = "exporter"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._delivery = Delivery(node.home.inbox, node.home.staging)
        self._facts = Facts(node.database, lambda error: node.log.say(NO_MOVE, error=error))

    def step(self) -> float | None:
        """Deliver one batch; end what has outlived its time."""
        complete = complete_files(self._database, _BATCH)
        if not complete:
            self._end_lifetimes()
            return next_due_s(self._database)
        names = self._delivery.choose_names(complete)
        if names:
            with self._database.transaction():
                name_files(self._database, names)
        named = [
            item if item.file not in names else item._replace(inbox_name=names[item.file])
            for item in complete
        ]
        there, clashed, failed, gone = self._delivery.put(named, names.keys())
        for item, error in failed:
            self._node.log.say(DELIVERY_FAILED, name=item.name, error=error)
        for item in gone:
            self._node.log.say(DELIVERY_FAILED, name=item.name, error=_GONE)
        # What can be delivered is, however old: only then is the rest given up.
        if failed:
            self._end_lifetimes()
        with self._database.transaction():
            unname_files(self._database, [item.file for item in (*clashed, *gone)])
            close_files(self._database, [item.file for item in there])
            self._facts.report_all((item.message for item in there), "exported")
            self._facts.report_all((item.message for item in gone), "undeliverable", _GONE)
        self._node.counters.add("files_out", len(there))
        return _RETRY_S if failed else 0

    def _end_lifetimes(self) -> None:
        if due_timers(self._database, _BATCH):
            with self._database.transaction():
                # Asked anew: what was due may have been taken back meanwhile.
                for message, event in due_timers(self._database, _BATCH):
                    self._facts.report(message, event)


PROCESS = Exporter
