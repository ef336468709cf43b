"""Errors before the database is open: journal with fields, syslog, stderr."""

import os
import socket
import sys
import syslog
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.printable import printable
from netrelay.runtime import early_errors
from netrelay.runtime.early_errors import MESSAGE_ID, report_early

Listener = tuple[socket.socket, Path]


@pytest.fixture(autouse=True)
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide systemd-python, which would write to the journal of this machine."""
    monkeypatch.setitem(sys.modules, "systemd.journal", None)
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


@pytest.fixture
def listener(place: Path) -> Iterator[Listener]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(place / "socket"))
        receiver.setblocking(False)
        yield receiver, place / "socket"


@pytest.fixture
def syslog_lines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Return the lines that a fake syslog receives."""
    lines: list[tuple[int, str]] = []
    monkeypatch.setattr(syslog, "openlog", lambda *_: None)
    monkeypatch.setattr(syslog, "syslog", lambda level, text: lines.append((level, text)))
    return lines


def set_journal(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(early_errors, "_JOURNAL", str(path))


NASTY = "no\nway\x1b[2J\0\udcff"
SHOWN = r"no\nway\x1b[2J\x00\udcff"


def test_an_early_error_reaches_the_journal_and_stderr(
    listener: Listener,
    syslog_lines: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    receiver, path = listener
    set_journal(monkeypatch, path)
    report_early("sender", "cannot-start", NASTY)
    assert receiver.recv(1000).decode().splitlines() == [
        f"MESSAGE={SHOWN}",
        f"MESSAGE_ID={MESSAGE_ID}",
        "PRIORITY=3",
        "SYSLOG_IDENTIFIER=netrelay",
        "NETRELAY_PROCESS=sender",
        "NETRELAY_EVENT=cannot-start",
    ]
    assert capsys.readouterr().err == f"netrelay sender: {SHOWN}\n"
    assert syslog_lines == []


def test_without_a_journal_it_reaches_syslog(
    place: Path, syslog_lines: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_journal(monkeypatch, place / "absent")
    report_early("sender", "cannot-start", NASTY)
    assert syslog_lines == [(syslog.LOG_ERR, f"sender: {SHOWN}")]


def test_the_real_syslog_accepts_every_text(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_journal(monkeypatch, place / "absent")
    report_early("sender", "cannot-start", NASTY)


@pytest.mark.parametrize("how", ["none", "closed", "broken"])
def test_a_closed_stderr_is_ignored(
    how: str, place: Path, syslog_lines: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_journal(monkeypatch, place / "absent")
    reader, writer = os.pipe()
    os.close(reader)
    stream: Any = None
    if how == "none":
        os.close(writer)
    else:
        stream = os.fdopen(writer, "w")
        if how == "closed":
            stream.close()
    monkeypatch.setattr("sys.stderr", stream)
    report_early("sender", "cannot-start", "why")
    assert syslog_lines == [(syslog.LOG_ERR, "sender: why")]
    if how == "broken":
        with pytest.raises(BrokenPipeError):
            stream.close()


def test_printable_text_is_unchanged() -> None:
    assert printable("Öl für 3 € {braces} \\n") == "Öl für 3 € {braces} \\n"


def test_an_entry_has_the_name_of_the_node(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, path = listener
    set_journal(monkeypatch, path)
    report_early("sender", "cannot-start", "why", "shelf")
    assert "NETRELAY_NODE=shelf" in receiver.recv(1000).decode().splitlines()


def test_systemd_python_is_used_where_it_is_installed(
    listener: Listener,
    syslog_lines: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    receiver, path = listener
    set_journal(monkeypatch, path)
    sent: list[tuple[str, dict[str, str]]] = []
    library = types.SimpleNamespace(send=lambda line, **fields: sent.append((line, fields)))
    monkeypatch.setitem(sys.modules, "systemd", types.SimpleNamespace(journal=library))
    monkeypatch.setitem(sys.modules, "systemd.journal", library)
    report_early("sender", "config", NASTY, "shelf")
    assert sent == [
        (
            SHOWN,
            {
                "MESSAGE_ID": MESSAGE_ID,
                "PRIORITY": "3",
                "SYSLOG_IDENTIFIER": "netrelay",
                "NETRELAY_PROCESS": "sender",
                "NETRELAY_EVENT": "config",
                "NETRELAY_NODE": "shelf",
            },
        )
    ]
    with pytest.raises(BlockingIOError):
        receiver.recv(1000)


def test_another_package_called_systemd_is_ignored(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, path = listener
    set_journal(monkeypatch, path)
    monkeypatch.setitem(sys.modules, "systemd", types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "systemd.journal", types.SimpleNamespace())
    report_early("sender", "cannot-start", "why")
    assert b"MESSAGE=why" in receiver.recv(1000)


def test_stderr_is_silent_if_it_is_the_journal(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver, path = listener
    set_journal(monkeypatch, path)
    status = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
    report_early("sender", "cannot-start", "why")
    assert receiver.recv(1000)
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    report_early("sender", "cannot-start", "why")
    assert capfd.readouterr().err == "netrelay sender: why\n"


def test_a_line_is_written_in_one_piece(
    syslog_lines: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    """Eight processes share a terminal: an end of line that comes apart runs lines together."""
    pieces: list[str] = []
    stream = types.SimpleNamespace(write=pieces.append, flush=lambda: None)
    monkeypatch.setattr(sys, "stderr", stream)
    set_journal(monkeypatch, place / "none")
    report_early("sender", "cannot-start", "no way")
    assert pieces == ["netrelay sender: no way\n"]
    assert len(syslog_lines) == 1
