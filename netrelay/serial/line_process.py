"""The process of a serial line: a device on one side, local sockets of the node on the other.

    sender, initial_sender, receiver  -->  lines/NAME.data, NAME.comms  -->  streams, frames, device
    receiver, initial_receiver  <--  ends of pairs, by SCM_RIGHTS  <--  streams that the other opens

It has no key and no database, and trusts nobody: TLS and pins are the business of the processes at
both ends. Its own sockets are there only while the line is up, so that a dial fails at once where
it would wait in vain.
"""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

from netrelay.core.printable import printable
from netrelay.core.serial.line_settings import read_line_settings
from netrelay.core.serial.line_streams import (
    STREAMS_EACH,
    LinePort,
    LineViolationError,
    StreamBytes,
    StreamEnded,
    StreamOpened,
)
from netrelay.core.serial.piece_sizes import FRAME_COST_BYTES
from netrelay.core.serial.serial_line import LineDown, LineEvent, LineUp, SerialLine
from netrelay.link.line_door import door_name
from netrelay.ring.handed_ends import EndKind, hand_end
from netrelay.ring.socket_path import NamedSocket
from netrelay.runtime import service_manager
from netrelay.runtime.poller import Poller
from netrelay.runtime.stop_requests import StopRequests
from netrelay.serial.line_state import LineState, LineStateFile
from netrelay.serial.local_streams import LocalStreams
from netrelay.serial.serial_device import DeviceError, SerialDevice

_OPEN_AGAIN_S: Final = 2.0
# The state is written so often while bytes move, and while none do.
_TELL_EVERY_S: Final = 2.0
_TELL_IDLE_S: Final = 10.0
# More in the kernel than the line sends in this time: it is slower than its baud rate, or CTS is
# off.
_QUEUED_S: Final = 0.15
_LOOK_AGAIN_S: Final = 0.02
_SILENT_S: Final = 20.0
_NOISE_BYTES: Final = 64
_NOBODY: Final = "-"
_LISTENERS: Final = {LinePort.COMMS: "initial_receiver", LinePort.DATA: "receiver"}


