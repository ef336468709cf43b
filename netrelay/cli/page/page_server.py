"""The process of the page: what is served, and where."""

from typing import Final

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.page.control_channel import SLICE_BYTES
from netrelay.cli.page.event_stream import MOST_STREAMS
from netrelay.cli.page.page_application import PageApplication
from netrelay.cli.serving.http_server import Served, find_listeners
from netrelay.cli.serving.http_server import serve as serve_http
from netrelay.runtime.home import Home

# A page takes some 70 ms of one core.
_THREADS: Final = 2


def serve(home: Home, listen: str | None) -> int:
    """Serve the page until SIGTERM or Ctrl-C.

    listen: HOST:PORT; None: the sockets of the service manager, and only until nobody has looked
    for five minutes. CommandError says why it cannot.
    """
    listeners = find_listeners("--listen", listen)
    if not listeners.sockets:
        raise CommandError(
            Exit.USAGE,
            "no socket is passed by a service manager; --listen HOST:PORT says where to listen,"
            " such as --listen 127.0.0.1:7480",
        )
    application = PageApplication(home)
    served = Served("page", "/", application, _THREADS + MOST_STREAMS, SLICE_BYTES)
    try:
        serve_http(served, listeners)
    finally:
        application.streams.stop()
    return Exit.OK
