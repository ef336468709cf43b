"""A process that serves a WSGI application: its sockets, waitress, and its end when nobody asks."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final, NamedTuple, NoReturn, Protocol

from netrelay.cli.errors import CommandError, Exit
from netrelay.core.host import read_host_and_port
from netrelay.link.literal_address import literal_address
from netrelay.runtime.held_sockets import passed_listeners

IDLE_S: Final = 300.0
LONGEST_S: Final = 60.0
"""How long a request may take: a slice of an upload, 256 KiB, does at 35 kbit/s."""
_LOOK_S: Final = 5.0
# Bounds of waitress: connections that are open, and how long one may take or give nothing.
_SETTINGS: Final[dict[str, Any]] = {
    "connection_limit": 64,
    "backlog": 64,
    # Reads on while a request is answered: otherwise the end of a connection is not noticed.
    "channel_request_lookahead": 1,
    "channel_timeout": 30,
    "cleanup_interval": 10,
    "max_request_header_size": 16384,
    # waitress reads a request before anybody can refuse it: 64 KiB of each of 64 connections stay
    # in memory, the rest goes to /tmp.
    "inbuf_overflow": 65536,
    "ident": None,
    "log_socket_errors": False,
    "asyncore_use_poll": True,
}


class Application(Protocol):
    """A WSGI application that several threads call. asked_s: when it was asked last."""

    asked_s: float

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""

    def is_used(self) -> bool:
        """Return True while somebody reads an answer that goes on."""


class Served(NamedTuple):
    """An application and its bounds. name: in messages. threads: each keeps memory of its own.

    longest_s: how long a connection of an address may take for its request.
    """

    name: str
    path: str
    application: Application
    threads: int
    request_limit_bytes: int
    longest_s: Callable[[str], float] = lambda _: LONGEST_S


class Listeners(NamedTuple):
    """Sockets that listen. are_passed: a service manager holds them, and starts this anew."""

    sockets: list[socket.socket]
    are_passed: bool


def find_listeners(what: str, listen: str | None) -> Listeners:
    """Return a socket at HOST:PORT, or with None those that a service manager passed, perhaps none.

    CommandError says why it cannot. what: where the place comes from, such as --listen.
    """
    if listen is None:
        return Listeners(passed_listeners(), are_passed=True)
    return Listeners([_listener(what, listen)], are_passed=False)


def serve(served: Served, listeners: Listeners) -> None:
    """Serve until SIGTERM or Ctrl-C, at passed sockets until nobody has asked for five minutes.

    CommandError if waitress is not there.
    """
    try:
        from waitress.server import BaseWSGIServer, create_server

        from netrelay.cli.serving.bounded_channel import channels
    except ImportError as error:
        raise CommandError(
            Exit.UNAVAILABLE,
            "--listen needs the Python package waitress (Debian: python3-waitress, or"
            " `pip install netrelay[page]`)",
        ) from error
    # It warns of requests that wait and of many connections: strangers would write the journal.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    server = create_server(
        served.application,
        sockets=listeners.sockets,
        threads=served.threads,
        max_request_body_size=served.request_limit_bytes + 1,  # waitress refuses what has as many
        **_SETTINGS,
    )
    made = channels(served.longest_s)
    # With several sockets there is a server for each, in one map.
    for each in list(getattr(server, "map", server._map).values()):
        if isinstance(each, BaseWSGIServer):
            each.channel_class = made
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if listeners.are_passed:
        watch = threading.Thread(target=_end_when_idle, args=(served.application,), daemon=True)
        watch.start()
    else:
        host, port = listeners.sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"{served.name} at http://{shown}:{port}{served.path} until Ctrl-C")
        sys.stdout.flush()
    server.run()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _end_when_idle(application: Application) -> None:
    """End this process once nobody has asked for five minutes and no answer goes on."""
    while time.monotonic() - application.asked_s < IDLE_S or application.is_used():
        time.sleep(_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _listener(what: str, listen: str) -> socket.socket:
    try:
        host, port = read_host_and_port(listen)
        if port is None:
            raise ValueError("no port")
        family, local = literal_address(host, port)
    except (ValueError, OSError) as error:
        raise CommandError(
            Exit.USAGE,
            f"{what} is {listen!r}; allowed: an IPv4 or IPv6 address with a port from 1 to"
            " 65535, such as 127.0.0.1:7480 or [::1]:7480",
        ) from error
    made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(local)
    except OSError as error:
        made.close()
        raise CommandError(Exit.UNAVAILABLE, f"{what} {listen}: {error.strerror}") from error
    return made
