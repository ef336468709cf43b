"""`netrelay metrics --listen`: where, for whom, and its end when nobody asks."""

import select
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress

import pytest

from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.serving.passed_socket import answer_of


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def configure(line: CommandLine, listen: str, allowed: str = '["127.0.0.1"]') -> None:
    text = line.home.config.read_text()
    before = text.partition("[metrics]")[0]
    line.home.config.write_text(f"{before}[metrics]\nlisten = {listen}\nfrom = {allowed}\n")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_without_a_place_it_says_what_is_missing(shelf: CommandLine) -> None:
    code, said = shelf.bad("metrics", "--listen")
    assert (code, "[metrics] of netrelay.toml names no place" in said) == (64, True)
    code, said = shelf.bad("metrics", "--listen", "127.0.0.1")
    assert (code, "--listen is '127.0.0.1'; allowed: an IPv4 or IPv6 address with a" in said) == (
        64,
        True,
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        configure(shelf, f'"{place}"')
        code, said = shelf.bad("metrics", "--listen")
    assert (code, f"[metrics] listen {place}: Address already in use" in said) == (69, True)


def test_options_that_do_not_fit(shelf: CommandLine) -> None:
    for named, words in (
        ("--listen", ("--listen", "127.0.0.1:0")),
        ("--textfile", ("--listen", "127.0.0.1:7481", "--textfile", "a.prom")),
        ("'everybody'", ("--listen", "127.0.0.1:7481", "--from", "everybody")),
        ("--from", ("--from", "127.0.0.1")),
    ):
        code, said = shelf.bad("metrics", *words)
        assert (code, named in said) == (64, True), said


@pytest.mark.parametrize(
    ("listen", "allowed"),
    [
        ('"7481"', '["127.0.0.1"]'),
        ('"shelf.local:7481"', '["127.0.0.1"]'),
        ("7481", '["127.0.0.1"]'),
        ('"127.0.0.1:7481"', "[]"),
        ('"127.0.0.1:7481"', '["everybody"]'),
        ('"127.0.0.1:7481"', '["192.168.1.7/24"]'),
        ('"127.0.0.1:7481"', '"127.0.0.1"'),
    ],
)
def test_a_configuration_that_cannot_be_used(shelf: CommandLine, listen: str, allowed: str) -> None:
    configure(shelf, listen, allowed)
    code, said = shelf.bad("metrics", "--listen")
    assert (code, "metrics." in said and "allowed: " in said) == (78, True), said


def test_it_answers_where_the_configuration_says(shelf: CommandLine) -> None:
    port = free_port()
    configure(shelf, f'"127.0.0.1:{port}"')
    command = [sys.executable, "-m", "netrelay", "--home", str(shelf.home.path), "metrics"]
    with subprocess.Popen(
        [*command, "--listen"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        try:
            place = f"http://127.0.0.1:{port}/metrics"
            assert served.stdout.readline() == f"metrics at {place} until Ctrl-C\n"
            with urllib.request.urlopen(place, timeout=30) as answer:
                assert b"netrelay_node_info" in answer.read()
        finally:
            served.terminate()
        assert served.wait(30) == 0


# What systemd does: the socket is descriptor 3, and the variables name the process that gets it.
def test_it_answers_at_a_passed_socket_and_ends_when_nobody_asks(shelf: CommandLine) -> None:
    # A socket that is passed goes before it.
    configure(shelf, f'"127.0.0.1:{free_port()}"')
    # Sent ahead: the second one is dropped.
    twice = b"GET /metrics HTTP/1.1\r\nHost: shelf\r\n\r\n" * 2
    answer = answer_of(shelf, ["metrics", "--listen"], twice)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 1


def test_strangers_that_send_without_end_do_not_keep_a_monitor_out(shelf: CommandLine) -> None:
    """More of them than connections may be open, each of which sends a header now and then."""
    port = free_port()
    configure(shelf, f'"127.0.0.1:{port}"')
    strangers: list[socket.socket] = []
    command = [sys.executable, "-m", "netrelay", "--home", str(shelf.home.path), "metrics"]
    with (
        subprocess.Popen([*command, "--listen"], cwd=CHECKOUT, stdout=subprocess.PIPE) as served,
        ExitStack() as opened,
    ):
        opened.callback(served.terminate)
        assert served.stdout is not None
        served.stdout.readline()
        for _ in range(70):
            stranger = socket.create_connection(("127.0.0.1", port), 30, ("127.0.0.3", 0))
            opened.enter_context(stranger)
            strangers.append(stranger)
            stranger.sendall(b"GET /metrics HTTP/1.1\r\n")
        monitor = opened.enter_context(socket.create_connection(("127.0.0.1", port), 30))
        monitor.sendall(b"GET /metrics HTTP/1.1\r\nHost: shelf\r\n\r\n")
        end_s = time.monotonic() + 60
        while not select.select([monitor], [], [], 0.5)[0]:
            assert time.monotonic() < end_s, "strangers hold all connections"
            for stranger in strangers:
                with suppress(OSError):
                    stranger.sendall(b"A: b\r\n")
        assert monitor.recv(15) == b"HTTP/1.1 200 OK"
