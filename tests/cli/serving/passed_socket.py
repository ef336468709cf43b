"""A command that serves at a socket which a service manager passes, and ends when nobody asks."""

import os
import socket
import subprocess
import sys

from netrelay.cli.serving import http_server
from tests.cli.command_line import CHECKOUT, CommandLine

_SERVED = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
from netrelay.cli.serving import http_server
http_server.IDLE_S, http_server._LOOK_S = 3.0, 0.1
from netrelay.cli.main import main
sys.exit(main(["--home", *sys.argv[1:]]))
"""


def answer_of(line: CommandLine, words: list[str], request: bytes) -> bytes:
    """Return what the command answers; it was not running, and has ended with 0 on return.

    The socket has to be there for the next start.
    """
    assert http_server.IDLE_S == 300
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        asked = socket.create_connection(listener.getsockname())
        asked.sendall(request)
        with subprocess.Popen(
            [sys.executable, "-c", _SERVED, str(line.home.path), *words],
            cwd=CHECKOUT,
            env={**os.environ, "LISTEN_FDS": "1"},
            pass_fds=(3,),
            preexec_fn=lambda: os.dup2(listener.fileno(), 3),
        ) as served:
            with asked, asked.makefile("rb") as answer:
                said = answer.read()
            assert served.wait(60) == 0
        socket.create_connection(listener.getsockname()).close()
    return said
