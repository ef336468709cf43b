"""Half-open connections: the kernel detects within bounded time that a peer lost its power.

Two network namespaces are joined by a veth pair, and one end is set down: no packet comes back, not
even an RST. Needs root and ip(8).
"""

import errno
import os
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest

from netrelay.link import socket_options
from netrelay.link.call_probes import is_probe_unanswered, is_unanswered
from netrelay.link.dial import dial

PATIENCE_S = 30.0  # time limit of a failing test
_SHORT_S = 1
_numbers = count(1)
_HERE, _THERE = "10.211.17.1", "10.211.17.2"
_LISTEN = """
import socket, sys
listener = socket.create_server((sys.argv[1], 7412))
print("listening", flush=True)
connections = []
while True:
    connections.append(listener.accept())
"""

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and ip(8)"
)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True)


@pytest.fixture
def far() -> Iterator[str]:
    """Yield the name of a namespace with a listener, at the other end of a veth pair."""
    # The kernel frees a name with a delay, so each test has its own.
    number = next(_numbers)
    namespace, cable = f"netrelay-{os.getpid()}-{number}", f"nr{os.getpid()}-{number}"
    try:
        ip("netns", "add", namespace)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        ip("link", "add", cable, "type", "veth", "peer", "name", "cable", "netns", namespace)
        ip("address", "add", f"{_HERE}/30", "dev", cable)
        ip("link", "set", cable, "up")
        ip("-n", namespace, "address", "add", f"{_THERE}/30", "dev", "cable")
        ip("-n", namespace, "link", "set", "cable", "up")
        with subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, "-c", _LISTEN, _THERE],
            stdout=subprocess.PIPE,
        ) as listener:
            try:
                assert listener.stdout is not None
                assert listener.stdout.readline() == b"listening\n"
                yield namespace
            finally:
                listener.kill()
    finally:
        # Delete the veth pair first: an open connection keeps a namespace alive.
        subprocess.run(["ip", "link", "delete", cable], timeout=20, capture_output=True)
        ip("netns", "delete", namespace)


@pytest.fixture
def connection(far: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Yield a connection to it, with the usual options and the shortest times."""
    for name in ("KEEPALIVE_IDLE_S", "KEEPALIVE_INTERVAL_S", "KEEPALIVE_COUNT", "TIMEOUT_S"):
        monkeypatch.setattr(socket_options, name, _SHORT_S)
    with dial(_THERE, 7412) as connecting:
        _, ready, _ = select.select([], [connecting], [], PATIENCE_S)
        assert ready
        assert connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        yield connecting


@pytest.mark.parametrize(
    "unacknowledged", [b"", b"a frame"], ids=["idle", "something unacknowledged"]
)
def test_a_peer_without_power_is_detected(
    far: str, connection: socket.socket, unacknowledged: bytes
) -> None:
    assert not is_unanswered(connection)
    ip("-n", far, "link", "set", "cable", "down")
    if unacknowledged:
        assert connection.send(unacknowledged) == len(unacknowledged)
    ready, _, _ = select.select([connection], [], [], PATIENCE_S)
    assert ready, "it was never detected"
    with pytest.raises(OSError) as caught:
        connection.recv(1)
    assert caught.value.errno in (errno.ETIMEDOUT, errno.EHOSTUNREACH)
    assert is_unanswered(connection), "told apart from an end by the peer"
    assert is_probe_unanswered(connection) is not bool(unacknowledged)
