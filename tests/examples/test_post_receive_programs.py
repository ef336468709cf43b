"""The programs of examples/ for post_receive, with the variables that exporter gives them."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.command_line import CHECKOUT

EXAMPLES = CHECKOUT / "examples"
# What a peer may choose: an option, a host, a line, a formula, what a shell would run.
HOSTILE_NAME = "_--delete host:x\u2028$(touch owned);'\"=1 & .csv"
_RECORD = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done > "$0.words"
[ "${0##*/}" = rsync ] || cat > "$0.input"
exit "$(cat "$0.status")"
"""


class Arrival:
    """A file in the inbox of a home, for which an example is run."""

    def __init__(self, folder: Path, name: str = HOSTILE_NAME, content: bytes = b"content") -> None:
        self.home = folder / "home"
        self.programs = folder / "programs"
        self.path = self.home / "inbox" / "boat" / name
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.programs.mkdir(exist_ok=True)
        self.path.write_bytes(content)

    def run(self, program: str, **constants: str) -> subprocess.CompletedProcess[str]:
        """Run an example, with other constants at its top."""
        text = (EXAMPLES / program).read_text(encoding="utf-8")
        for name, value in constants.items():
            line = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
            text = text.replace(line, f"{name} = {value}")
        copied = self.programs / program
        copied.write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, copied],
            cwd="/",
            env={
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "LANG": "C.UTF-8",
                "NETRELAY_HOME": str(self.home),
                "NETRELAY_SOURCE": "boat",
                "NETRELAY_SOURCE_ID": "b" * 32,
                "NETRELAY_PATH": str(self.path),
                "NETRELAY_NAME": self.path.name,
                "NETRELAY_KIND": "file",
                "NETRELAY_SIZE_BYTES": str(self.path.stat().st_size),
                "NETRELAY_MTIME_NS": "1",
                "NETRELAY_JOB": "7",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def install(self, name: str, status: int) -> Path:
        """Put a program on PATH that records its words and ends with a status; return its path."""
        path = self.programs / name
        path.write_text(_RECORD)
        path.chmod(0o755)
        path.with_name(f"{name}.status").write_text(str(status))
        return path


@pytest.fixture(name="arrival")
def _arrival(tmp_path: Path) -> Arrival:
    return Arrival(tmp_path)


def failed_with(run: subprocess.CompletedProcess[str], words: str) -> bool:
    lines = run.stderr.splitlines()
    return run.returncode != 0 and len(lines) == 1 and words in lines[0]


@pytest.fixture(name="server")
def _server() -> Iterator[tuple[HTTPServer, list[bytes]]]:
    """Yield a web server, and what was posted to it; /refused is refused."""
    posted: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503 if self.path == "/refused" else 204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server, posted
        server.shutdown()
        thread.join()


def test_a_web_server_is_told(arrival: Arrival, server: tuple[HTTPServer, list[bytes]]) -> None:
    at = f"http://127.0.0.1:{server[0].server_port}"
    run = arrival.run("arrival_webhook.py", URL=repr(f"{at}/arrived"))
    assert (run.returncode, run.stderr) == (0, "")
    (posted,) = server[1]
    assert json.loads(posted) == {
        "source": "boat",
        "name": HOSTILE_NAME,
        "kind": "file",
        "size_bytes": 7,
        "job": 7,
    }
    assert failed_with(arrival.run("arrival_webhook.py", URL=repr(f"{at}/refused")), "503")


def test_a_web_server_that_is_down(arrival: Arrival) -> None:
    run = arrival.run("arrival_webhook.py", URL="'http://127.0.0.1:1/arrived'")
    assert failed_with(run, "Connection refused")


def test_a_broker_is_told(arrival: Arrival) -> None:
    program = arrival.install("mosquitto_pub", 0)
    run = arrival.run("arrival_mqtt.py")
    assert (run.returncode, run.stderr) == (0, "")
    words = program.with_name("mosquitto_pub.words").read_text().splitlines()
    assert words == ["-h", "127.0.0.1", "-q", "1", "-t", "netrelay/arrived/boat", "-s"]
    told = json.loads(program.with_name("mosquitto_pub.input").read_text())
    assert told == {"name": HOSTILE_NAME, "kind": "file", "size_bytes": 7, "job": 7}
    arrival.install("mosquitto_pub", 5)
    assert failed_with(arrival.run("arrival_mqtt.py"), "exit status 5")


def test_it_is_passed_on(arrival: Arrival) -> None:
    program = arrival.install("rsync", 0)
    run = arrival.run("pass_on_arrival.py")
    assert (run.returncode, run.stderr) == (0, "")
    words = program.with_name("rsync.words").read_text().removesuffix("\n").split("\n")
    assert words[words.index("--") + 1 :] == [
        str(arrival.path),
        "backup@nas.local:arrived/boat/",
    ]
    arrival.install("rsync", 23)
    assert failed_with(arrival.run("pass_on_arrival.py"), "exit status 23")


def test_a_table_has_each_arrival_once(arrival: Arrival) -> None:
    for _ in range(2):
        run = arrival.run("arrival_table.py")
        assert (run.returncode, run.stderr) == (0, "")
    table = arrival.home / "arrivals.db"
    with closing(sqlite3.connect(table)) as database:
        rows = database.execute("SELECT job, path, source, kind, size_bytes FROM arrivals")
        assert rows.fetchall() == [(7, str(arrival.path), "boat", "file", 7)]
    table.write_bytes(b"no database" * 100)
    assert failed_with(arrival.run("arrival_table.py"), "not a database")


def packed_tar(*entries: tuple[str, bytes]) -> bytes:
    """Return a tar file; the content of a link is what it points to."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            if name.endswith(".link"):
                entry.type, entry.linkname = tarfile.SYMTYPE, content.decode()
                archive.addfile(entry)
                continue
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def packed_zip(*entries: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def damaged(content: bytes) -> bytes:
    """Return an archive with 16 other bytes in its first half."""
    at = len(content) // 3
    return content[:at] + bytes(byte ^ 0x55 for byte in content[at : at + 16]) + content[at + 16 :]


needs_filter = pytest.mark.skipif(
    not hasattr(tarfile, "data_filter"), reason="this Python has no tarfile.data_filter"
)


@needs_filter
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar.gz", packed_tar(("in/b", b"bytes"))),
        ("A.ZIP", packed_zip(("in/b", b"bytes"))),
    ],
    ids=["tar", "zip"],
)
def test_an_archive_is_unpacked(tmp_path: Path, name: str, content: bytes) -> None:
    arrival = Arrival(tmp_path, name, content)
    for _ in range(2):
        run = arrival.run("unpack_arrival.py")
        assert (run.returncode, run.stderr) == (0, "")
    folder = arrival.home / "unpacked" / "boat"
    assert [each.name for each in folder.iterdir()] == ["7"]
    assert (folder / "7" / "in" / "b").read_bytes() == b"bytes"


@needs_filter
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.tgz", packed_tar(("../../out", b"x")), "outside the destination"),
        ("a.tgz", packed_tar(("a.link", b"../../.."), ("a.link/out", b"x")), "outside"),
        ("a.tgz", packed_tar(("a.link", b"/")), "absolute"),
        ("a.tgz", b"no archive", "not be opened"),
        ("a.tgz", packed_tar(("a", b"x" * 90_000))[:-40], "end"),
        ("a.tgz", damaged(packed_tar(("a", bytes(range(256)) * 400))), ""),
        ("a.zip", b"no archive", "not a zip file"),
        ("a.zip", damaged(packed_zip(("a", b"x" * 500))), ""),
        ("a.tgz", packed_tar(("a", b"12345"), ("b", b"12345")), "more than"),
        ("a.zip", packed_zip(("a", b"12345"), ("b", b"12345")), "more than"),
        ("a.zip", packed_zip(*((str(n), b"") for n in range(4))), "more than 3 entries"),
    ],
    # Archives hold the time, and two processes that share the tests have to name them alike.
    ids=[
        *("tar-upwards", "tar-through-link", "tar-link", "no-tar", "tar-cut-off", "tar-damaged"),
        *("no-zip", "zip-damaged", "tar-large", "zip-large", "zip-many"),
    ],
)
def test_a_hostile_archive_leaves_nothing(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    arrival = Arrival(tmp_path, name, content)
    bounds = {"MOST_BYTES": "9", "MOST_ENTRIES": "3"} if "more than" in words else {}
    run = arrival.run("unpack_arrival.py", **bounds)
    assert failed_with(run, words), run.stderr
    assert list((arrival.home / "unpacked" / "boat").iterdir()) == []
    assert not list(tmp_path.rglob("out"))


@needs_filter
def test_what_leads_out_of_a_zip_stays_inside(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path, "a.zip", packed_zip(("../../out", b"x"), ("/out", b"y")))
    arrival.run("unpack_arrival.py")
    inside = arrival.home / "unpacked" / "boat" / "7" / "out"
    assert list(tmp_path.rglob("out")) == [inside]


def test_what_is_no_archive_is_left_alone(arrival: Arrival) -> None:
    assert arrival.run("unpack_arrival.py").returncode == 0
    assert not (arrival.home / "unpacked").exists()


@pytest.mark.parametrize("program", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_it_can_be_run(program: Path) -> None:
    assert os.access(program, os.X_OK)
    assert program.read_text(encoding="utf-8").startswith("#!/usr/bin/python3\n")
    assert f"`{program.name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
