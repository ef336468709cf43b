"""Types the commands of docs/tutorial.md into two machines of .ci/newcomer.

python -m tests.newcomer shelf=PID:ROOT boat=PID:ROOT

PID is the outside pid of process 1 of the machine; ROOT is its root folder.
"""

import sys
from pathlib import Path

from tests.newcomer.first_hour import FirstHour
from tests.newcomer.instructions import TUTORIAL, read_instructions
from tests.newcomer.terminal import Terminal, UnansweredError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_WAIT_S = 180.0
_SOURCE = "/srv/netrelay"


class NamespacedMachine:
    """A root folder and the namespaces of one process; the user is pi."""

    def __init__(self, pid: int, root: Path) -> None:
        self._pid = pid
        self._root = root

    @property
    def home_directory(self) -> Path:
        """Outside path of the user's home directory."""
        return self._root / "home" / "pi"

    def open_terminal(self, *, with_network: bool) -> Terminal:
        """Open a login shell in the user's home directory."""
        networks = [] if with_network else ["--net"]
        return Terminal(
            [
                *("nsenter", "--target", str(self._pid), "--mount", "--pid", "--uts", *networks),
                *("env", "-i", f"PATH={_PATH}", "HOME=/home/pi", "USER=pi", "LANG=C.UTF-8"),
                *("chroot", "--userspec=pi:pi", "--groups=pi", str(self._root)),
                *("/bin/bash", "-c", "cd && exec bash --login"),
            ]
        )

    def word_for(self, line: str) -> str | None:
        """Return the line, with the real path of the source in `git clone`."""
        return line.replace("git clone URL ", f"git clone {_SOURCE} ")


def main(arguments: list[str]) -> int:
    """Type all commands; return 0 if the file has arrived."""
    machines = {}
    for argument in arguments:
        name, _, place = argument.partition("=")
        pid, _, root = place.partition(":")
        machines[name] = NamespacedMachine(int(pid), Path(root))
    blocks = read_instructions(TUTORIAL.read_text(encoding="utf-8"))
    try:
        FirstHour(machines, lambda text: print(text, flush=True), _WAIT_S).follow(blocks)
    except UnansweredError as error:
        print(f"newcomer: {error}", file=sys.stderr)
        return 1
    print("newcomer: the photo lies in the inbox of the other machine, byte for byte")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
