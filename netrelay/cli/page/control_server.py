"""The process that acts for the page: as the node's user, at a socket for the page alone."""

import os
import selectors
import signal
import socket
import sys
from contextlib import closing, suppress
from typing import Any, Final, NoReturn

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.page.control_channel import (
    SLICE_BYTES,
    ChannelError,
    receive,
    receive_bytes,
    send,
    socket_path,
)
from netrelay.cli.page.control_desk import ControlDesk
from netrelay.cli.permission import require_owner
from netrelay.runtime.clock import system_clock
from netrelay.runtime.held_sockets import passed_listeners
from netrelay.runtime.home import Home

IDLE_S: Final = 300.0
# The page reads a request whole before it passes it on, so it is silent only if it has died.
_SILENCE_S: Final = 10.0
_BACKLOG: Final = 16


def serve_control(home: Home) -> int:
    """Serve until SIGTERM or Ctrl-C, or, at a socket of the service manager, for five idle minutes.

    Without a socket that is passed it listens in the runtime directory of the node.
    """
    require_owner(home, "may not act for its page")
    passed = passed_listeners([socket.AF_UNIX])
    listener = passed[0] if passed else _listener(home)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    desk = ControlDesk(home, system_clock())
    if not passed:
        is_on = "the page may act for who knows its second password"
        print(f"{desk.why_off() or is_on} (Ctrl-C stops this)")
        sys.stdout.flush()
    with closing(desk), selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while selector.select(IDLE_S if passed else None):
            with suppress(OSError):
                channel, _ = listener.accept()
                with channel:
                    answer_one(desk, channel)
    return Exit.OK


def answer_one(desk: ControlDesk, channel: socket.socket) -> None:
    """Answer one request; what is no request, or is not sent to its end, is dropped."""
    channel.settimeout(_SILENCE_S)
    with suppress(ChannelError, OSError):
        request = receive(channel)
        length = request.get("body_bytes", 0)
        if type(length) is not int or not 0 <= length <= SLICE_BYTES:
            send(channel, {"is_done": False, "words": f"allowed: slices of {SLICE_BYTES} bytes"})
            return
        send(channel, desk.answer(request, receive_bytes(channel, length)))


def _listener(home: Home) -> socket.socket:
    home.make_runtime()
    path = socket_path(home)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    with suppress(FileNotFoundError):
        path.unlink()
    mask = os.umask(0o177)
    try:
        made.bind(str(path))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise CommandError(Exit.UNAVAILABLE, f"{path}: {error.strerror}") from error
    finally:
        os.umask(mask)
    return made


def _end(*_: Any) -> NoReturn:
    raise SystemExit(0)
