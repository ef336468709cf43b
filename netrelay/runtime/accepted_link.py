"""State that receiver keeps of a connection beside its link: accepted, called, or of a medium."""

from collections.abc import Iterator

from netrelay.core.pace import CALL_HALT_S
from netrelay.core.serial.line_settings import slowness
from netrelay.link.connection_shares import source_of
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.kept_call import KeptCall
from netrelay.link.kept_streams import KeptStream
from netrelay.link.wire_meter import WireMeter
from netrelay.ring.records import CallState


class AcceptedLink:
    """An IncomingLink with the times at which a call ends: silence, rest, a frame cut short."""

    def __init__(
        self,
        link: IncomingLink,
        meter: WireMeter,
        now_s: float,
        address: str,
        called: str = "",
        *,
        is_medium: bool = False,
    ) -> None:
        self.link = link
        self.meter = meter
        self.called = called  # whom this node called; "": an accepted connection
        self.is_medium = is_medium  # a command reads what the peer has written to a medium
        self.address = address
        self.source = source_of(address)
        self.is_reported = False
        self.found: KeptStream[IncomingStream] | None = None  # the session that its peer has named
        self.keeping: KeptCall | None = None
        # A call on a schedule ends when nothing came for rest_s; 0: never.
        self.rest_s = 0
        self.has_rested = False
        # It may be open and idle when it is looked at for the first time.
        self._quiet_since_s = now_s

    def idle_s(self, now_s: float) -> float | None:
        """Return for how long nothing moved, either way; None: something is in progress."""
        return self._quiet_s(now_s) if self.link.is_idle else None

    def silent_s(self, now_s: float) -> float | None:
        """Return for how long nothing moved although the peer has to go on; None: it has not."""
        return self._quiet_s(now_s) if self.link.awaits_peer else None

    def _quiet_s(self, now_s: float) -> float:
        return max(now_s - self.link.quiet_since_s, 0.0) / slowness(self.address)

    @property
    def next_s(self) -> float | None:
        """The time at which it has to be served although nothing is ready; None: none."""
        kept_s = None if self.keeping is None else self.keeping.due_s
        link = self.link
        times_s = (link.deadline_s, link.held_until_s, self.halt_s, self.rest_at_s, kept_s)
        return min((each for each in times_s if each is not None), default=None)

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        """Yield the descriptors to poll."""
        yield self.link.fileno(), self.link.wants_read, self.link.wants_write
        in_reverse = self.link.reverse_interest()
        if in_reverse is not None:
            yield in_reverse

    def rests(self, now_s: float, *, moved: bool) -> bool:
        """Return whether nothing moved for rest_s; moved: something does now."""
        if moved or not (self.is_reported and self.link.is_idle):
            self._quiet_since_s = now_s
        self.has_rested = self.rest_s > 0 and now_s >= self._quiet_since_s + self.rest_s
        return self.has_rested

    @property
    def rest_at_s(self) -> float | None:
        """Time at which it rests unless something comes; None: it does not."""
        is_quiet = self.rest_s and self.is_reported and self.link.is_idle
        return self._quiet_since_s + self.rest_s if is_quiet else None

    @property
    def halt_s(self) -> float | None:
        """Time at which it counts as halted unless more comes; None: it does not wait."""
        since_s = self.link.halted_since_s if self.called and self.link.stream.session else None
        return None if since_s is None else since_s + CALL_HALT_S * slowness(self.address)

    def halts(self, now_s: float) -> bool:
        """Return whether a call brings no more of a frame that has begun."""
        return self.halt_s is not None and now_s >= self.halt_s


def end_of_call(accepted: AcceptedLink) -> tuple[CallState, int]:
    """Return how a call ends, and after what silence; call it before it is closed."""
    link, keeping = accepted.link, accepted.keeping
    if not accepted.is_reported:
        return CallState.UNAGREED, 0
    if accepted.has_rested:
        return CallState.RESTED, 0
    if not link.is_unanswered:
        return CallState.ENDED, 0
    is_silent = keeping is not None and link.is_probe_unanswered
    return CallState.SILENT, keeping.silence_s if keeping is not None and is_silent else 0
