"""A peer that lost its power says nothing any more: the kernel gives it up in bounded time.

Between two network namespaces, one of which loses its cable: no packet comes back, not even a
refusal. Needs root rights and ip(8).
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
from netrelay.link.dial import dial

PATIENCE_S = 30.0  # a bound for a broken test, not a measure
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
    os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root rights and ip(8)"
)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True)


@pytest.fixture
def far() -> Iterator[str]:
    """A namespace with a listener, at the other end of a cable; gives its name."""
    # The kernel takes its time to forget a name.
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
        # First the cable: the namespace lives as long as a connection in it.
        subprocess.run(["ip", "link", "delete", cable], timeout=20, capture_output=True)
        ip("netns", "delete", namespace)


@pytest.fixture
def connection(far: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection to it, with the same options as any and shorter times."""
    for name in ("KEEPALIVE_IDLE_S", "KEEPALIVE_INTERVAL_S", "KEEPALIVE_COUNT", "TIMEOUT_S"):
        monkeypatch.setattr(socket_options, name, _SHORT_S)
    with dial(_THERE, 7412) as connecting:
        _, ready, _ = select.select([], [connecting], [], PATIENCE_S)
        assert ready
        assert connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        yield connecting


@pytest.mark.parametrize("said", [b"", b"a frame"], ids=["idle", "something unacknowledged"])
def test_a_peer_without_power_is_given_up(far: str, connection: socket.socket, said: bytes) -> None:
    ip("-n", far, "link", "set", "cable", "down")
    if said:
        assert connection.send(said) == len(said)
    ready, _, _ = select.select([connection], [], [], PATIENCE_S)
    assert ready, "it was never given up"
    with pytest.raises(OSError) as caught:
        connection.recv(1)
    assert caught.value.errno in (errno.ETIMEDOUT, errno.EHOSTUNREACH)
