"""The silence of a call, which the router of its caller may not bear."""

from functools import partial

from netrelay.link.call_probes import CALL_PROBES_S, keep_call_alive, probe_call
from netrelay.link.incoming_link import IncomingLink

# Later than the kernel gives up a call whose probes are not answered.
_MARGIN_S = 5.0


class KeptCall:
    """Has the kernel probe a call after some silence, and finds out that the silence did no harm.

    A call that is still open some seconds after the time at which it would have been given up has
    answered its probe: the router still knew it after idle_s. Times are monotonic.
    """

    def __init__(self, link: IncomingLink, idle_s: int, now_s: float) -> None:
        self._link = link
        self._idle_s = idle_s
        self._is_probed = False
        self.due_s = 0.0
        """When `is_kept` has to be asked next."""
        self._watch(now_s)

    def probe(self, now_s: float) -> None:
        """Have it probed now; it ends soon if it is dead."""
        self._link.set_options(probe_call)
        self._is_probed = True
        self.due_s = now_s + CALL_PROBES_S + _MARGIN_S

    def is_kept(self, now_s: float, *, moved: bool) -> bool:
        """Return True once for each silence of idle_s that it bore; moved: a frame has come."""
        is_due = now_s >= self.due_s
        was_probed = self._is_probed
        if was_probed and (is_due or moved):
            self._watch(now_s)
        elif is_due or moved:
            self.due_s = now_s + self._idle_s + CALL_PROBES_S + _MARGIN_S
        return is_due and not moved and not was_probed

    def _watch(self, now_s: float) -> None:
        self._is_probed = False
        self._link.set_options(partial(keep_call_alive, idle_s=self._idle_s))
        self.due_s = now_s + self._idle_s + CALL_PROBES_S + _MARGIN_S
