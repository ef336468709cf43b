"""rsync to an rsync daemon on loopback, without encryption."""

import os
import shutil
from pathlib import Path

from bench.peers.copying import CopyingPeer
from bench.peers.peer import Ground, need
from bench.peers.server import Server

PORT = 27413


class Rsync(CopyingPeer):
    """A daemon that receives files into a folder, and the client that sends them."""

    def __init__(self, ground: Ground, flush: bool) -> None:
        """flush: every file is fsynced before the client ends."""
        super().__init__(ground)
        self.flushes = flush
        self.label = "rsync --fsync" if flush else "rsync, sync"

    def start(self) -> None:
        """Start the daemon."""
        need(shutil.which, ("rsync",), "rsync")
        ground = self._ground
        ground.settings.mkdir()
        self.received.mkdir()
        configuration = ground.settings / "rsyncd.conf"
        owner = "uid = 0\ngid = 0\n" if os.geteuid() == 0 else ""
        configuration.write_text(
            f"use chroot = no\n{owner}log file = /dev/null\n"
            f"[in]\npath = {self.received}\nread only = no\n"
        )
        command = ["rsync", "--daemon", "--no-detach", f"--config={configuration}"]
        command += [f"--address={ground.address}", f"--port={PORT}"]
        log = ground.settings / "log"
        self._server = Server("the rsync daemon", [*ground.in_destination, *command], log)
        self._server.wait_for_port(ground.address, PORT, ground.deadline)

    def _command(self, made: Path) -> list[str]:
        options = ["--fsync"] if self.flushes else []
        target = f"rsync://{self._ground.address}:{PORT}/in/"
        return ["rsync", "--archive", *options, f"{made}/", target]
