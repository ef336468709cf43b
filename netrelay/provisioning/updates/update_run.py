"""One run of security updates: fetched and verified while the root is closed, then installed.

    1  may it run now: wanted, not by a modem, in its window, with a clock that is set
    2  lists of the security archive alone, and the sizes of what is missing
    3  packages, verified by apt, onto the partition netrelay
    4  open-root runs install-updates: one short opening
    5  restart the services that use replaced files

A power cut in 1 to 3 loses nothing; after one in 4 the next opening begins with what it left.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.provisioning.system.update_settings import UpdateSettings
from netrelay.provisioning.updates.internet_way import InternetWay
from netrelay.provisioning.updates.replaced_files import Users
from netrelay.provisioning.updates.update_record import UpdateRecord

PROGRAMS = Path("/usr/lib/netrelay-card")
# Readable by _apt, the user that apt fetches as (updates.conf).
FOLDERS = tuple(
    Path("/card/data/updates") / name for name in ("lists/partial", "archives/partial", "log")
)
MEGABYTE_BYTES = 1_000_000
# A day, less what a timer that fires each hour may be late.
BETWEEN_RUNS_S = 23 * 3600
# Unpacked packages take several times the bytes of their download.
_UNPACKED_FACTOR = 5
_ROOT_KEPT_BYTES = 32 << 20
_LISTS_BYTES = 2_000_000
_FETCH_S, _INSTALL_S, _RESTART_S = 3600, 3600, 120
_FETCHED = re.compile(r"^Fetched ([\d,.]+) (|k|M|G)B in ", re.MULTILINE)
_UNITS = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3}
# 'URI' FILE SIZE HASH: apt-get(8), --print-uris.
_APT_GET = ("apt-get", "--quiet", "--yes")
# Nothing is printed where every package is whole (dpkg(1)).
_AUDIT = ("dpkg", "--root=/card/root", "--audit")
_URI = re.compile(r"^'[^']+' (\S+)_[^_]+_[^_]+\.deb (\d+) ", re.MULTILINE)


class UpdateError(Exception):
    """A step failed; the text is for people."""


class Conditions(NamedTuple):
    """The conditions of a run: the clock, the way to the Internet, the room on the root."""

    now_s: float
    month: str
    is_clock_set: bool
    is_window_open: bool
    way: InternetWay | None
    root_free_bytes: int


class Machine(NamedTuple):
    """The running system.

    run: runs a command for at most so many seconds and returns its output; UpdateError when it
    fails. users: who uses replaced files. store: makes the record durable.
    """

    run: Callable[[float, tuple[str, ...]], str]
    users: Callable[[], Users]
    store: Callable[[UpdateRecord], None]


def why_not(
    settings: UpdateSettings, conditions: Conditions, record: UpdateRecord, is_asked: bool
) -> str:
    """Return why no run begins now, "" if one does. is_asked: a person asked for it now."""
    if settings.security is False:
        return "they are off: updates.security is false in netrelay.toml"
    way = conditions.way
    if way is None:
        return "there is no way to the Internet"
    if settings.security is None and way.is_modem and not is_asked:
        return f"{way.interface} is a modem: updates.security = true in netrelay.toml allows it"
    if not conditions.is_clock_set:
        return "the clock is not set yet"
    limit_bytes = settings.megabytes_a_month * MEGABYTE_BYTES
    if record.fetched_in(conditions.month) + _LISTS_BYTES > limit_bytes:
        return (
            f"the {settings.megabytes_a_month} MB of this month are used up"
            " (updates.megabytes_a_month in netrelay.toml)"
        )
    if is_asked:
        return ""
    if not conditions.is_window_open:
        return f"outside of its window, {settings.window}"
    if 0 <= conditions.now_s - record.tried_s < BETWEEN_RUNS_S:
        return "it ran today"
    return ""


class UpdateRun:
    """A run; `record` is stored after each step that changes it."""

    def __init__(
        self,
        settings: UpdateSettings,
        conditions: Conditions,
        record: UpdateRecord,
        machine: Machine,
    ) -> None:
        self.record = record
        self._settings, self._conditions, self._machine = settings, conditions, machine

    def run(self) -> None:
        """Fetch and install what is missing. UpdateError when a step fails, as the record says."""
        self._note(tried_s=int(self._conditions.now_s))
        try:
            self._run()
        except UpdateError as error:
            self._note(outcome=str(error))
            raise

    def _run(self) -> None:
        self._count(self._machine.run(_FETCH_S, (*_APT_GET, "update")))
        wanted = _sizes(self._machine.run(_FETCH_S, (*_APT_GET, "--print-uris", "upgrade")))
        if wanted:
            self._fetch(wanted)
        self._install(wanted)
        self._restart()
        now_s = int(self._conditions.now_s)
        if wanted:
            names = tuple(sorted(wanted))
            self._note(installed_s=now_s, installed=names, outcome=f"installed {', '.join(names)}")
        else:
            self._note(outcome="nothing was missing")
        self._note(good_s=now_s)

    def _fetch(self, wanted: dict[str, int]) -> None:
        needed_bytes = sum(wanted.values())
        limit_bytes = self._settings.megabytes_a_month * MEGABYTE_BYTES
        left_bytes = limit_bytes - self.record.fetched_in(self._conditions.month)
        if needed_bytes > left_bytes:
            raise UpdateError(
                f"{_megabytes(needed_bytes)} are to be fetched, and {_megabytes(left_bytes)} of the"
                f" {self._settings.megabytes_a_month} MB of this month are left: it waits for the"
                " next one (updates.megabytes_a_month in netrelay.toml)"
            )
        root_bytes = needed_bytes * _UNPACKED_FACTOR + _ROOT_KEPT_BYTES
        if root_bytes > self._conditions.root_free_bytes:
            raise UpdateError(
                f"the root is full: {_megabytes(root_bytes)} are needed, and"
                f" {_megabytes(self._conditions.root_free_bytes)} are free; flash a newer image"
            )
        self._count(self._machine.run(_FETCH_S, (*_APT_GET, "--download-only", "upgrade")))

    def _install(self, wanted: dict[str, int]) -> None:
        """Open the root, if there is something to install or an installation was cut short."""
        if not wanted and not self._machine.run(_FETCH_S, _AUDIT).strip():
            return
        command = (f"{PROGRAMS}/open-root", f"{PROGRAMS}/install-updates", *sorted(wanted))
        try:
            self._machine.run(_INSTALL_S, command)
        except UpdateError:
            # After its time limit the command cannot close the root itself.
            self._machine.run(_RESTART_S, (f"{PROGRAMS}/open-root", "--close"))
            raise

    def _restart(self) -> None:
        """Restart who uses replaced files, and note who goes on using them."""
        users = self._machine.users()
        if users.has_init:
            self._machine.run(_RESTART_S, ("systemctl", "daemon-reexec"))
        for unit in users.units:
            try:
                self._machine.run(_RESTART_S, ("systemctl", "try-restart", unit))
            except UpdateError:
                # One that does not start is for systemd and `check`; the others go on.
                continue
        self._machine.run(_RESTART_S, (f"{PROGRAMS}/open-root", "--close"))
        rest = self._machine.users()
        self._note(to_restart=tuple(sorted({*rest.units, *rest.others})))

    def _count(self, said: str) -> None:
        found = _FETCHED.search(said)
        if found is not None:
            fetched_bytes = round(float(found[1].replace(",", "")) * _UNITS[found[2]])
            self.record = self.record.with_fetched(self._conditions.month, fetched_bytes)
            self._note()

    def _note(self, **fields: Any) -> None:
        self.record = self.record._replace(**fields)
        self._machine.store(self.record)


def run_command(limit_s: float, command: tuple[str, ...]) -> str:
    """Run a command with the configuration of updates; return its output, or UpdateError."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C",
        "DEBIAN_FRONTEND": "noninteractive",
        "APT_CONFIG": f"{PROGRAMS}/updates.conf",
    }
    try:
        done = subprocess.run(  # noqa: S603 -- fixed words, and names of units and packages
            command,
            check=False,
            timeout=limit_s,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UpdateError(f"{command[0]}: {error}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        why = lines[-1] if lines else f"it ended with {done.returncode}"
        raise UpdateError(f"{' '.join(command[:2])}: {why[:300]}")
    return done.stdout


def _sizes(uris: str) -> dict[str, int]:
    return {match[1]: int(match[2]) for match in _URI.finditer(uris)}


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / MEGABYTE_BYTES:.1f} MB"
