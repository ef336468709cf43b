"""The page of a running node: a process of its own, asked over real connections."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.command_line import CHECKOUT, CommandLine
from tests.story.nodes import KIB, MIB, Homes, free_address, wait_for

PORT = 7480
MOST_BYTES = 100 * KIB


def get(address: str, path: str, **headers: str) -> tuple[int, str]:
    """Return status and body of one request."""
    asked = http.client.HTTPConnection(address, PORT, timeout=30)
    try:
        asked.request(
            "GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()}
        )
        answer = asked.getresponse()
        return answer.status, answer.read().decode()
    finally:
        asked.close()


@contextmanager
def served(line: CommandLine) -> Iterator[tuple[str, int]]:
    """Yield the address and the process id of the page."""
    address = free_address()
    page = subprocess.Popen(
        [sys.executable, "-m", "netrelay", "page", "--listen", f"{address}:{PORT}"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "NETRELAY_HOME": str(line.home.path),
            "NETRELAY_RUNTIME_DIRECTORY": str(line.runtime),
        },
    )
    try:
        wait_for("the page", lambda: listens(address))
        yield address, page.pid
        page.send_signal(signal.SIGTERM)
        assert page.wait(20) == 0
    finally:
        page.kill()
        page.wait(20)


def listens(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, PORT)) == 0


def test_the_page_of_a_running_node(homes: Homes) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    dropped = shelf.drop("boat", "<b>photo & 'more'.jpg", os.urandom(3 * MIB))
    boat.wait_for_delivery("shelf", dropped)
    wait_for("the receipt", lambda: "delivered" in shelf.line.good("jobs", "--done"))
    # Nothing that it shows needs a key, or a folder of anybody's files.
    hidden = shelf.home.keys.with_name("hidden")
    shelf.home.keys.rename(hidden)
    with served(shelf.line) as (address, pid):
        pages = crawl(address)
        assert {"/", "/jobs", "/inbox", "/node", "/peers/boat"} < set(pages)
        (job,) = [path for path in pages if re.fullmatch(r"/jobs/\d+", path)]
        assert "All eight processes run" in pages["/"]
        assert "was delivered" in pages[job]
        assert "&lt;b&gt;photo &amp; &#x27;more&#x27;.jpg" in pages[job]
        assert not any("<b>photo" in body for body in pages.values())
        first = ("/", "/style.css", "/live.js", "/icon.svg")
        assert sum(len(get(address, path)[1].encode()) for path in first) < MOST_BYTES
        assert get(address, "/", Host="evil.example")[0] == 421
        assert get(address, "/", Origin="http://evil.example")[0] == 403
        if os.geteuid() == 0:
            assert asked_as_a_stranger(address) == 403
        # It stays out of the node's folders, but for its database.
        opened = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
        inside = {path for path in opened if path.startswith(f"{shelf.home.path}/")}
        assert all("/netrelay.db" in path for path in inside), inside
        watch_a_change(address, lambda: shelf.drop("boat", "second.txt", b"more"))
    hidden.rename(shelf.home.keys)
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def crawl(address: str) -> dict[str, str]:
    """Return every page that a link leads to; each answers."""
    pages: dict[str, str] = {}
    left = ["/"]
    while left:
        path = left.pop()
        status, pages[path] = get(address, path)
        assert status == 200, path
        found = re.findall(r' (?:href|src)="([^"#]+)"', pages[path])
        left += [each for each in dict.fromkeys(found) if each not in pages and each not in left]
    return pages


def asked_as_a_stranger(address: str) -> int:
    """Return the status that a user outside of the node's group gets over loopback."""
    found, told = os.pipe()
    child = os.fork()
    if child == 0:
        # This process ends here, whatever happens: it is a copy of the tests.
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            os.write(told, str(get(address, "/")[0]).encode())
        finally:
            os._exit(0)
    os.close(told)
    os.waitpid(child, 0)
    with open(found, "rb") as answer:  # noqa: PTH123 -- a descriptor
        return int(answer.read())


def watch_a_change(address: str, act: Callable[[], object]) -> None:
    """Open the stream of changes, act, and read that something has changed."""
    asked = http.client.HTTPConnection(address, PORT, timeout=60)
    asked.request("GET", "/events")
    answer = asked.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream"
    act()
    while answer.readline() != b"event: changed\n":
        pass
    asked.close()
