"""The folders of a node's home, and its runtime directory on tmpfs."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import NamedTuple

from blake3 import blake3

from netrelay.disk.folders import is_folder, make_directory
from netrelay.disk.shared_folder import give_to_group

# The path of a unix socket has at most 108 bytes (unix(7)); the longest name in it has 32.
_LONGEST_RUNTIME_PATH_BYTES = 75
# Home and runtime directory of the system's node, as in the units of systemd/.
SYSTEM_HOME = Path("/var/lib/netrelay")
SYSTEM_RUNTIME = Path("/run/netrelay")


class Home(NamedTuple):
    """The paths of one node; only the `make_` methods create anything."""

    path: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.path / "netrelay.toml"

    @property
    def keys(self) -> Path:
        """Identity and sealing keys; mode 0700."""
        return self.path / "keys"

    @property
    def groups(self) -> Path:
        """Keys of the groups that this node is a member of: a folder for each; mode 0700."""
        return self.path / "groups"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "netrelay.db"

    @property
    def reserve(self) -> Path:
        """Room on the disk for what a person types when it is full (netrelay/disk/reserve.py)."""
        return self.path / ".reserve"

    @property
    def drop(self) -> Path:
        """One folder for each peer; a file that is moved into it is sent."""
        return self.path / "drop"

    @property
    def claims(self) -> Path:
        """Claimed files, until their receipts arrive."""
        return self.drop / ".claimed"

    @property
    def compressed(self) -> Path:
        """Compressed copies of claimed files, which are what is sent of them."""
        return self.drop / ".compressed"

    @property
    def inbox(self) -> Path:
        """One folder for each source, with the files that arrived."""
        return self.path / "inbox"

    @property
    def staging(self) -> Path:
        """Incomplete files; on the file system of the inbox, so that link(2) delivers them."""
        return self.inbox / ".staging"

    @property
    def unpacking(self) -> Path:
        """Directories that are being unpacked, until they are complete."""
        return self.inbox / ".unpacking"

    @property
    def spool(self) -> Path:
        """Sealed bodies in custody for other nodes."""
        return self.path / "spool"

    @property
    def sent(self) -> Path:
        """Source files of delivered jobs, by destination."""
        return self.path / "sent"

    @property
    def failed(self) -> Path:
        """Source files of dead jobs, by destination, each with its reason in a file beside it."""
        return self.path / "failed"

    @property
    def runtime(self) -> Path:
        """Folder of rings, bells and locks on tmpfs, the same for every program with this home."""
        chosen = os.environ.get("NETRELAY_RUNTIME_DIRECTORY")
        if chosen:
            return Path(chosen)
        real = os.fspath(self.path.resolve())
        if real == os.fspath(SYSTEM_HOME):
            return SYSTEM_RUNTIME
        return _memory_folder(self._owner()) / f"netrelay-{blake3(real.encode()).hexdigest(6)}"

    @property
    def lines(self) -> Path:
        """Folder of the local sockets of serial lines, in the runtime directory."""
        return self.runtime / "lines"

    def make_folders(self) -> None:
        """Create missing folders and the runtime directory; existing folders keep their modes."""
        self.path.mkdir(parents=True, exist_ok=True)
        for folder, mode in self._folders():
            if not folder.is_dir():
                self._make_one(folder, mode)
        self.make_runtime()

    def make_removed_folders(self) -> list[Path]:
        """Create and return folders that were removed or moved away while the node runs.

        What cannot be made is left to whoever uses it, and meets the error.
        """
        made = []
        for folder, mode in self._folders():
            if not is_folder(folder):
                with suppress(OSError):
                    self._make_one(folder, mode)
                    made.append(folder)
        return made

    def _folders(self) -> tuple[tuple[Path, int], ...]:
        """Return our folders, each after the one that it is in, with their modes."""
        return (
            # setgid: new files inherit the group.
            (self.drop, 0o2755),
            (self.claims, 0o700),
            (self.compressed, 0o700),
            (self.inbox, 0o2750),
            (self.staging, 0o2700),
            (self.unpacking, 0o2700),
            (self.spool, 0o700),
            (self.sent, 0o2750),
            (self.failed, 0o2750),
            # Before there is a group: systemd hides from units only what is there when they start.
            (self.groups, 0o700),
        )

    def _make_one(self, folder: Path, mode: int) -> None:
        make_directory(folder, mode)
        if mode & 0o2000:
            give_to_group(folder)
        # chown(2) clears setgid.
        if S_IMODE(folder.stat().st_mode) != mode:
            folder.chmod(mode)

    def make_runtime(self) -> None:
        """Create the runtime directory with mode 0700, owned by the owner of the home.

        PermissionError when another user owns it; ValueError when its path is too long for sockets.
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
                os.chown(runtime, self._owner(), -1, follow_symlinks=False)
        status = runtime.stat(follow_symlinks=False)
        if status.st_uid not in allowed:
            raise PermissionError(f"{runtime} belongs to user {status.st_uid}, not to us")
        if not runtime.is_dir():
            raise NotADirectoryError(f"{runtime} is not a directory")
        with suppress(FileExistsError):
            self.lines.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(self.lines, self._owner(), -1, follow_symlinks=False)

    def give_to_owner(self, path: Path) -> None:
        """Change the owner of what root has created to the owner of the home; no-op for others."""
        if os.geteuid() == 0:
            os.chown(path, self._owner(), -1, follow_symlinks=False)

    def _owner(self) -> int:
        return self.path.stat().st_uid if self.path.exists() else os.geteuid()


def _memory_folder(owner: int) -> Path:
    """Return a folder on tmpfs that depends on the owner of the home alone.

    Not on the calling user or environment: XDG_RUNTIME_DIR is unset for cron, sudo and system
    services, and all programs with one home must find the same folder.
    """
    for folder in (Path("/run"), Path("/dev/shm"))[owner != 0 :]:  # noqa: S108
        if folder.is_dir() and _is_memory(folder):
            return folder
    return Path("/tmp")  # noqa: S108 -- the folder in it has mode 0700 and a checked owner


def _is_memory(folder: Path) -> bool:
    """Return True if a folder is on tmpfs, by the mount table (proc(5))."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return False
    return any(f" {wanted} " in line and " - tmpfs " in line for line in lines)


def default_home() -> Path:
    """Return NETRELAY_HOME, else the system's home for root or if it is a node, else ~/netrelay.

    A user who may not look into the system's home has ~/netrelay if that is a node.
    """
    chosen = os.environ.get("NETRELAY_HOME")
    if chosen:
        return Path(chosen)
    # The real user id: root may have the effective one of the home's owner.
    if os.getuid() == 0 or _is_there(SYSTEM_HOME / "netrelay.toml"):
        return SYSTEM_HOME
    own = Path.home() / "netrelay"
    if _is_there(SYSTEM_HOME / "netrelay.toml") is None and not _is_there(own / "netrelay.toml"):
        return SYSTEM_HOME
    return own


def _is_there(path: Path) -> bool | None:
    """Return whether a file exists; None if a folder above it may not be entered."""
    try:
        path.stat()
    except PermissionError:
        return None
    except OSError:
        return False
    return True
