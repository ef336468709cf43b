"""The state that sender keeps of a connection beside its link: dialled, called, or in reverse."""

from collections.abc import Iterator, Sequence
from typing import Final

from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.wire_meter import WireMeter
from netrelay.ring.records import Connect

TOLD_AFTER_S: Final = 10.0
"""Time after which a stall is told: a line that comes and goes every few seconds would cause two
rows for each."""


class DialledLink:
    """An OutgoingLink with what was asked for, what takes its place, and what was told of it."""

    def __init__(
        self,
        asked: Connect,
        address: str,
        link: OutgoingLink,
        meter: WireMeter,
        now_s: float,
        *,
        further_carriers: Sequence[str] | None = None,
        better: tuple[str, ...] = (),
    ) -> None:
        self.asked = asked
        # Of a connection that another process carries: whom to ask next if that does not.
        self.further_carriers = further_carriers
        # Ways that come before the one by which the peer was reached, since when it is there, and
        # the dialling that tries them.
        self.better = better
        self.since_s = now_s
        self.back: int | None = None
        self.address = address
        self.link = link
        self.meter = meter
        self.is_reported = False
        # The dialling of a connection that takes the place of this one, once it has stalled.
        self.beside: int | None = None
        self.is_moving = False
        self.is_told = False  # the log has it that it has stalled
        self.is_reported_stalled = False
        self.has_told_failure = False
        self.has_told_unanswered = False
        # It may be open and idle when it is looked at for the first time.
        self._quiet_since_s = self.since_s

    @property
    def tell_at_s(self) -> float | None:
        """Time at which it is told that its peer does not answer; None: never, or it was told."""
        if self.link.is_answered or self.has_told_unanswered:
            return None
        return self.since_s + TOLD_AFTER_S * self.link.slowness

    def idle_s(self, now_s: float) -> float | None:
        """Return for how long nothing was on its way, as of when it was served; None: it is."""
        return now_s - self._quiet_since_s if self.is_reported and self.link.is_idle else None

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        """Yield the descriptors to poll."""
        yield self.link.fileno(), True, self.link.wants_write
        in_reverse = self.link.reverse_interest()
        if in_reverse is not None:
            yield in_reverse

    def rests(self, now_s: float, *, moved: bool = False) -> bool:
        """Return whether nothing was on its way for the time after which it is closed.

        moved: something was until now.
        """
        if moved or not (self.is_reported and self.link.is_idle):
            self._quiet_since_s = now_s
        return self.asked.rest_s > 0 and now_s >= self._quiet_since_s + self.asked.rest_s

    @property
    def rest_at_s(self) -> float | None:
        """Time at which it rests unless something is sent; None: it does not."""
        is_quiet = self.asked.rest_s and self.is_reported and self.link.is_idle
        return self._quiet_since_s + self.asked.rest_s if is_quiet else None
