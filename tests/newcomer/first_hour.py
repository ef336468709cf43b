"""The first hour of a newcomer: the commands of the tutorial, typed in order."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tests.newcomer.instructions import Block, without_comment
from tests.newcomer.terminal import Terminal, UnansweredError

PHOTO = "photo.jpg"
PHOTO_BYTES = 3 << 20
# The first `make setup` on a small Pi or a busy machine.
_LINE_S = 1800.0
_LOOK_AGAIN_S = 0.2
_LONG_ANSWER_LINES = 24
_SHOWN_END_LINES = 4
# Commands that are repeated until their output has this text.
_LOOKED_FOR = {"netrelay jobs": "delivered", "netrelay inbox": PHOTO}


class Machine(Protocol):
    """A machine with a user."""

    @property
    def home_directory(self) -> Path:
        """Outside path of the user's home directory."""

    def open_terminal(self, *, with_network: bool) -> Terminal:
        """Open a terminal; with_network: with internet access, for the set-up."""

    def word_for(self, line: str) -> str | None:
        """Return what to type for a line of docs/tutorial.md; None skips it."""


class FirstHour:
    """Types the commands of docs/tutorial.md into two machines.

    say: called with each line and its prompt, then with the answer. wait_s: time limit of commands
    that are repeated until their output has the expected text.
    """

    def __init__(
        self, machines: Mapping[str, Machine], say: Callable[[str], None], wait_s: float
    ) -> None:
        self._machines = machines
        self._say = say
        self._wait_s = wait_s

    def follow(self, blocks: list[Block]) -> None:
        """Type all commands, and copy the cards; UnansweredError when a command fails.

        At the end the dropped photo is complete in the inbox of the other machine.
        """
        first = [block for block in blocks if not block.is_second_terminal]
        sender, receiver = (block for block in blocks if block.is_second_terminal)
        digest = self._make_photo(sender.machine)
        up: list[Terminal] = []
        try:
            for block in first:
                set_up, rest = _split(block.before_carrying)
                self._type_in_one(block.machine, set_up, with_network=True)
                self._type_in_one(block.machine, rest)
            for block in first:
                self._carry(block)
            for block in first:
                terminal = self._machines[block.machine].open_terminal(with_network=False)
                up.append(terminal)
                self._type(terminal, block.machine, block.machine, block.after_carrying)
            for block in (sender, receiver):
                self._type_in_one(block.machine, block.lines, where=" (second terminal)")
        finally:
            for terminal in up:
                terminal.close()
        inbox = self._machines[receiver.machine].home_directory / "netrelay" / "inbox"
        if _digest(inbox / sender.machine / PHOTO) != digest:
            raise UnansweredError(f"{PHOTO} at {receiver.machine} is not what was dropped")

    def _make_photo(self, name: str) -> str:
        folder = self._machines[name].home_directory
        photo = folder / PHOTO
        photo.write_bytes(os.urandom(PHOTO_BYTES))
        os.chown(photo, folder.stat().st_uid, folder.stat().st_gid)
        return _digest(photo)

    def _carry(self, block: Block) -> None:
        if block.carried is None:
            raise UnansweredError(f"nothing says what has to be carried from {block.machine}")
        name, to = block.carried
        card = (self._machines[block.machine].home_directory / name).read_bytes()
        (self._machines[to].home_directory / name).write_bytes(card)
        self._say(f"({name} is carried from {block.machine} to {to}: {len(card)} bytes)\n")

    def _type_in_one(
        self, name: str, lines: tuple[str, ...], *, with_network: bool = False, where: str = ""
    ) -> None:
        with self._machines[name].open_terminal(with_network=with_network) as terminal:
            self._type(terminal, name, f"{name}{where}", lines)

    def _type(self, terminal: Terminal, name: str, prompt: str, lines: tuple[str, ...]) -> None:
        for line in map(without_comment, lines):
            typed = self._machines[name].word_for(line)
            if typed is None:
                continue
            self._say(f"{prompt}$ {typed}")
            if line == "netrelay up":
                answer = terminal.begin(typed, "is up", self._wait_s)
            elif line in _LOOKED_FOR:
                answer = self._look_until(terminal, typed, _LOOKED_FOR[line])
            else:
                answer = terminal.type(typed, _LINE_S)
            self._say("".join(f"{each}\n" for each in shortened(answer)))

    def _look_until(self, terminal: Terminal, line: str, word: str) -> list[str]:
        deadline_s = time.monotonic() + self._wait_s
        while True:
            answer = terminal.type(line, self._wait_s)
            if any(word in each for each in answer):
                return answer
            if time.monotonic() > deadline_s:
                raise UnansweredError("\n".join([f"`{line}` never said {word!r}:", *answer]))
            time.sleep(_LOOK_AGAIN_S)


def _split(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the lines into the set-up and the commands of netrelay."""
    at = next(n for n, line in enumerate(lines) if line.startswith("netrelay "))
    return lines[:at], lines[at:]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shortened(answer: list[str]) -> list[str]:
    """Return the answer, or its end if it is long, as that of a package manager."""
    if len(answer) <= _LONG_ANSWER_LINES:
        return answer
    left_out = len(answer) - _SHOWN_END_LINES
    return [f"[{left_out} lines]", *answer[-_SHOWN_END_LINES:]]
