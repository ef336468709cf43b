"""The page of a running node: a process of its own, asked over real connections."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from netrelay.cli.page.control_channel import SLICE_BYTES, SOCKET_NAME
from netrelay.cli.page.sessions import form_token
from tests.cli.command_line import CHECKOUT, CommandLine
from tests.story.nodes import KIB, MIB, Homes, free_address, wait_for

PORT = 7480
MOST_BYTES = 100 * KIB
CONTROL_PASSWORD = "zebra umbrella"


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
def running(line: CommandLine, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the page for the block; it ends well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "netrelay", *arguments],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "NETRELAY_HOME": str(line.home.path),
            "NETRELAY_RUNTIME_DIRECTORY": str(line.runtime),
        },
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)


@contextmanager
def served(line: CommandLine) -> Iterator[tuple[str, int]]:
    """Yield the address and the process id of the page."""
    address = free_address()
    with running(line, "page", "--listen", f"{address}:{PORT}") as page:
        wait_for("the page", lambda: listens(address))
        yield address, page.pid


@contextmanager
def controlled(line: CommandLine) -> Iterator[None]:
    """Run the process that acts for the page, with `CONTROL_PASSWORD`."""
    config = line.home.config
    config.write_text(config.read_text().replace("control = false", "control = true"))
    set_ = line.start("page", "control-password", given=f"{CONTROL_PASSWORD}\n".encode())
    assert set_.code == 0, set_
    with running(line, "page", "control"):
        wait_for("the process that acts", lambda: (line.runtime / SOCKET_NAME).exists())
        yield


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


def test_who_knows_the_second_password_acts(homes: Homes) -> None:
    shelf, boat = homes.pair()
    for node in (shelf, boat):
        node.start()
    # It needs no key. The other end keeps the connection.
    hidden = shelf.home.keys.with_name("hidden")
    with controlled(shelf.line), served(shelf.line) as (address, _):
        shelf.home.keys.rename(hidden)
        form = urlencode({"person": "Anna", "password": CONTROL_PASSWORD})
        status, cookie, _ = post(address, "/control/sign-in", form)
        assert status == 303
        token = form_token(cookie.partition("=")[2])

        def act(verb: str, **fields: str) -> str:
            form = urlencode({"token": token, "verb": verb, **fields})
            _, _, body = post(address, "/control/act", form, Cookie=cookie)
            return body

        def sliced(body: bytes, **query: object) -> dict[str, object]:
            path = f"/control/upload?{urlencode(query)}"
            headers = {"Cookie": cookie, "X-Token": token}
            found: dict[str, object] = json.loads(post(address, path, body, **headers)[2])
            assert found["is_done"], found
            return found

        # A part of a file is in no drop folder, and goes when the process that acts ends.
        content = os.urandom(SLICE_BYTES + 1)
        at = sliced(b"", peer="boat", name="<i>sent.bin", total=len(content))
        at = sliced(content[:SLICE_BYTES], upload=at["upload"], offset=0)
        assert not [path for path in shelf.home.drop.rglob("*") if path.is_file()]
        at = sliced(content[SLICE_BYTES:], upload=at["upload"], offset=SLICE_BYTES)
        assert at["is_whole"]
        came = boat.home.inbox / "shelf" / "<i>sent.bin"
        wait_for("the file", came.exists)
        assert came.read_bytes() == content
        assert "is paused" in act("pause", peer="boat")
        shelf.line.good("message", "--to", "boat", "held")
        job = shelf.number("SELECT max(job) FROM jobs WHERE kind = 'text'")
        assert "is cancelled" in act("cancel", job=str(job))
        assert "taken back by Anna" in shelf.line.good("trace", str(job))
        assert "is tried again" in act("retry", job=str(job))
        assert "asked for by Anna" in shelf.line.good("trace", str(job))
        assert "is sent to again" in act("resume", peer="boat")
        assert "no peer" in act("pause", peer="nobody")
        wait_for("the text", lambda: "held" in boat.line.good("inbox"))
        assert "Anna asked on the page: pause boat" in shelf.line.good("logs")
    hidden.rename(shelf.home.keys)
    assert [node.errors() for node in (shelf, boat)] == [[], []]


def post(address: str, path: str, body: str | bytes, **headers: str) -> tuple[int, str, str]:
    """Return status, cookie and body of one form of this page."""
    asked = http.client.HTTPConnection(address, PORT, timeout=60)
    try:
        asked.request("POST", path, body, {"Origin": f"http://{address}:{PORT}", **headers})
        answer = asked.getresponse()
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
        return answer.status, cookie, answer.read().decode()
    finally:
        asked.close()
