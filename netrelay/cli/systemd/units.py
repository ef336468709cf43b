"""State of the eight units, queried only where systemd runs them for this home."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.opening import running
from netrelay.core.words import PROCESSES
from netrelay.runtime.home import SYSTEM_HOME, Home

TARGET = "netrelay.target"
_BOOTED = Path("/run/systemd/system")  # sd_booted(3)
_ANSWERS_S = 10.0
_PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "Result",
    "NRestarts",
    "UnitFileState",
    "ExecMainCode",
    "ExecMainStatus",
    "StatusText",
)
# CLD_EXITED of sigaction(2): with it ExecMainStatus is an exit status, otherwise a signal.
_EXITED = "1"


class Unit(NamedTuple):
    """A unit as `systemctl show` reports it; the values are systemd's own (systemd(1))."""

    name: str
    load: str
    active: str
    sub: str
    result: str
    restarts: int
    file_state: str
    exit_status: int | None
    signal: int | None
    status_text: str

    @property
    def process(self) -> str:
        """Process that the unit runs; "" for the target."""
        return process_of(self.name)

    @property
    def is_there(self) -> bool:
        """True if it is installed."""
        return self.load == "loaded"

    @property
    def is_up(self) -> bool:
        """True if it runs, or systemd is about to start it."""
        return self.active in ("active", "activating", "reloading", "deactivating")

    @property
    def is_failed(self) -> bool:
        """True if systemd no longer restarts it."""
        return self.active == "failed"


def unit_of(process: str) -> str:
    """Return the unit that runs a process."""
    return f"netrelay-{process}.service"


def process_of(unit: str) -> str:
    """Return the process that a unit runs; "" if it is none of the eight."""
    process = unit.removeprefix("netrelay-").removesuffix(".service")
    return process if process in PROCESSES else ""


def is_under_systemd(home: Home) -> bool:
    """Return True if systemd runs here and its units run the node of this home."""
    return _BOOTED.is_dir() and home.path == SYSTEM_HOME


def ask(home: Home) -> dict[str, Unit]:
    """Return the target and the eight services by name, with one query to systemd.

    Empty where systemd does not run, does not answer, or has none of them.
    """
    if not is_under_systemd(home):
        return {}
    units = show([TARGET, *(unit_of(process) for process in PROCESSES)])
    return units if any(unit.is_there for unit in units.values()) else {}


def known_running(home: Home, units: dict[str, Unit]) -> dict[str, bool] | None:
    """Return which of the eight run; None where this user may not see it.

    systemd is asked if we may not look into the runtime directory.
    """
    try:
        return running(home)
    except PermissionError:
        alive = {unit.process: unit.active == "active" for unit in units.values() if unit.process}
        return alive or None


def show(names: Iterable[str]) -> dict[str, Unit]:
    """Return what `systemctl show` reports about units; empty if it does not answer."""
    program = shutil.which("systemctl")
    if program is None:
        return {}
    command = [program, "show", "--property", ",".join(_PROPERTIES), "--", *names]
    try:
        run = subprocess.run(  # noqa: S603 -- no shell, and the words are ours
            command, capture_output=True, text=True, timeout=_ANSWERS_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return read_show(run.stdout)


def read_show(text: str) -> dict[str, Unit]:
    """Read the output of `systemctl show`: KEY=VALUE lines, an empty line between units."""
    units = {}
    for block in text.split("\n\n"):
        found = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if found.get("Id"):
            units[found["Id"]] = _unit(found)
    return units


def _unit(found: dict[str, str]) -> Unit:
    code, status = found.get("ExecMainCode", ""), found.get("ExecMainStatus", "")
    number = int(status) if status.isdigit() else None
    return Unit(
        found["Id"],
        found.get("LoadState", ""),
        found.get("ActiveState", ""),
        found.get("SubState", ""),
        found.get("Result", ""),
        int(found.get("NRestarts") or 0),
        found.get("UnitFileState", ""),
        number if code == _EXITED else None,
        number if code not in ("", "0", _EXITED) else None,
        found.get("StatusText", ""),
    )
