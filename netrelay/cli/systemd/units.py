"""What systemd knows of the eight units; asked only where systemd runs and the home is its own."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

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
# CLD_EXITED of sigaction(2): only then is ExecMainStatus an exit status, else a signal.
_EXITED = "1"


class Unit(NamedTuple):
    """A unit as `systemctl show` has it; the words are systemd's own (systemd(1))."""

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
        """Give the process it runs, "" for the target."""
        return process_of(self.name)

    @property
    def is_there(self) -> bool:
        """Tell whether it is installed."""
        return self.load == "loaded"

    @property
    def is_up(self) -> bool:
        """Tell whether it runs, or systemd is about to run it."""
        return self.active in ("active", "activating", "reloading", "deactivating")

    @property
    def is_failed(self) -> bool:
        """Tell whether systemd has given it up."""
        return self.active == "failed"


def unit_of(process: str) -> str:
    """Give the unit that runs a process."""
    return f"netrelay-{process}.service"


def process_of(unit: str) -> str:
    """Give the process a unit runs, "" when it runs none of the eight."""
    process = unit.removeprefix("netrelay-").removesuffix(".service")
    return process if process in PROCESSES else ""


def is_under_systemd(home: Home) -> bool:
    """Tell whether systemd runs here, and the units would run the node of this home."""
    return _BOOTED.is_dir() and home.path == SYSTEM_HOME


def ask(home: Home) -> dict[str, Unit]:
    """Give the target and the eight services by name, in one question to systemd.

    Empty where systemd does not run, does not answer, or has none of them.
    """
    if not is_under_systemd(home):
        return {}
    units = show([TARGET, *(unit_of(process) for process in PROCESSES)])
    return units if any(unit.is_there for unit in units.values()) else {}


def show(names: Iterable[str]) -> dict[str, Unit]:
    """Give what `systemctl show` says of units; empty when it does not answer."""
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
