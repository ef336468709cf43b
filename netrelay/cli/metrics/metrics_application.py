"""The metrics as a WSGI application (PEP 3333): who may ask, and in which form it is answered."""

import gzip
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from netrelay.cli.errors import CommandError
from netrelay.cli.metrics.exposition import negotiated
from netrelay.core.address_range import AddressRange, is_within
from netrelay.runtime.home import Home

_HEADERS: Final = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))
_STATUS: Final = {
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_PLAIN: Final = "text/plain; charset=utf-8"
# zlib's fastest level: a fifth of the bytes already, since names and labels are repeated.
_FASTEST: Final = 1


class _Answer(NamedTuple):
    status: int
    body: str
    content_type: str = _PLAIN
    headers: tuple[tuple[str, str], ...] = ()


class MetricsApplication:
    """Answers requests from several threads; each one reads the node anew."""

    def __init__(self, home: Home, allowed: Sequence[AddressRange]) -> None:
        """Create it; allowed: whose addresses may ask."""
        self.asked_s = time.monotonic()
        self._home = home
        self._allowed = tuple(allowed)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        refusal = self._refusal(environ)
        if refusal is None:
            # Strangers do not keep the process.
            self.asked_s = time.monotonic()
        answer = refusal or self._answer(str(environ.get("HTTP_ACCEPT", "")))
        body = answer.body.encode(errors="replace")
        headers = [*_HEADERS, ("Content-Type", answer.content_type), *answer.headers]
        if answer.status == 200 and "gzip" in str(environ.get("HTTP_ACCEPT_ENCODING", "")):
            body = gzip.compress(body, _FASTEST, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        start_response(f"{answer.status} {_STATUS[answer.status]}", headers)
        # Without a length waitress closes the connection: requests that are sent ahead are dropped.
        return iter((body,))

    def is_used(self) -> bool:
        """Return False: no answer goes on."""
        return False

    def may_ask(self, address: str) -> bool:
        """Return True for an address that is named."""
        return is_within(address, self._allowed)

    def _refusal(self, environ: dict[str, Any]) -> _Answer | None:
        address = str(environ.get("REMOTE_ADDR", ""))
        if not self.may_ask(address):
            words = f"{address} may not ask: `from` in [metrics] of netrelay.toml says who may\n"
            return _Answer(403, words)
        if environ["PATH_INFO"] != "/metrics":
            return _Answer(404, "there is only /metrics\n")
        if environ["REQUEST_METHOD"] != "GET":
            return _Answer(405, "allowed: GET\n", headers=(("Allow", "GET"),))
        return None

    def _answer(self, accept: str) -> _Answer:
        try:
            text, content_type = negotiated(self._home, accept)
        except CommandError as error:
            return _Answer(503, f"{error}\n")
        except Exception:
            logging.getLogger("netrelay.metrics").exception("a request failed")
            return _Answer(500, "this is a fault of netrelay: its journal has more\n")
        return _Answer(200, text, content_type)
