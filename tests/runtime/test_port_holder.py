"""The holder of a port: a program, or a process of netrelay with its home."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.link.listen import listen
from netrelay.runtime.port_holder import port_holder

_LISTEN = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


def this_program() -> str:
    comm = Path("/proc/self/comm").read_text().strip()
    return f"{comm} (pid {os.getpid()})"


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[tuple[int, int]]:
    """Yield port and pid of a program with the command line of netrelay's receiver."""
    command = [sys.executable, "-c", _LISTEN, "127.0.0.1", "run", "receiver", "--home", "/h\x1b/b"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        yield int(program.stdout.readline()), program.pid
        program.communicate()


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("::1", "::"),
        ("127.0.0.1", "::"),
    ],
)
def test_a_program_is_named(held: str, wanted: str) -> None:
    with listen(held, 0) as listener:
        assert port_holder(wanted, listener.getsockname()[1]) == this_program()


def test_a_process_of_netrelay_is_named_with_its_node(receiver: tuple[int, int]) -> None:
    port, pid = receiver
    assert port_holder("127.0.0.1", port) == rf"receiver of the node in /h\x1b/b (pid {pid})"


def test_another_address_does_not_hold_the_port() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert port_holder("127.0.0.2", listener.getsockname()[1]) == ""


def test_a_port_that_nobody_has_has_no_holder() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    assert port_holder("127.0.0.1", port) == ""
