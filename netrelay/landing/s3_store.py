"""Requests to a store by its S3 API, over one connection that is kept; all of them block.

Answers are bounded, and so is the time of a request: `deadline_s` is when somebody else has to call
`cut`. The endpoint is addressed by path (https://HOST/BUCKET/KEY), which all stores know.
"""

import hashlib
import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from netrelay.core.host import is_address
from netrelay.landing.credentials import Credentials
from netrelay.landing.object_body import READ_BYTES, ObjectBody
from netrelay.landing.request_signature import UNSIGNED, StoreRequest, query_text, signed_headers
from netrelay.landing.store_error import StoreAnswer, unreached
from netrelay.runtime.clock import unix_s
from netrelay.runtime.config import ConfigError
from netrelay.runtime.land_config import Land

# A connection, an answer, or a piece that is not taken for so long: the store is away.
_SILENCE_S: Final = 30.0
# Time limit of a request: so many seconds, and more by its size at the rate of a slow mobile line.
_PATIENCE_S: Final = 60.0
_SLOWEST_BYTES_PER_S: Final = 16 * 1024
_ANSWER_MAX_BYTES: Final = 2 * 1024 * 1024
_NOTHING: Final = hashlib.sha256(b"").hexdigest()


class BodyPart(NamedTuple):
    """A part of the bytes of an object; is_last: they end with it."""

    body: ObjectBody
    offset: int
    size_bytes: int
    is_last: bool


def trusting(land: Land) -> ssl.SSLContext | None:
    """Return how the store's certificate is verified; None for http, ConfigError for a bad file."""
    if not land.place.is_tls:
        return None
    try:
        context = ssl.create_default_context(cafile=land.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"land.ca_file {land.ca_file}: {error.strerror or error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class S3Store:
    """One connection to the bucket of a configuration, made when it is needed; for one thread."""

    def __init__(self, land: Land, credentials: Credentials, trust: ssl.SSLContext | None) -> None:
        self._place = land.place
        self._bucket = land.bucket
        self._region = land.region
        self._credentials = credentials
        self._trust = trust
        self._connection: http.client.HTTPConnection | None = None
        self.deadline_s: float | None = None
        """Monotonic time after which the present request is to be cut; None: there is none."""

    def ask(
        self,
        method: str,
        key: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> StoreAnswer:
        """Return the answer to a request; key "" is the bucket itself. StoreError if none comes."""
        content_hash = hashlib.sha256(content).hexdigest() if content else _NOTHING
        return self._request(method, key, query or {}, headers or {}, content, content_hash)

    def put(
        self, key: str, query: Mapping[str, str], headers: Mapping[str, str], part: BodyPart
    ) -> StoreAnswer:
        """Return the answer to a PUT of a part; StoreError if none comes.

        BodyChangedError before the last byte if the whole is not what came: the store gets no
        complete request then, and keeps nothing.
        """
        # TLS protects the bytes; without it the store compares them with their signed hash.
        content_hash = UNSIGNED if self._trust is not None else _hash_of(part)
        return self._request("PUT", key, query, headers, part, content_hash)

    def cut(self) -> None:
        """Break the connection, from any thread: the request ends with an error."""
        connection = self._connection
        wire = None if connection is None else connection.sock
        if wire is not None:
            with suppress(OSError):
                # Not SSLSocket.shutdown: it ends TLS first, and the thread would go on without it.
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; the next request makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes | BodyPart,
        content_hash: str,
    ) -> StoreAnswer:
        size_bytes = len(content) if isinstance(content, bytes) else content.size_bytes
        path = f"/{self._bucket}/{key}" if key else f"/{self._bucket}"
        asked = StoreRequest(method, self._host(), path, query, headers, content_hash)
        self.deadline_s = time.monotonic() + _PATIENCE_S + size_bytes / _SLOWEST_BYTES_PER_S
        try:
            is_kept = self._connection is not None and self._connection.sock is not None
            try:
                return self._answer(asked, content, size_bytes)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A connection that was kept may have been closed by the store meanwhile. To put
                # something twice does no harm.
                if not is_kept or isinstance(error, TimeoutError):
                    raise
            return self._answer(asked, content, size_bytes)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise unreached(error) from error
        except BaseException:
            # In the middle of a request: what follows would be taken for its rest.
            self.close()
            raise
        finally:
            self.deadline_s = None

    def _answer(
        self, asked: StoreRequest, content: bytes | BodyPart, size_bytes: int
    ) -> StoreAnswer:
        connection = self._connected()
        headers = signed_headers(asked, self._credentials, self._region, unix_s())
        target = f"{asked.path}?{query_text(asked.query)}" if asked.query else asked.path
        connection.putrequest(asked.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("content-length", str(size_bytes))
        connection.endheaders()
        try:
            self._send(connection, content)
        except (BrokenPipeError, ConnectionResetError):
            # It was refused before all of it was sent: the answer may be there. One that takes what
            # has not been sent is none.
            with suppress(OSError, http.client.HTTPException):
                refused = self._read(connection, is_whole=False)
                if not refused.is_good:
                    return refused
            raise
        return self._read(connection, is_whole=True)

    def _send(self, connection: http.client.HTTPConnection, content: bytes | BodyPart) -> None:
        if isinstance(content, bytes):
            if content:
                connection.send(content)
            return
        for piece in _pieces(content):
            connection.send(piece)

    def _read(self, connection: http.client.HTTPConnection, *, is_whole: bool) -> StoreAnswer:
        answer = connection.getresponse()
        content = answer.read(_ANSWER_MAX_BYTES)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if answer.will_close or not answer.isclosed() or not is_whole:
            self.close()
        return StoreAnswer(answer.status, headers, content)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            place = self._place
            if self._trust is None:
                made = http.client.HTTPConnection(place.host, place.port, timeout=_SILENCE_S)
            else:
                made = http.client.HTTPSConnection(
                    place.host, place.port, timeout=_SILENCE_S, context=self._trust
                )
            made.connect()
            assert made.sock is not None
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection = made
        return self._connection

    def _host(self) -> str:
        place = self._place
        host = f"[{place.host}]" if is_address(place.host) and ":" in place.host else place.host
        return host if place.port == (443 if place.is_tls else 80) else f"{host}:{place.port}"


def _pieces(part: BodyPart) -> Iterator[bytes]:
    """Yield the bytes of a part; the last piece of a whole only if all of it is what came."""
    place, end = part.offset, part.offset + part.size_bytes
    if part.is_last and place == end:
        part.body.read(place, 0)
        part.body.check()
    while place < end:
        piece = part.body.read(place, min(READ_BYTES, end - place))
        place += len(piece)
        if part.is_last and place == end:
            part.body.check()
        yield piece


def _hash_of(part: BodyPart) -> str:
    found = hashlib.sha256()
    for piece in _pieces(part):
        found.update(piece)
    return found.hexdigest()
