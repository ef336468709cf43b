"""The client of the monitor, against a stub of QEMU."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rig.monitor import Monitor, MonitorError


class StubMonitor(threading.Thread):
    """A server that replies from `answers`, and records the commands."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(1)

    def run(self) -> None:
        client, _ = self._listener.accept()
        with client, client.makefile("rwb") as stream:
            stream.write(b'{"QMP": {"version": {}, "capabilities": []}}\n')
            stream.flush()
            for line in stream:
                command = json.loads(line)
                self.asked.append(command)
                answer = self.answers.get(command["execute"], {"return": {}})
                if command["execute"] != "qmp_capabilities":
                    # An event may precede any reply.
                    stream.write(b'{"event": "RESUME", "timestamp": {}}\n')
                stream.write(json.dumps(answer).encode() + b"\n")
                stream.flush()


@pytest.fixture
def stub(tmp_path: Path) -> StubMonitor:
    server = StubMonitor(tmp_path / "monitor")
    server.start()
    return server


@pytest.fixture
def monitor(stub: StubMonitor, tmp_path: Path) -> Iterator[Monitor]:
    found = Monitor(tmp_path / "monitor", lambda: True)
    yield found
    found.close()


def test_a_cable_is_pulled_by_its_name(stub: StubMonitor, monitor: Monitor) -> None:
    monitor.set_cable("ab", plugged=False)
    assert stub.asked[-1] == {"execute": "set_link", "arguments": {"name": "ab", "up": False}}


def test_a_line_is_typed_key_by_key(stub: StubMonitor, monitor: Monitor) -> None:
    monitor.type_line("a-7")
    typed = [asked["arguments"]["keys"] for asked in stub.asked if asked["execute"] == "send-key"]
    assert typed == [[{"type": "qcode", "data": key}] for key in ("a", "minus", "7", "ret")]


def test_a_refusal_names_command_and_reason(stub: StubMonitor, monitor: Monitor) -> None:
    stub.answers["set_link"] = {"error": {"class": "DeviceNotFound", "desc": "no device xy"}}
    with pytest.raises(MonitorError, match=r"set_link .*xy.*no device xy"):
        monitor.set_cable("xy", plugged=True)


def test_a_snapshot_that_fails_says_so_in_words_only(stub: StubMonitor, monitor: Monitor) -> None:
    stub.answers["human-monitor-command"] = {"return": ""}
    monitor.save("ready")
    assert stub.asked[-1]["arguments"] == {"command-line": "savevm ready"}
    stub.answers["human-monitor-command"] = {"return": "Error: no space\r\n"}
    with pytest.raises(MonitorError, match="savevm ready: Error: no space"):
        monitor.save("ready")


def test_a_machine_that_never_started_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="no QEMU monitor appeared"):
        Monitor(tmp_path / "monitor", lambda: False)
