"""The process of the page: its sockets, waitress, and its end when nobody looks."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import Any, Final, NoReturn

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.page.control_channel import SLICE_BYTES
from netrelay.cli.page.event_stream import MOST_STREAMS
from netrelay.cli.page.page_application import PageApplication
from netrelay.core.host import read_host_and_port
from netrelay.link.literal_address import literal_address
from netrelay.runtime.held_sockets import passed_listeners
from netrelay.runtime.home import Home

IDLE_S: Final = 300.0
_LOOK_S: Final = 5.0
# A page takes some 70 ms of one core; each thread keeps memory of its own.
_THREADS: Final = 2
# Bounds of waitress: connections that are open, and how long one may take or give nothing.
_SETTINGS: Final[dict[str, Any]] = {
    "threads": _THREADS + MOST_STREAMS,
    "connection_limit": 64,
    "backlog": 64,
    # Reads on while a request is answered: otherwise the end of a connection is not noticed.
    "channel_request_lookahead": 1,
    "channel_timeout": 30,
    "cleanup_interval": 10,
    "max_request_header_size": 16384,
    "max_request_body_size": SLICE_BYTES + 1,  # waitress refuses what has as many
    # What is refused was read before: 64 times 64 KiB in memory, the rest in /tmp.
    "inbuf_overflow": 65536,
    "ident": None,
    "log_socket_errors": False,
    "asyncore_use_poll": True,
}


def serve(home: Home, listen: str | None) -> int:
    """Serve the page until SIGTERM or Ctrl-C.

    listen: HOST:PORT; None: the sockets of the service manager, and only until nobody has looked
    for five minutes. CommandError says why it cannot.
    """
    try:
        from waitress.server import create_server
    except ImportError as error:
        raise CommandError(
            Exit.UNAVAILABLE,
            "the page needs the Python package waitress (Debian: python3-waitress, or"
            " `pip install netrelay[page]`)",
        ) from error
    sockets = [_listener(listen)] if listen is not None else passed_listeners()
    if not sockets:
        raise CommandError(
            Exit.USAGE,
            "no socket is passed by a service manager; --listen HOST:PORT says where to listen,"
            " such as --listen 127.0.0.1:7480",
        )
    # It warns of each request that waits: strangers would write the journal.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    application = PageApplication(home)
    server = create_server(application, sockets=sockets, **_SETTINGS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if listen is None:
        threading.Thread(target=_end_when_idle, args=(application,), daemon=True).start()
    else:
        host, port = sockets[0].getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"the page is at http://{shown}:{port}/ (Ctrl-C stops it)")
        sys.stdout.flush()
    try:
        server.run()
    finally:
        application.streams.stop()
    return Exit.OK


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _end_when_idle(application: PageApplication) -> None:
    """End this process once nobody has asked for five minutes and no stream is open."""
    while time.monotonic() - application.asked_s < IDLE_S or application.streams.number:
        time.sleep(_LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _listener(listen: str) -> socket.socket:
    try:
        host, port = read_host_and_port(listen)
        if port is None:
            raise ValueError(f"{listen!r} has no port; allowed: an address with :PORT behind it")
        family, local = literal_address(host, port)
    except (ValueError, OSError) as error:
        raise CommandError(Exit.USAGE, f"--listen: {error}") from error
    made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(local)
    except OSError as error:
        made.close()
        raise CommandError(Exit.UNAVAILABLE, f"--listen {listen}: {error.strerror}") from error
    return made
