"""The system that is provisioned: files below a root, replaced atomically, and a few commands.

With a root other than / (in tests) nothing of the running system is changed: files are written
below that root, and commands are recorded instead of run.
"""

import os
import pwd
from pathlib import Path
from typing import NamedTuple

from netrelay.disk.folders import flush_folder
from netrelay.disk.replacement import replace_file
from netrelay.runtime.home import Home

USER = "netrelay"
_COMMAND_S = 60.0


class Account(NamedTuple):
    """The owner of a home."""

    uid: int
    gid: int


class TargetSystem:
    """A system at a root; `noted` holds the commands that were not run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.is_running = root == Path("/")
        self.noted: list[tuple[str, ...]] = []

    @property
    def home(self) -> Home:
        """The home of the system's node."""
        return Home(self.path("/var/lib/netrelay"))

    @property
    def account(self) -> Account | None:
        """The user of the node; None where this process must not or cannot change users."""
        if not self.is_running or os.geteuid() != 0:
            return None
        entry = pwd.getpwnam(USER)
        return Account(entry.pw_uid, entry.pw_gid)

    def path(self, absolute: str) -> Path:
        """Return the path of a file below the root."""
        return self.root / absolute.lstrip("/")

    def read(self, absolute: str) -> str:
        """Return the content of a text file, "" if it does not exist."""
        try:
            return self.path(absolute).read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def write(self, absolute: str, content: str, mode: int = 0o644) -> bool:
        """Replace a file atomically, durable on return; return False if it needed no change."""
        return replace_file(self.path(absolute), content.encode(), mode)

    def remove(self, absolute: str) -> bool:
        """Remove a file, durable on return; return False if it did not exist."""
        path = self.path(absolute)
        if not path.exists():
            return False
        path.unlink()
        flush_folder(path.parent)
        return True

    def link_time_zone(self, zone: str) -> None:
        """Set the local time zone, if the system has its data."""
        if not self.path(f"/usr/share/zoneinfo/{zone}").is_file():
            return
        link = self.path("/etc/localtime")
        unfinished = link.with_name(".localtime.unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.symlink_to(f"/usr/share/zoneinfo/{zone}")
        unfinished.rename(link)
        self.write("/etc/timezone", f"{zone}\n")

    def run(self, *command: str, given: str = "") -> None:
        """Run a command with `given` on its standard input, where secrets belong.

        OSError with the command's own message when it fails or takes too long.
        """
        if not self.is_running:
            self.noted.append(command)
            return
        import subprocess

        try:
            subprocess.run(  # noqa: S603 -- fixed words and checked names, no shell
                command, check=True, timeout=_COMMAND_S, input=given, text=True, capture_output=True
            )
        except subprocess.CalledProcessError as error:
            said = " ".join(error.stderr.split()) or f"ended with status {error.returncode}"
            raise OSError(f"{' '.join(command)}: {said}") from error
        except subprocess.TimeoutExpired as error:
            raise OSError(f"{' '.join(command)}: no end after {_COMMAND_S:.0f} s") from error
