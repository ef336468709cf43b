"""The silence of a call, which the router of its caller may not bear."""

from functools import partial

from netrelay.link.call_probes import (
    CALL_PROBES_S,
    FIRST_SILENCE_S,
    keep_call_alive,
    probe_call,
)
from netrelay.link.incoming_link import IncomingLink

# Later than the kernel gives up a call whose probes are not answered.
_MARGIN_S = 5.0


class KeptCall:
    """Has the kernel probe a call after silences, and finds out that the longest did no harm.

    The first silence after a frame is FIRST_SILENCE_S, and each that was borne doubles the next, up
    to the longest: what follows shortly on other traffic finds the call open, or placed anew. A
    call that is still open some seconds after the time at which it would have been given up has
    answered its probe: the router still knew it after that silence. Times are monotonic.
    """

    def __init__(self, link: IncomingLink, longest_s: int, now_s: float) -> None:
        self._link = link
        self._longest_s = longest_s
        self._silence_s = min(FIRST_SILENCE_S, longest_s)
        self._is_probed = False
        self.due_s = 0.0
        """When `is_kept` has to be asked next."""
        self._watch(now_s)

    @property
    def silence_s(self) -> int:
        """The silence after which it is probed; 0 while it is probed because it is doubted."""
        return 0 if self._is_probed else self._silence_s

    def allow(self, longest_s: int, now_s: float) -> None:
        """Change the longest silence; one of the longest that has begun becomes longer with it."""
        is_longest = self._silence_s >= self._longest_s and not self._is_probed
        self._longest_s = longest_s
        if is_longest and longest_s != self._silence_s:
            self._silence_s = min(2 * self._silence_s, longest_s)
            self._watch(now_s)

    def probe(self, now_s: float) -> None:
        """Have it probed now; it ends soon if it is dead."""
        self._link.set_options(probe_call)
        self._is_probed = True
        self.due_s = now_s + CALL_PROBES_S + _MARGIN_S

    def is_kept(self, now_s: float, *, moved: bool) -> bool:
        """Return True once for each longest silence that it bore; moved: a frame has come."""
        is_due = now_s >= self.due_s
        if moved:
            self._rest(now_s)
            return False
        if not is_due:
            return False
        if self._is_probed:
            self._watch(now_s)
            return False
        was_longest = self._silence_s >= self._longest_s
        self._silence_s = min(2 * self._silence_s, self._longest_s)
        self._watch(now_s)
        return was_longest

    def _rest(self, now_s: float) -> None:
        """Begin the first silence; its options are set already while frames follow one another."""
        first_s = min(FIRST_SILENCE_S, self._longest_s)
        if self._is_probed or self._silence_s != first_s:
            self._silence_s = first_s
            self._watch(now_s)
        self.due_s = now_s + first_s + CALL_PROBES_S + _MARGIN_S

    def _watch(self, now_s: float) -> None:
        self._is_probed = False
        self._link.set_options(partial(keep_call_alive, idle_s=self._silence_s))
        self.due_s = now_s + self._silence_s + CALL_PROBES_S + _MARGIN_S
