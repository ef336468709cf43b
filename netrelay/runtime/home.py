"""Where things lie: the folders of a node's home, and its runtime directory in memory."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import NamedTuple

from blake3 import blake3

from netrelay.disk.folders import make_directory
from netrelay.disk.shared_folder import give_to_group

# Linux allows 108 bytes for the path of a unix socket (unix(7)); the longest bell needs 32 of them.
_LONGEST_RUNTIME_PATH_BYTES = 75
# Where the units of systemd/ have the node of a machine.
SYSTEM_HOME = Path("/var/lib/netrelay")
SYSTEM_RUNTIME = Path("/run/netrelay")


class Home(NamedTuple):
    """The folders of one node. Nothing is created by looking at it."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.path / "netrelay.toml"

    @property
    def keys(self) -> Path:
        """Identity and sealing keys, readable by the node alone."""
        return self.path / "keys"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "netrelay.db"

    @property
    def drop(self) -> Path:
        """Holds one folder for each peer: what is renamed into it is sent."""
        return self.path / "drop"

    @property
    def claims(self) -> Path:
        """Files taken from the drop folders, until their receipts are here."""
        return self.drop / ".claimed"

    @property
    def inbox(self) -> Path:
        """Holds one folder for each source, with what arrived."""
        return self.path / "inbox"

    @property
    def staging(self) -> Path:
        """Files still coming in; on the inbox's file system, so that a link delivers them."""
        return self.inbox / ".staging"

    @property
    def unpacking(self) -> Path:
        """Directories being made of their streams, until they are whole."""
        return self.inbox / ".unpacking"

    @property
    def spool(self) -> Path:
        """Sealed bytes carried for others."""
        return self.path / "spool"

    @property
    def sent(self) -> Path:
        """Sources of delivered files, by destination."""
        return self.path / "sent"

    @property
    def failed(self) -> Path:
        """Files that were given up, by destination, each with its reason beside it."""
        return self.path / "failed"

    @property
    def runtime(self) -> Path:
        """Rings, bells and locks: a folder in memory, the same for every program with this home."""
        chosen = os.environ.get("NETRELAY_RUNTIME_DIRECTORY")
        if chosen:
            return Path(chosen)
        real = os.fspath(self.path.resolve())
        if real == os.fspath(SYSTEM_HOME):
            return SYSTEM_RUNTIME
        return _memory_folder(self._owner()) / f"netrelay-{blake3(real.encode()).hexdigest(6)}"

    def make_folders(self) -> None:
        """Create what is missing; the runtime directory too, for its owner alone."""
        self.path.mkdir(parents=True, exist_ok=True)
        for folder, mode in (
            # setgid: what is made in them has the group of these, whoever makes it.
            (self.drop, 0o2755),
            (self.claims, 0o700),
            (self.inbox, 0o2750),
            (self.staging, 0o2700),
            (self.unpacking, 0o2700),
            (self.spool, 0o700),
            (self.sent, 0o2750),
            (self.failed, 0o2750),
        ):
            if not folder.is_dir():
                make_directory(folder, mode)
                if mode & 0o2000:
                    give_to_group(folder)
                # A change of group takes setgid away (chown(2)).
                if S_IMODE(folder.stat().st_mode) != mode:
                    folder.chmod(mode)
        self.make_runtime()

    def make_runtime(self) -> None:
        """Create the runtime directory; PermissionError when it is a stranger's.

        Root works in the directory of the home's owner, and makes it for that user.
        """
        runtime = self.runtime
        if len(os.fsencode(runtime)) > _LONGEST_RUNTIME_PATH_BYTES:
            raise ValueError(
                f"runtime directory {runtime} is longer than {_LONGEST_RUNTIME_PATH_BYTES} bytes: "
                "set NETRELAY_RUNTIME_DIRECTORY to a shorter one"
            )
        allowed = {os.geteuid(), self._owner()} if os.geteuid() == 0 else {os.geteuid()}
        with suppress(FileExistsError):
            runtime.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(runtime, self._owner(), -1)
        status = runtime.stat(follow_symlinks=False)
        if status.st_uid not in allowed:
            raise PermissionError(f"{runtime} belongs to user {status.st_uid}, not to us")
        if not runtime.is_dir():
            raise NotADirectoryError(f"{runtime} is not a directory")

    def give_to_owner(self, path: Path) -> None:
        """Let the owner of the home use what root has just made for it; for others nothing."""
        if os.geteuid() == 0:
            os.chown(path, self._owner(), -1, follow_symlinks=False)

    def _owner(self) -> int:
        return self.path.stat().st_uid if self.path.exists() else os.geteuid()


def _memory_folder(owner: int) -> Path:
    """Give a folder on a file system in memory, by whose the home is.

    Never by who asks or from where: XDG_RUNTIME_DIR is not set for cron, sudo or a system service,
    and two programs with one home have to meet.
    """
    for folder in (Path("/run"), Path("/dev/shm"))[owner != 0 :]:  # noqa: S108
        if folder.is_dir() and _is_memory(folder):
            return folder
    return Path("/tmp")  # noqa: S108 -- the folder in it is made 0700 and its owner checked


def _is_memory(folder: Path) -> bool:
    """Tell whether a folder lies on tmpfs, by the mount table (proc(5))."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return False
    return any(f" {wanted} " in line and " - tmpfs " in line for line in lines)


def default_home() -> Path:
    """Give the home that is meant when none is named: NETRELAY_HOME, the system's, or our own."""
    chosen = os.environ.get("NETRELAY_HOME")
    if chosen:
        return Path(chosen)
    # The real user: root may be acting as the owner of a home.
    if os.getuid() == 0 or (SYSTEM_HOME / "netrelay.toml").exists():
        return SYSTEM_HOME
    return Path.home() / "netrelay"
