"""The process of the disk: answers the kernel from a `BlockLog`, and cuts the power on command.

    python -m tests.crash.disk_server FOLDER SIZE_BYTES CONTROL_DESCRIPTOR

FOLDER/disk is the mounted file. The control descriptor is a SEQPACKET socket: a JSON object for
each command and each reply. When it closes, the process ends and unmounts everything below FOLDER.

After a cut the disk answers no request, so that no flush returns and no promise can rely on it;
`release` answers pending requests once the waiting processes were killed.
"""

import json
import os
import random
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.crash.block_log import BlockLog, Cut
from tests.crash.fuse_file import FuseFile, Opcode, Request

_WHAT = {"write": Opcode.WRITE, "flush": Opcode.FSYNC}
_COMMAND_BYTES = 4096
_DEADLINE_S = 30


class DiskServer:
    """A disk with its control socket."""

    def __init__(self, file: FuseFile, log: BlockLog, control: socket.socket) -> None:
        self._file = file
        self._log = log
        self._control = control
        self._armed: dict[str, Any] | None = None
        self._cut: Cut | None = None
        self._held: Request | None = None
        self._is_frozen = False
        self._commands: dict[str, Callable[[dict[str, Any]], None]] = {
            "arm": self._arm,
            "cut": lambda command: self._cut_power(command["seed"]),
            "release": lambda _: self._release(),
            "power_on": lambda _: self._power_on(),
            "look": lambda _: None,
        }

    def run(self) -> None:
        """Serve until the control socket closes."""
        while True:
            asked = [self._control.fileno()]
            if not self._is_frozen:
                asked.append(self._file.fileno())
            ready = select.select(asked, [], [])[0]
            if self._control.fileno() in ready:
                # The command may freeze the disk, so poll again before other requests.
                if not self._obey():
                    return
            else:
                request = self._file.next_request()
                if request is not None:
                    self._serve(request)

    def _obey(self) -> bool:
        text = self._control.recv(_COMMAND_BYTES)
        if not text:
            return False
        command = json.loads(text)
        self._commands[command["do"]](command)
        counts = {"writes": self._log.writes, "flushes": self._log.flushes}
        reply = {**counts, "cut": None if self._cut is None else self._cut._asdict()}
        self._control.send(json.dumps(reply).encode())
        return True

    def _arm(self, command: dict[str, Any]) -> None:
        """Schedule a cut at a later write or flush; `number` 1 is the next one."""
        self._armed = command

    def _serve(self, request: Request) -> None:
        armed = self._armed
        if armed is None or request.opcode != _WHAT[armed["what"]]:
            self._do(request)
            return
        armed["number"] -= 1
        if armed["number"]:
            self._do(request)
            return
        if armed["moment"] == "after":
            self._log_only(request)
        self._cut_power(armed["seed"])
        self._held = request

    def _log_only(self, request: Request) -> None:
        if request.opcode == Opcode.WRITE:
            self._log.write(request.offset, request.data)
        elif request.opcode == Opcode.FSYNC:
            self._log.flush()

    def _do(self, request: Request) -> None:
        self._log_only(request)
        if request.opcode == Opcode.READ:
            data = self._log.read(request.offset, request.size_bytes)
            self._file.answer(request.unique, data)
        elif request.opcode == Opcode.WRITE:
            self._file.answer_written(request.unique, len(request.data))
        else:
            self._file.answer(request.unique)

    def _cut_power(self, seed: int) -> None:
        if self._cut is None:
            self._armed = None
            self._cut = self._log.cut(random.Random(seed))
            self._is_frozen = True

    def _release(self) -> None:
        self._is_frozen = False
        if self._held is not None:
            held, self._held = self._held, None
            self._do(held)

    def _power_on(self) -> None:
        self._release()
        self._log.power_on()
        self._cut = None


def main() -> None:
    """Mount, serve, unmount."""
    folder, size_bytes, control = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    disk = folder / "disk"
    disk.touch()
    with socket.socket(fileno=control) as commands:
        file = FuseFile(disk, size_bytes)
        try:
            # The mount is usable only after the first answer, to INIT.
            DiskServer(file, BlockLog(size_bytes), commands).run()
        finally:
            file.close()
            # After an orderly end the file system is unmounted already.
            mounted = [folder / "mount"] if os.path.ismount(folder / "mount") else []
            for path in (*mounted, disk):
                subprocess.run(["umount", "--lazy", str(path)], timeout=_DEADLINE_S)


if __name__ == "__main__":
    main()
