"""The units in a root folder, and systemd-analyze on them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from netrelay.core.words import PROCESSES
from netrelay.runtime.wiring import NETWORK

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = SYSTEMD / "system"
SERVICES = {process: f"netrelay-{process}.service" for process in sorted(PROCESSES)}
LOCAL = sorted(set(PROCESSES) - NETWORK)
# Targets of other packages that the units refer to.
_STUBS = ("sysinit", "basic", "shutdown", "network", "multi-user", "local-fs", "umount", "sockets")
_OFFLINE_SINCE = 250  # systemd-analyze(1): security --offline=
# Directives with the version that introduced them (systemd.service(5)).
NEWER = {"RestartMode": 254, "RestartSteps": 254, "RestartMaxDelaySec": 254}


class Directives(NamedTuple):
    """A unit file: all values of each directive, in order, by section and name."""

    lines: list[tuple[str, str, str]]

    def of(self, section: str, name: str) -> list[str]:
        return [value for where, what, value in self.lines if (where, what) == (section, name)]

    def one(self, section: str, name: str) -> str:
        (value,) = self.of(section, name)
        return value

    def words(self, section: str, name: str) -> set[str]:
        return {word for value in self.of(section, name) for word in value.split()}


def read_unit(path: Path) -> Directives:
    """Read a unit file or drop-in (systemd.syntax(7), without its continued lines)."""
    lines, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        assert not line.endswith("\\"), line
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            lines.append((section, name, value))
    return Directives(lines)


def analyze_version() -> int:
    """Return the version of systemd-analyze, 0 if it is not installed."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return 0
    run = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    found = re.match(r"systemd (\d+)", run.stdout)
    return int(found[1]) if found else 0


def why_not() -> str:
    """Return why the units cannot be checked on this machine, "" if they can."""
    version = analyze_version()
    if not version:
        return "systemd-analyze is not installed"
    if version < _OFFLINE_SINCE:
        return f"systemd-analyze {version} has no --offline (since {_OFFLINE_SINCE})"
    return ""


def install_units(root: Path) -> Path:
    """Install the units in a root folder, with stubs of what they start and wait for."""
    units = root / "usr/lib/systemd/system"
    shutil.copytree(UNITS, units)
    for name in _STUBS:
        (units / f"{name}.target").write_text("[Unit]\n")
    program = root / "usr/bin/netrelay"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (root / "bin").symlink_to("usr/bin")
    return root


def analyze(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on a root."""
    return subprocess.run(
        ["systemd-analyze", *words[:1], f"--root={root}", *words[1:]],
        capture_output=True,
        text=True,
        timeout=120,
    )
