"""`netrelay page`: its password, and what it says when it cannot serve."""

import os
import pty
import socket
import subprocess
import sys

import pytest

from netrelay.provisioning.system.page_password import is_right, read_password
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.serving.passed_socket import answer_of


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def test_the_password_is_one_line_of_a_pipe(shelf: CommandLine) -> None:
    run = shelf.start("page", "password", given=b"correct horse\nmore\n")
    assert run.code == 0, run
    stored = read_password(shelf.home)
    assert stored is not None
    assert is_right(stored, "correct horse")
    short = shelf.start("page", "password", given=b"short\n")
    assert short.code == 65
    assert "allowed: 8 characters to 1024 bytes" in short.err
    assert read_password(shelf.home) == stored


@pytest.mark.parametrize(("second", "code"), [("correct horse", 0), ("correct hose", 65)])
def test_a_person_types_it_twice(shelf: CommandLine, second: str, code: int) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "netrelay", "--home", str(shelf.home.path), "page", "password"],
        cwd=CHECKOUT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as typed:
        os.close(theirs)
        shown = b""
        for line in ("correct horse", second):
            while not shown.endswith(b": "):
                shown += os.read(ours, 1024)
            os.write(ours, f"{line}\n".encode())
            shown = b""
        while piece := _rest(ours):
            shown += piece
        assert typed.wait(30) == code
    os.close(ours)
    # What is typed is not shown.
    assert b"correct" not in shown
    assert (read_password(shelf.home) is not None) == (code == 0)


def _rest(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:  # the other side is closed
        return b""


def test_it_says_why_it_cannot_listen(shelf: CommandLine) -> None:
    code, said = shelf.bad("page")
    assert (code, "--listen HOST:PORT" in said) == (64, True)
    for wrong in ("127.0.0.1", "127.0.0.1:0", "elsewhere:x", "7480", "localhost:7480"):
        code, said = shelf.bad("page", "--listen", wrong)
        assert code == 64
        allowed = "allowed: an IPv4 or IPv6 address with a port from 1 to 65535"
        assert f"--listen is {wrong!r}; {allowed}" in said, said
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = shelf.bad("page", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert (code, "Address already in use" in said) == (69, True)
    assert shelf.bad("page", "password", "--listen", "127.0.0.1:7480")[0] == 64


@pytest.mark.parametrize(
    "acts", [("password", "control-password"), ("control-password", "password")]
)
def test_who_may_look_may_not_act_by_the_same_password(
    shelf: CommandLine, acts: tuple[str, str]
) -> None:
    assert shelf.start("page", acts[0], given=b"correct horse\n").code == 0
    same = shelf.start("page", acts[1], given=b"correct horse\n")
    assert (same.code, "allowed: another one" in same.err) == (65, True), same
    assert shelf.start("page", acts[1], given=b"battery staple\n").code == 0


def test_a_mistyped_word_is_answered_with_the_nearest(shelf: CommandLine) -> None:
    code, line = shelf.bad("page", "passwort")
    assert (code, "did you mean password? (allowed: password, control" in line) == (64, True), line


def test_it_says_what_is_missing(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "waitress.server", None)
    code, said = shelf.bad("page", "--listen", "127.0.0.1:7480")
    assert (code, "python3-waitress" in said) == (69, True)


# What systemd does: the socket is descriptor 3, and the variables name the process that gets it.
def test_it_answers_at_a_passed_socket_and_ends_when_nobody_looks(shelf: CommandLine) -> None:
    request = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert answer_of(shelf, ["page"], request).startswith(b"HTTP/1.1 200 OK\r\n")
