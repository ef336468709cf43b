"""The interface of a node for tests: console, folders, card and power."""

import shlex
from dataclasses import dataclass
from typing import Any

from rig.card import BootPartition
from rig.strategy import NodeStrategy, Status
from rig.waiting import wait_for

HOME = "/var/lib/netrelay"
COMMAND_S = 300.0
"""An emulated node on a busy machine needs seconds to start one Python program."""
ARRIVAL_S = 1200.0


class CommandFailed(AssertionError):  # noqa: N818 -- reported like a failed assertion
    """A command on a node ended with a status other than 0; the message contains its output."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A dropped file, as it must arrive."""

    name: str
    size_bytes: int
    sha256: str


class Node:
    """A node, on a bench or emulated."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.name: str = target.name
        self.strategy: NodeStrategy = target.get_driver("NodeStrategy", activate=False)

    def __repr__(self) -> str:
        return f"Node({self.name!r})"

    def to(self, status: Status) -> "Node":
        """Bring the node to a state."""
        self.strategy.transition(status)
        return self

    def run(self, command: str, timeout_s: float = COMMAND_S) -> str:
        """Run a command as root on the console and return its output; CommandFailed if it fails."""
        lines, status = self.ask(command, timeout_s)
        if status:
            raise CommandFailed(f"{self.name}: {command}: status {status}: {lines}")
        return lines

    def ask(self, command: str, timeout_s: float = COMMAND_S) -> tuple[str, int]:
        """Run a command as root on the console and return its output and status."""
        lines, _, status = self.strategy.shell.run(command, timeout=timeout_s)
        return "\n".join(lines).strip(), status

    def succeeds(self, command: str) -> bool:
        """Return True when a command ends with status 0."""
        return self.ask(command)[1] == 0

    def make_file(self, name: str, size_bytes: int) -> SentFile:
        """Create a file of random bytes on the data partition, outside of netrelay's folders."""
        folder = f"{HOME}/hw-tests"
        path = shlex.quote(f"{folder}/{name}")
        self.run(f"mkdir -p {folder} && head -c {size_bytes} /dev/urandom > {path} && sync {path}")
        return SentFile(name, size_bytes, self.run(f"sha256sum {path}").split()[0])

    def drop(self, file: SentFile, peer: str) -> None:
        """Move a file into the drop folder of a peer, as the README describes."""
        source = shlex.quote(f"{HOME}/hw-tests/{file.name}")
        self.run(f"mv {source} {HOME}/drop/{shlex.quote(peer)}/")

    def send(self, name: str, size_bytes: int, peer: str) -> SentFile:
        """Create a file and drop it."""
        file = self.make_file(name, size_bytes)
        self.drop(file, peer)
        return file

    def await_file(self, file: SentFile, source: str, within_s: float = ARRIVAL_S) -> None:
        """Wait until the file is in the inbox, and compare its hash."""
        path = shlex.quote(f"{HOME}/inbox/{source}/{file.name}")
        wait_for(
            lambda: self.succeeds(f"test -f {path}"),
            f"{file.name} in the inbox of {self.name}",
            within_s=within_s,
        )
        assert self.run(f"sha256sum {path}").split()[0] == file.sha256

    def inbox(self, source: str) -> list[str]:
        """Return the names in the inbox of a source, sorted."""
        path = f"{HOME}/inbox/{shlex.quote(source)}"
        return sorted(self.ask(f"ls -1 {path} 2>/dev/null")[0].splitlines())

    def await_word(self, command: str, word: str, within_s: float = ARRIVAL_S) -> None:
        """Wait until the output of a command contains a word."""
        wait_for(
            lambda: word in self.ask(command)[0],
            f"{word!r} in what `{command}` says on {self.name}",
            within_s=within_s,
        )

    def await_delivered(self, file: SentFile, within_s: float = ARRIVAL_S) -> None:
        """Wait until the source has the receipt of the file."""
        folders = f"{HOME}/sent"
        wait_for(
            lambda: self.ask(f"find {folders} -name {shlex.quote(file.name)}")[0],
            f"{file.name} in {folders} of {self.name}",
            within_s=within_s,
        )

    def boot_partition(self) -> BootPartition:
        """Return the FAT partition of its card; the node must be off."""
        found: BootPartition = self.strategy.boot_partition()
        return found

    def set_cable(self, *, plugged: bool) -> None:
        """Plug in or unplug its network."""
        self.target.activate(self.strategy.cable)
        self.strategy.cable.set(plugged)

    @property
    def has_keyboard(self) -> bool:
        """True when `type_line` works, as on emulated nodes."""
        return bool(getattr(self.strategy.power, "has_keyboard", False))

    def type_line(self, text: str) -> None:
        """Type lower-case letters, digits and hyphens on the node's keyboard, then Enter."""
        self.strategy.power.monitor.type_line(text)

    def await_on_screen(self, words: str, within_s: float = COMMAND_S) -> None:
        """Wait until the words are on its screen (the first virtual terminal, vcs(4))."""
        wait_for(
            lambda: words in self.ask("tr -s ' ' < /dev/vcs1")[0],
            f"{words!r} on the screen of {self.name}",
            within_s=within_s,
        )

    def power_off(self) -> None:
        """Shut it down cleanly, then switch it off."""
        # The shutdown may cut off the output, so do not wait for it.
        self.strategy.type_line("systemctl poweroff")
        self.strategy.powered_off()

    def reboot(self, to: Status = Status.ready) -> None:
        """Reboot it cleanly and bring it to a state again."""
        before = self.boot_id()
        self.strategy.type_line("systemctl reboot")
        self.strategy.rebooted(within_s=COMMAND_S)
        assert self.boot_id() != before
        self.to(to)

    def boot_id(self) -> str:
        """Return an id that is unique to each start of the kernel."""
        return self.run("cat /proc/sys/kernel/random/boot_id")
