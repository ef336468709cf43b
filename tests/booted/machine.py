"""A booted Debian: systemd as process 1 in its own namespaces, controlled from outside."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tests.booted.control_group import ControlGroup
from tests.booted.network import Network

# Generous: a busy machine must not fail a test.
DEADLINE_S = 120.0
_COMMAND_S = 120.0
_LOOK_S = 0.1
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "SYSTEMD_PAGER": "",
}
_Fact = TypeVar("_Fact")


class FailedCommandError(Exception):
    """A command failed; the text has the command and its output."""


class Machine:
    """A root folder that can be booted, shut down, and killed as by a power cut."""

    def __init__(self, root: Path, network: Network, name: str) -> None:
        self.root = root
        self.name = name
        self.network = network
        self._group = ControlGroup(f"netrelay-booted-{os.getpid()}-{name}")
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._first = 0
        (root / "etc/hostname").write_text(f"{name}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pull_plug()
        self._group.remove()

    @property
    def console(self) -> Path:
        """The file with the console output."""
        return self.root.with_name(f"{self.root.name}.console")

    def boot(self) -> None:
        """Boot, and block until systemd reports "running" or "degraded"."""
        assert self._nspawn is None
        with self.console.open("ab") as console:
            self._nspawn = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "sh", "-c"),
                    # In a pid namespace, whose end kills every process in it.
                    'echo $$ >"$0" && exec "$@"',
                    str(self._group.members),
                    *self.network.inside("unshare", "--mount", "--pid", "--fork"),
                    *("--kill-child", "--mount-proc", "systemd-nspawn", "--quiet", "--boot"),
                    *("--directory", str(self.root), "--machine", self.name),
                    *("--register=no", "--keep-unit", "--network-namespace-path=/proc/self/ns/net"),
                ],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        self.wait_for("systemd as process 1", self._find_first)
        self.wait_for("the end of the boot", self._is_up)

    def pull_plug(self) -> None:
        """Kill every process at once, as a power cut does; no-op if it is not booted."""
        if self._nspawn is not None:
            self._nspawn.send_signal(signal.SIGKILL)
            self._nspawn.wait()
            self._nspawn = None
            self._first = 0
            self._group.remove()
            self._group = ControlGroup(f"netrelay-booted-{os.getpid()}-{self.name}")

    def power_off(self) -> None:
        """Shut down with `systemctl poweroff`."""
        assert self._nspawn is not None
        self.run("systemctl", "poweroff", "--no-block")
        self._nspawn.wait(DEADLINE_S)
        self.pull_plug()

    def run(self, *command: str, allowed: tuple[int, ...] = (0,), user: str = "root") -> str:
        """Run a command inside; return its output. FailedCommandError for another exit status."""
        become = [] if user == "root" else ["runuser", "-u", user, "--"]
        done = subprocess.run(
            ["nsenter", "--target", str(self._first), "--all", "--", *become, *command],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COMMAND_S,
            check=False,
        )
        if done.returncode not in allowed:
            raise FailedCommandError(
                f"{self.name}: {' '.join(command)} ended with {done.returncode}:\n"
                f"{done.stdout}{done.stderr}"
            )
        return done.stdout

    def property_of(self, unit: str | None, name: str) -> str:
        """Return a property of a unit, or of systemd itself (org.freedesktop.systemd1(5))."""
        units = [] if unit is None else [unit]
        return self.run("systemctl", "show", "--value", f"--property={name}", *units).strip()

    def main_pid(self, unit: str) -> int:
        """Return the pid of a unit's main process inside the machine; 0: none."""
        return int(self.property_of(unit, "MainPID"))

    def inside(self, path: Path) -> Path:
        """Return the outside path of a path in the running machine, with its mounts."""
        return Path(f"/proc/{self._first}/root", path.relative_to("/"))

    def wait_for(self, what: str, look: Callable[[], _Fact], pause_s: float = _LOOK_S) -> _Fact:
        """Poll until the function returns a true value, and return it. AssertionError if late."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not (found := look()):
            if time.monotonic() > deadline_s:
                raise AssertionError(
                    f"{self.name}: after {DEADLINE_S:.0f} s still waiting for {what}\n"
                    f"{self._tail()}"
                )
            time.sleep(pause_s)
        return found

    def _find_first(self) -> int:
        assert self._nspawn is not None
        assert self._nspawn.poll() is None, self._tail()
        for nspawn in _children(self._nspawn.pid):
            for first in _children(nspawn):
                if Path(f"/proc/{first}/comm").read_text().strip() == "systemd":
                    self._first = first
        return self._first

    def _is_up(self) -> bool:
        # Before the bus is available the command fails.
        said = self.run("systemctl", "is-system-running", allowed=(0, 1, 3, 4)).strip()
        return said in ("running", "degraded")

    def _tail(self) -> str:
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-30:])


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def missing() -> str | None:
    """Return why this machine cannot boot systems; None if it can."""
    if os.geteuid() != 0:
        return "booting a system needs root"
    tools = ("systemd-nspawn", "nsenter", "unshare", "setpriv", "ip", "tc", "dpkg-deb")
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    if lacking:
        return f"{', '.join(lacking)}: not found (Debian: systemd-container util-linux iproute2)"
    try:
        ControlGroup(f"netrelay-booted-{os.getpid()}-probe").remove()
    except OSError as error:
        return f"no control group of our own can be made here: {error}"
    return None
