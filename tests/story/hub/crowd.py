"""Many contacts at once, each when it is due, as the nodes themselves would begin them."""

import heapq
import random
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from netrelay.runtime.poller import Poller
from tests.story.hub.contact import Contact, Hub, Stage
from tests.story.hub.fleet import LightNode

# The policy `call` of sql/backoffs.txt.
_LEAST_S, _FIRST_S, _LONGEST_S = 0.1, 1.0, 300.0


class Ended(NamedTuple):
    """A node whose contact is over: when it wanted it, when its last attempt began, when it ended.

    busy, failures: how many attempts were told to wait, and failed.
    """

    node: LightNode
    wanted_s: float
    begun_s: float
    ended_s: float
    busy: int
    failures: int


class _Due(NamedTuple):
    due_s: float
    number: int
    node: LightNode
    wanted_s: float
    busy: int
    failures: int


class Crowd:
    """Contacts of many nodes, at most so many at once; a node that is told to wait waits."""

    def __init__(self, hub: Hub, most: int) -> None:
        self._hub = hub
        self._most = most
        self._poller = Poller()
        self._due: list[_Due] = []
        self._open: dict[int, tuple[Contact, _Due, float]] = {}
        self._last = 0
        self.ended: list[Ended] = []
        self.reasons: dict[str, int] = {}
        self.attempts = 0
        self.told_s: list[int] = []
        """What BUSY asked for, each time."""

    def want(self, node: LightNode, due_s: float) -> None:
        """Have a node begin its contact at a time."""
        heapq.heappush(self._due, _Due(due_s, id(node.name), node, due_s, 0, 0))

    @property
    def is_over(self) -> bool:
        """True when all have had their contact."""
        return not self._due and not self._open

    def run(self, numbers: Callable[[LightNode], int], until_s: float) -> None:
        """Go on until all are over, or the time is; numbers: of the file of each node."""
        while not self.is_over and time.monotonic() < until_s:
            self._begin(numbers)
            self._poller.wait(0.05 if self._due and len(self._open) < self._most else 1.0)
            for key in self._poller.ready_owners():
                if key in self._open:
                    self._serve(key)

    def _begin(self, numbers: Callable[[LightNode], int]) -> None:
        now_s = time.monotonic()
        while self._due and self._due[0].due_s <= now_s and len(self._open) < self._most:
            due = heapq.heappop(self._due)
            self._last += 1
            self.attempts += 1
            contact = Contact(due.node, self._hub, numbers(due.node))
            self._open[self._last] = contact, due, now_s
            self._settle(self._last)

    def _serve(self, key: int) -> None:
        self._open[key][0].step()
        self._settle(key)

    def _settle(self, key: int) -> None:
        contact, due, begun_s = self._open[key]
        if not contact.is_over:
            self._poller.hold(key, contact.interests())
            return
        self._poller.let_go(key)
        del self._open[key]
        now_s = time.monotonic()
        if contact.stage is Stage.DONE:
            self.ended.append(Ended(due.node, due.wanted_s, begun_s, now_s, due.busy, due.failures))
        elif contact.stage is Stage.BUSY:
            self.told_s.append(contact.retry_after_s)
            self._again(due._replace(busy=due.busy + 1), now_s + contact.retry_after_s)
        else:
            self.reasons[contact.reason] = self.reasons.get(contact.reason, 0) + 1
            failures = due.failures + 1
            most_s = min(_FIRST_S * 2 ** (failures - 1), _LONGEST_S)
            wait_s = random.uniform(_LEAST_S, most_s)
            self._again(due._replace(failures=failures), now_s + wait_s)

    def _again(self, due: _Due, due_s: float) -> None:
        heapq.heappush(self._due, due._replace(due_s=due_s))

    def close(self) -> None:
        """Close what is open."""
        for key, (contact, _, _) in self._open.items():
            self._poller.let_go(key)
            contact.close()
        self._open.clear()
        self._poller.close()


def want_all(crowd: Crowd, nodes: Iterable[LightNode], within_s: float) -> None:
    """Have each node want its contact at a time of its own within so many seconds."""
    now_s = time.monotonic()
    for node in nodes:
        crowd.want(node, now_s + random.uniform(0.0, within_s))
