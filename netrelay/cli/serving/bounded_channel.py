"""A connection that ends after a time, however often its other end sends a byte.

waitress closes what is silent for `channel_timeout`. Who sends a byte now and then is not: as many
connections as may be open would then be open for days.
"""

import time
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel


class BoundedChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that may take so long for what it sends, and again for what it reads."""

    def __init__(self, longest_s: float, server: Any, *passed: Any, **named: Any) -> None:
        """Create it; everything but the time is from waitress."""
        self._longest_s = longest_s
        self._idle_since_s = time.monotonic()
        super().__init__(server, *passed, **named)

    def readable(self) -> bool:
        """Return whether to read on; asked once a second at least."""
        now_s = time.monotonic()
        # An answer may take as long as it does: an act, or changes while somebody looks.
        if self.requests:
            self._idle_since_s = now_s
        elif now_s - self._idle_since_s > self._longest_s:
            self.will_close = True
        return bool(super().readable())


def channels(longest_s: Callable[[str], float]) -> Callable[..., BoundedChannel]:
    """Return what waitress makes a connection with; longest_s: for how long, by its address."""

    def made(
        server: Any, connection: Any, address: Any, *rest: Any, **named: Any
    ) -> BoundedChannel:
        bound_s = longest_s(str(address[0]))
        return BoundedChannel(bound_s, server, connection, address, *rest, **named)

    return made
