"""A node as a test speaks to it: its console, its folders, its card and its plug."""

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


class CommandFailed(AssertionError):  # noqa: N818 -- a test reads it as a failed assertion
    """A command on a node ended with another status than 0; the message holds all that it said."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was dropped, as it has to arrive."""

    name: str
    size_bytes: int
    sha256: str


class Node:
    """One node of the bench, on the bench or emulated."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.name: str = target.name
        self.strategy: NodeStrategy = target.get_driver("NodeStrategy", activate=False)

    def __repr__(self) -> str:
        return f"Node({self.name!r})"

    def to(self, status: Status) -> "Node":
        """Takes it to a state."""
        self.strategy.transition(status)
        return self

    def run(self, command: str, timeout_s: float = COMMAND_S) -> str:
        """Runs a command as root on the console and gives what it said, or CommandFailed."""
        lines, status = self.ask(command, timeout_s)
        if status:
            raise CommandFailed(f"{self.name}: {command}: status {status}: {lines}")
        return lines

    def ask(self, command: str, timeout_s: float = COMMAND_S) -> tuple[str, int]:
        """Runs a command as root on the console and gives what it said and its status."""
        lines, _, status = self.strategy.shell.run(command, timeout=timeout_s)
        return "\n".join(lines).strip(), status

    def succeeds(self, command: str) -> bool:
        """Whether a command ends with status 0."""
        return self.ask(command)[1] == 0

    def make_file(self, name: str, size_bytes: int) -> SentFile:
        """Makes a file of random bytes on the node's own data partition, outside of every folder
        that netrelay watches."""
        folder = f"{HOME}/hw-tests"
        path = shlex.quote(f"{folder}/{name}")
        self.run(f"mkdir -p {folder} && head -c {size_bytes} /dev/urandom > {path} && sync {path}")
        return SentFile(name, size_bytes, self.run(f"sha256sum {path}").split()[0])

    def drop(self, file: SentFile, peer: str) -> None:
        """Moves a file into the drop folder of a peer, as the README has people do it."""
        source = shlex.quote(f"{HOME}/hw-tests/{file.name}")
        self.run(f"mv {source} {HOME}/drop/{shlex.quote(peer)}/")

    def send(self, name: str, size_bytes: int, peer: str) -> SentFile:
        """Makes a file and drops it."""
        file = self.make_file(name, size_bytes)
        self.drop(file, peer)
        return file

    def await_file(self, file: SentFile, source: str, within_s: float = ARRIVAL_S) -> None:
        """Waits until the inbox holds the file, and checks every byte by its hash."""
        path = shlex.quote(f"{HOME}/inbox/{source}/{file.name}")
        wait_for(
            lambda: self.succeeds(f"test -f {path}"),
            f"{file.name} in the inbox of {self.name}",
            within_s=within_s,
        )
        assert self.run(f"sha256sum {path}").split()[0] == file.sha256

    def inbox(self, source: str) -> list[str]:
        """The names that lie in the inbox of a source, sorted."""
        path = f"{HOME}/inbox/{shlex.quote(source)}"
        return sorted(self.ask(f"ls -1 {path} 2>/dev/null")[0].splitlines())

    def await_word(self, command: str, word: str, within_s: float = ARRIVAL_S) -> None:
        """Waits until a command's answer holds a word."""
        wait_for(
            lambda: word in self.ask(command)[0],
            f"{word!r} in what `{command}` says on {self.name}",
            within_s=within_s,
        )

    def await_delivered(self, file: SentFile, within_s: float = ARRIVAL_S) -> None:
        """Waits until the source knows that the file lies in the other's inbox."""
        folders = f"{HOME}/sent"
        wait_for(
            lambda: self.ask(f"find {folders} -name {shlex.quote(file.name)}")[0],
            f"{file.name} in {folders} of {self.name}",
            within_s=within_s,
        )

    def boot_partition(self) -> BootPartition:
        """The FAT partition of its card, on this machine; the node has to be off."""
        found: BootPartition = self.strategy.boot_partition()
        return found

    def set_cable(self, *, plugged: bool) -> None:
        """Plugs or pulls its network."""
        self.target.activate(self.strategy.cable)
        self.strategy.cable.set(plugged)

    @property
    def has_keyboard(self) -> bool:
        """Whether `type_line` can type at its screen: an emulated node's can."""
        return bool(getattr(self.strategy.power, "has_keyboard", False))

    def type_line(self, text: str) -> None:
        """Types at the node's own keyboard: lower-case letters, digits and hyphens, then Enter."""
        self.strategy.power.monitor.type_line(text)

    def await_on_screen(self, words: str, within_s: float = COMMAND_S) -> None:
        """Waits until the words stand on its screen (the first virtual terminal, vcs(4))."""
        wait_for(
            lambda: words in self.ask("tr -s ' ' < /dev/vcs1")[0],
            f"{words!r} on the screen of {self.name}",
            within_s=within_s,
        )

    def power_off(self) -> None:
        """Has it shut down in order, then takes the power away."""
        # The answer may be cut off by the shutdown: nothing is waited for.
        self.strategy.console.sendline("systemctl poweroff")
        self.strategy.powered_off()

    def reboot(self, to: Status = Status.ready) -> None:
        """Restarts it in order and takes it to a state again."""
        before = self.boot_id()
        self.strategy.console.sendline("systemctl reboot")
        self.strategy.rebooted(within_s=COMMAND_S)
        assert self.boot_id() != before
        self.to(to)

    def boot_id(self) -> str:
        """A name that differs after each start of the kernel."""
        return self.run("cat /proc/sys/kernel/random/boot_id")
