"""The process of a line: two of them, joined by a pair of pseudo-terminals, in this process."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netrelay.core.serial.line_settings import LineSettings
from netrelay.core.serial.line_streams import CREDIT_BYTES, LinePort, LineViolationError
from netrelay.link.line_door import LineDoor, dial_line
from netrelay.link.link_closed import LinkClosed
from netrelay.ring.handed_ends import EndKind, HandedEnds
from netrelay.serial.line_process import LineProcess
from netrelay.serial.line_state import line_state
from tests.story.serial_cable import SerialCable, serial_cable

PATIENCE_S = 20.0


class Side:
    """One process of a line, and what the eight would be to it."""

    def __init__(self, directory: Path, device: str) -> None:
        directory.mkdir()
        self.directory = directory
        self.way = str(LineSettings(device, 115200))
        self.said: list[str] = []
        self.handed = {
            port: HandedEnds(directory, process)
            for port, process in ((LinePort.COMMS, "initial_receiver"), (LinePort.DATA, "receiver"))
        }
        self.process = LineProcess(directory, self.way, self.said.append)

    def dial(self, port: LinePort) -> socket.socket:
        return dial_line(LineDoor(self.directory, port), self.way)

    def close(self) -> None:
        self.process.close()
        for handed in self.handed.values():
            handed.close()


@pytest.fixture
def cable() -> Iterator[SerialCable]:
    with serial_cable(115200) as made:
        yield made


@pytest.fixture
def sides(short_path: Path, cable: SerialCable) -> Iterator[list[Side]]:
    made = [Side(short_path / f"{at}", device) for at, device in enumerate(cable.devices)]
    yield made
    for side in made:
        side.close()


def until(sides: list[Side], condition: Callable[[], bool]) -> None:
    last_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < last_s, [side.said for side in sides]
        delays_s = [side.process.step() for side in sides]
        for side in sides:
            side.process.sleep(min(*delays_s, 0.002))


def is_up(side: Side) -> bool:
    return "the line is up" in side.said


def joined(sides: list[Side], port: LinePort) -> tuple[socket.socket, socket.socket]:
    """Return a dialled connection, and its end at the other side."""
    until(sides, lambda: all(map(is_up, sides)))
    near = sides[0].dial(port)
    near.sendall(b"first")
    found: list[socket.socket] = []

    def arrived() -> bool:
        for end in sides[1].handed[port].receive(2):
            assert end.address == sides[1].way
            if end.kind is EndKind.LINE:
                found.append(end.wire)
            else:
                assert (end.kind, port) == (EndKind.LINE_UP, LinePort.COMMS)
                end.wire.close()
        return bool(found)

    until(sides, arrived)
    found[0].setblocking(False)
    return near, found[0]


def received(sides: list[Side], wire: socket.socket, count: int) -> bytes:
    got = bytearray()

    def more() -> bool:
        with suppress(BlockingIOError):
            got.extend(wire.recv(65536))
        return len(got) >= count

    until(sides, more)
    return bytes(got)


def is_closed(wire: socket.socket) -> bool:
    try:
        return wire.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("port", LinePort)
def test_bytes_go_both_ways_and_each_end_by_itself(sides: list[Side], port: LinePort) -> None:
    near, far = joined(sides, port)
    with near, far:
        assert received(sides, far, 5) == b"first"
        far.sendall(b"answer")
        assert received(sides, near, 6) == b"answer"
        near.shutdown(socket.SHUT_WR)
        until(sides, lambda: is_closed(far))
        far.sendall(b"after the end of the other")
        assert received(sides, near, 26) == b"after the end of the other"
        far.close()
        until(sides, lambda: is_closed(near))
    until(sides, lambda: not any(len(side.process._local) for side in sides))


def test_nobody_can_dial_before_the_line_is_up(sides: list[Side]) -> None:
    with pytest.raises(LinkClosed, match="the line is not up"):
        sides[0].dial(LinePort.DATA)


def test_a_reader_that_stops_is_waited_for_with_a_bound(sides: list[Side]) -> None:
    near, far = joined(sides, LinePort.DATA)
    content = os.urandom(150_000)
    with near, far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        given = 0

        def give() -> None:
            nonlocal given
            with suppress(BlockingIOError):
                given += near.send(content[given:])

        queued = sides[0].process._line.streams._streams

        def is_full() -> bool:
            give()
            return any(stream.credit_bytes == 0 for stream in queued.values())

        until(sides, is_full)
        held = sum(len(end.unwritten) for end in sides[1].process._local._ends.values())
        assert held <= CREDIT_BYTES
        got = bytearray()

        def read() -> bool:
            give()
            with suppress(BlockingIOError):
                got.extend(far.recv(65536))
            return len(got) >= 5 + 30_000

        until(sides, read)
        assert bytes(got[5:]) == content[: len(got) - 5]


def test_a_local_end_that_vanishes_ends_its_stream_alone(sides: list[Side]) -> None:
    near, far = joined(sides, LinePort.DATA)
    other_near, other_far = joined(sides, LinePort.DATA)
    with other_near, other_far:
        assert received(sides, other_far, 5) == b"first"
        far.close()
        near.sendall(bytes(4000))
        until(sides, lambda: is_closed(near))
        near.close()
        other_near.sendall(b"still here")
        assert received(sides, other_far, 10) == b"still here"


def test_its_state_says_that_it_runs_and_then_that_it_does_not(
    sides: list[Side], short_path: Path
) -> None:
    side = sides[0]
    assert not line_state(short_path, side.way).is_running
    until(sides, lambda: line_state(side.directory, side.way).is_up)
    with pytest.raises(BlockingIOError):
        LineProcess(side.directory, side.way, side.said.append)
    side.process.close()
    assert not line_state(side.directory, side.way).is_running
    side.process = LineProcess(side.directory, side.way, side.said.append)


@pytest.mark.parametrize(
    ("device", "why"),
    [
        ("/dev/netrelay-absent", "is not there: plug it in"),
        ("/dev/null", "is no serial device"),
    ],
)
def test_a_device_that_cannot_be_used_is_named(short_path: Path, device: str, why: str) -> None:
    side = Side(short_path / "side", device)
    side.process.step()
    assert side.said == [f"{device} {why}"]
    assert line_state(side.directory, side.way).trouble == f"{device} {why}"
    side.close()


def test_a_device_has_one_program(sides: list[Side], short_path: Path) -> None:
    until(sides, lambda: all(map(is_up, sides)))
    device = sides[0].process._settings.device
    second = Side(short_path / "second", device)
    second.process.step()
    assert second.said == [f"{device} is in use by another program"]
    second.close()


def test_a_cut_cable_shuts_the_door_and_what_is_open(
    sides: list[Side], cable: SerialCable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.core.serial.serial_line.SILENCE_S", 1.0)
    monkeypatch.setattr("netrelay.core.serial.serial_line.KEEP_ALIVE_S", 0.3)
    near, far = joined(sides, LinePort.DATA)
    with near, far:
        assert received(sides, far, 5) == b"first"
        cable.is_cut = True
        until(sides, lambda: is_closed(near) and is_closed(far))
        with pytest.raises(LinkClosed, match="the line is not up"):
            sides[0].dial(LinePort.DATA)


def test_a_violation_found_outside_of_a_frame_ends_the_line_and_not_the_process(
    sides: list[Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side can make the queue of words full; the next local event finds that."""
    until(sides, lambda: all(map(is_up, sides)))
    process = sides[0].process

    def full() -> None:
        raise LineViolationError("256 words wait")

    with monkeypatch.context() as patched:
        patched.setattr(process._local, "service", full)
        process.step()
    assert process._device is None
    assert "256 words wait" in sides[0].said
    sides[0].said.clear()
    until(sides, lambda: is_up(sides[0]))
