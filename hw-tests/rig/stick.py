"""A USB stick of the emulated bench: a file with a file system, in one machine at a time."""

import subprocess
from pathlib import Path

from rig.monitor import Monitor, MonitorError
from rig.pulls import Moved
from rig.waiting import wait_for

LABEL = "NETRELAY"
PULLED_S = 60.0
# mkfs.fat(8): FAT32 from 512 MiB on; the file is sparse.
SIZE = "600M"
MAKERS = {
    "vfat": ("mkfs.vfat", "-F", "32", "-n"),
    "exfat": ("mkfs.exfat", "-L"),
}


class Stick:
    """A stick; it keeps its content between machines."""

    def __init__(self, path: Path, kind: str, label: str = LABEL) -> None:
        self.path = path
        self._monitor: Monitor | None = None
        path.unlink(missing_ok=True)
        subprocess.run(["truncate", f"--size={SIZE}", str(path)], check=True)
        maker = [*MAKERS[kind], label, str(path)]
        subprocess.run(maker, check=True, stdout=subprocess.DEVNULL)

    def plug_into(self, monitor: Monitor) -> None:
        """Plug it into a machine that runs."""
        file = {"driver": "file", "filename": str(self.path)}
        monitor.execute("blockdev-add", driver="raw", file=file, **{"node-name": "stick"})
        monitor.execute("device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0")
        self._monitor = monitor

    def pull(self) -> None:
        """Pull it out, whatever the machine does with it; what QEMU has written stays."""
        if self._monitor is None:
            return
        monitor, self._monitor = self._monitor, None
        monitor.execute("device_del", id="stick")
        # The device leaves a moment after the command.
        wait_for(lambda: _is_free(monitor), "a stick that has left", within_s=PULLED_S, every_s=0.1)

    def moved(self) -> Moved:
        """Return what the machine has read and written since it was plugged in; zeros without one.

        QEMU counts what the guest's driver asked for: what its page cache holds is not in it.
        """
        devices = self._monitor.execute("query-blockstats") if self._monitor else []
        counted = [each["stats"] for each in devices if each.get("node-name") == "stick"]
        return Moved(
            sum(each["rd_bytes"] for each in counted), sum(each["wr_bytes"] for each in counted)
        )

    def faults(self) -> str:
        """Return what a check that writes nothing finds in its FAT; "" if it is clean.

        The stick must be pulled.
        """
        look = ["/usr/sbin/fsck.vfat", "-n", str(self.path)]
        found = subprocess.run(look, capture_output=True, text=True, check=False)
        return found.stdout + found.stderr if found.returncode else ""


def _is_free(monitor: Monitor) -> bool:
    try:
        monitor.execute("blockdev-del", **{"node-name": "stick"})
    except MonitorError:
        return False
    return True
