"""Runs an attack in a thread, until it is told to stop or has nothing more to send."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from netrelay.core.words import Refusal
from netrelay.link.link_closed import LinkClosed
from netrelay.seal.identity import Identity
from tests.story.light_peers import Dialled
from tests.story.nodes import STOP_S, RunningNode
from tests.transfer.linked_pair import Message, frame_of

_FRAMES_IN_FLIGHT = 2


class Flood:
    """Context of a running attack; leaving it stops the attack, and raises what went wrong in it.

    counted: what the attack has done so far, by name.
    """

    def __init__(self, attack: "Callable[[Flood], None]") -> None:
        self.counted: Counter[str] = Counter()
        self.stopped = threading.Event()
        self._attack = attack
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._attack(self)
        except Exception as error:
            self._error = error

    @property
    def is_over(self) -> bool:
        """True if the attack has ended by itself."""
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        self._thread.join(STOP_S)
        assert not self._thread.is_alive()
        if self._error is not None and error is None:
            raise self._error


def send_all(
    flood: Flood, node: RunningNode, identity: Identity, batches: Iterable[list[Message]]
) -> None:
    """Send batches of messages, a frame each, as fast as the node takes them."""
    waiting = iter(batches)
    batch = next(waiting, None)
    while batch is not None and not flood.stopped.is_set():
        dialled = Dialled(node, identity)
        flood.counted["connections"] += 1
        sent = decided = 0
        try:
            while (batch is not None or decided < sent) and not flood.stopped.is_set():
                if batch is not None and sent - decided < _FRAMES_IN_FLIGHT:
                    dialled.send(frame_of(*batch))
                    flood.counted["messages"] += len(batch)
                    flood.counted["bytes"] += sum(len(message.body) for message in batch)
                    sent += 1
                    batch = next(waiting, None)
                acknowledgements = dialled.service()
                for acknowledgement in acknowledgements:
                    decided = acknowledgement.decided
                    flood.counted.update(
                        Refusal(each.refusal).name for each in acknowledgement.refused
                    )
                if not acknowledgements:
                    time.sleep(0.001)
        except LinkClosed:
            flood.counted["connections closed"] += 1
        finally:
            dialled.close()