class LineProcess:
    """One line; `step` and `sleep` by turns."""

    def __init__(self, directory: Path, way: str, say: Callable[[str], None]) -> None:
        """Begin; say: called with a line for people at each event.

        BlockingIOError when another process has the line.
        """
        self._directory = directory
        self._way = way
        self._settings = read_line_settings(way)
        self._say = say
        self._file = LineStateFile(directory, way)
        self._poller = Poller()
        self._device: SerialDevice | None = None
        self._line = self._new_line(monotonic())
        self._local = LocalStreams(lambda: self._line.streams)
        self._doors: dict[LinePort, NamedSocket] = {}
        self._unwritten = b""
        self._begun_s = monotonic()
        self._open_s = self._begun_s
        self._tell_s = self._begun_s
        self._trouble = ""

    def _new_line(self, now_s: float) -> SerialLine:
        session = int.from_bytes(os.urandom(4), "big") or 1
        return SerialLine(self._settings, session, now_s)

    def watch(self, descriptor: int) -> None:
        """Wake up when this descriptor is readable, too."""
        self._poller.watch(descriptor)

    def is_ready(self, descriptor: int) -> bool:
        """Return True if the last `sleep` found this descriptor readable."""
        return self._poller.is_ready(descriptor)

    def sleep(self, delay_s: float) -> None:
        """Wait for something to do, at most so long."""
        self._poller.wait(delay_s)

    def step(self) -> float:
        """Move what can be moved; return how long to sleep at most."""
        now_s = monotonic()
        if self._device is None and now_s >= self._open_s:
            self._open(now_s)
        due_s: float | None = self._open_s
        if self._device is not None:
            try:
                due_s = self._move(self._device, now_s)
            except (DeviceError, LineViolationError) as error:
                # The other side can make this one have more to say than may wait.
                self._lose(str(error), now_s)
                due_s = self._open_s
        self._tell(now_s)
        self._poller.set_interests(self._interests())
        dues = [self._tell_s] if due_s is None else [self._tell_s, due_s]
        return max(min(dues) - monotonic(), 0.0)

    def close(self) -> None:
        """Close everything."""
        self._shut()
        if self._device is not None:
            self._device.close()
        self._file.close()

    def _open(self, now_s: float) -> None:
        try:
            self._device = SerialDevice(self._settings)
        except DeviceError as error:
            self._open_s = now_s + _OPEN_AGAIN_S
            self._note(str(error))
            return
        self._note("")
        self._say(f"{self._settings.device} is open")
        self._line = self._new_line(now_s)
        self._unwritten = b""

    def _lose(self, reason: str, now_s: float) -> None:
        assert self._device is not None
        self._device.close()
        self._device = None
        self._open_s = now_s + _OPEN_AGAIN_S
        self._shut()
        self._line = self._new_line(now_s)
        self._note(reason)

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            self._say(trouble)
        if trouble != self._trouble:
            self._tell_s = 0.0
        self._trouble = trouble

    def _move(self, device: SerialDevice, now_s: float) -> float | None:
        """Move bytes of device, line and sockets; return when to do so although nothing comes."""
        data = device.read()
        if data:
            self._tell_s = min(self._tell_s, now_s + _TELL_EVERY_S)
        self._line.receive(data, now_s)
        self._heed_events()
        self._accept()
        self._local.service()
        due_s = self._write(device, now_s)
        # What was written has made room.
        self._local.service()
        return due_s

    def _write(self, device: SerialDevice, now_s: float) -> float | None:
        while True:
            if self._unwritten:
                self._unwritten = self._unwritten[device.write(self._unwritten) :]
                if self._unwritten:
                    return now_s + _LOOK_AGAIN_S
            if self._settings.line_s(device.unsent_bytes()) > _QUEUED_S:
                return now_s + _LOOK_AGAIN_S
            written = self._line.next_write(now_s)
            self._unwritten = written.data
            if written.data:
                self._tell_s = min(self._tell_s, now_s + _TELL_EVERY_S)
            self._heed_events()
            if not written.data:
                return written.due_s
            self._local.service()

    def _heed_events(self) -> None:
        for event in self._line.take_events():
            self._heed(event)

    def _heed(self, event: LineEvent) -> None:
        match event:
            case LineUp():
                self._say("the line is up")
                self._open_doors()
                self._tell_up()
                self._tell_s = 0.0
            case LineDown(reason):
                self._say(f"the line is down: {reason}")
                self._shut()
                self._tell_s = 0.0
            case StreamOpened(number, port):
                self._hand_over(number, port)
            case StreamBytes(number, data):
                self._local.arrived(number, data)
            case StreamEnded(number, is_reset):
                self._local.ended(number, is_reset=is_reset)

    def _tell_up(self) -> None:
        """Have what waits for the peer dialled now, and not when its next retry is due."""
        process = _LISTENERS[LinePort.COMMS]
        wire = hand_end(self._directory, process, EndKind.LINE_UP, _NOBODY, self._way)
        if wire is not None:
            wire.close()

    def _hand_over(self, number: int, port: LinePort) -> None:
        """Pass a stream that the other side has opened to the process of its port."""
        process = _LISTENERS[port]
        wire = hand_end(self._directory, process, EndKind.LINE, _NOBODY, self._way)
        if wire is None:
            self._line.streams.reset(number)
        else:
            self._local.begin(number, wire)

    def _open_doors(self) -> None:
        for port in LinePort:
            door = NamedSocket(self._directory, door_name(self._way, port), socket.SOCK_STREAM)
            door.socket.listen(STREAMS_EACH)
            self._doors[port] = door

    def _shut(self) -> None:
        for door in self._doors.values():
            door.close()
        self._doors.clear()
        self._local.drop_all()

    def _accept(self) -> None:
        for port, door in self._doors.items():
            for _ in range(STREAMS_EACH):
                number = self._accept_one(port, door)
                if number is None:
                    break

    def _accept_one(self, port: LinePort, door: NamedSocket) -> int | None:
        try:
            wire, _ = door.socket.accept()
        except OSError:  # none waits, or it has gone
            return None
        wire.setblocking(False)
        number = self._line.streams.open(port)
        if number is None:
            wire.close()
        else:
            self._local.begin(number, wire)
        return number

    def _interests(self) -> list[tuple[int, bool, bool]]:
        interests = list(self._local.interests())
        if self._device is not None:
            interests.append((self._device.fileno(), True, bool(self._unwritten)))
        interests += [(door.socket.fileno(), True, False) for door in self._doors.values()]
        return interests

    def _tell(self, now_s: float) -> None:
        """Write the state now and then, so that `netrelay check` can say what is wrong."""
        if now_s < self._tell_s:
            return
        self._tell_s = now_s + _TELL_IDLE_S
        counts = self._line.counts
        size_bytes = self._line.size_bytes
        state = LineState(
            self._way,
            is_running=True,
            is_up=self._line.is_up,
            trouble=printable(self._trouble or self._line_trouble(now_s)),
            silent_s=self._line.silent_s(now_s),
            streams=len(self._local),
            bytes_in=counts.bytes_in,
            bytes_out=counts.bytes_out,
            frames_in=counts.frames_in,
            bad=counts.bad,
            sent_again_bytes=counts.sent_again_bytes,
            piece_bytes=size_bytes,
            lost_share=min(1.0, self._line.error_rate * (size_bytes + FRAME_COST_BYTES)),
            airtime_s=counts.airtime_s,
        )
        # A full /run is no reason to stop the line.
        with suppress(OSError):
            self._file.write(state)

    def _line_trouble(self, now_s: float) -> str:
        """Return why an open device carries nothing."""
        if self._line.is_up or self._line.trouble:
            return self._line.trouble
        counts = self._line.counts
        if counts.bytes_in > _NOISE_BYTES and not counts.frames_in:
            return (
                "bytes come, but none of them are frames: both sides need the same baud rate, and"
                " netrelay at the other end"
            )
        silent_s = self._line.silent_s(now_s)
        if counts.echoes and silent_s is None:
            return "only the bytes of this node come back: its adapter echoes, nobody answers"
        since_s = now_s - self._begun_s if silent_s is None else silent_s
        return "the other side is silent" if since_s >= _SILENT_S else ""


def run_line(directory: Path, way: str, say: Callable[[str], None]) -> int:
    """Run a line until a signal or the end of the parent; return the exit status.

    BlockingIOError when another process has the line.
    """
    stop = StopRequests()
    process = LineProcess(directory, way, say)
    for descriptor in stop.descriptors():
        process.watch(descriptor)
    watchdog = service_manager.Watchdog()
    service_manager.notify("READY=1")
    while not stop.is_requested(process.is_ready):
        delay_s = process.step()
        watchdog.feed()
        process.sleep(watchdog.sleep_s(delay_s) or 0.0)
    service_manager.notify("STOPPING=1")
    process.close()
    return 0


def say_on_stderr(name: str) -> Callable[[str], None]:
    """Return what prints a line for people, which names the line."""

    def say(text: str) -> None:
        # A closed terminal must not end the line.
        with suppress(OSError):
            sys.stderr.write(f"netrelay serial {name}: {printable(text)}\n")
            sys.stderr.flush()

    return say
