"""A machine of .ci/newcomer: a root folder, and the namespaces of one process."""

from pathlib import Path

from tests.newcomer.terminal import Terminal

SOURCE = "/srv/netrelay"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NamespacedMachine:
    """A root folder and the namespaces of one process, as one of its users sees them."""

    def __init__(self, pid: int, root: Path, user: str = "pi", groups: str | None = None) -> None:
        self._pid = pid
        self._root = root
        self.user = user
        self._groups = groups or user

    @classmethod
    def of_argument(cls, argument: str) -> tuple[str, "NamespacedMachine"]:
        """Return name and machine of `NAME=PID:ROOT`."""
        name, _, place = argument.partition("=")
        pid, _, root = place.partition(":")
        return name, cls(int(pid), Path(root))

    def as_user(self, user: str, groups: str | None = None) -> "NamespacedMachine":
        """Return the same machine for another user, in these groups instead of the user's own."""
        return NamespacedMachine(self._pid, self._root, user, groups)

    @property
    def home_directory(self) -> Path:
        """Outside path of the user's home directory."""
        return self._root / self._home.removeprefix("/")

    @property
    def _home(self) -> str:
        return "/root" if self.user == "root" else f"/home/{self.user}"

    def open_terminal(self, *, with_network: bool) -> Terminal:
        """Open a login shell in the user's home directory."""
        networks = [] if with_network else ["--net"]
        names = [f"HOME={self._home}", f"USER={self.user}", "LANG=C.UTF-8"]
        return Terminal(
            [
                *("nsenter", "--target", str(self._pid), "--mount", "--pid", "--uts", *networks),
                *("env", "-i", f"PATH={_PATH}", *names, "chroot"),
                *(f"--userspec={self.user}:{self.user}", f"--groups={self._groups}"),
                *(str(self._root), "/bin/bash", "-c", "cd && exec bash --login"),
            ]
        )

    def word_for(self, line: str) -> str | None:
        """Return the line, with the real path of the source in `git clone`."""
        return line.replace("git clone URL ", f"git clone {SOURCE} ")
