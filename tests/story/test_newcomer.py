"""The commands of docs/tutorial.md under "Two machines", typed into two homes.

`make newcomer` does the same on two clean Debian systems. Here the set-up is skipped, and each node
gets its own address, since both are on this machine.
"""

import os
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.newcomer.first_hour import FirstHour
from tests.newcomer.instructions import TUTORIAL, Block, read_instructions, without_comment
from tests.newcomer.terminal import Terminal, UnansweredError
from tests.story.nodes import DEADLINE_S, Homes, free_address

FIRST_HOUR = TUTORIAL.parent / "evidence" / "first-hour.md"
SET_UP = [
    "sudo apt-get update && sudo apt-get install --yes git make python3-venv",
    "git clone URL netrelay-source",
    "make -C netrelay-source setup",
    "sudo ln -s ~/netrelay-source/.venv/bin/netrelay /usr/local/bin/",
]
MOST_LINES = 10


class Desk:
    """A machine of the tutorial, represented by a home directory on this one."""

    def __init__(self, folder: Path, name: str, tether: int) -> None:
        self.left_out: list[str] = []
        self._folder = folder / name
        self._folder.mkdir()
        self._init = f"netrelay init {name}"
        self._address = free_address()
        self._tether = tether

    @property
    def home_directory(self) -> Path:
        """Home directory of the user."""
        return self._folder

    def open_terminal(self, *, with_network: bool) -> Terminal:
        """Open a shell with this home directory."""
        del with_network
        return Terminal(
            ["bash", "--noprofile", "--norc"],
            self._folder,
            {
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self._folder),
                "NETRELAY_HOME": str(self._folder / "netrelay"),
                "NETRELAY_RUNTIME_DIRECTORY": str(self._folder / "run"),
                "NETRELAY_PARENT_FD": str(self._tether),
            },
            [self._tether],
        )

    def word_for(self, line: str) -> str | None:
        """Skip the set-up, and add an address to `netrelay init`."""
        if not line.startswith(("netrelay ", "mv ")):
            self.left_out.append(line)
            return None
        return f"{line} --address {self._address}" if line == self._init else line


@pytest.fixture(name="desks")
def _desks(homes: Homes) -> Iterator[dict[str, Desk]]:
    """Yield two desks, whose nodes end with this process in any case."""
    reader, writer = os.pipe()
    yield {name: Desk(homes.folder, name, reader) for name in ("shelf", "boat")}
    os.close(reader)
    os.close(writer)


def instructions() -> list[Block]:
    return read_instructions(TUTORIAL.read_text(encoding="utf-8"))


def test_a_photo_arrives_with_the_commands_of_the_tutorial_alone(desks: dict[str, Desk]) -> None:
    said: list[str] = []
    FirstHour(desks, said.append, DEADLINE_S).follow(instructions())
    assert [desk.left_out for desk in desks.values()] == [SET_UP, SET_UP]
    # The answers are those in docs/evidence/first-hour.md.
    homes = [desk.home_directory for desk in desks.values()]
    page, _, _ = FIRST_HOUR.read_text(encoding="utf-8").partition("\n## ")
    shown = re.sub(r"(?m)^    ", "", page)
    assert without_accidents("\n".join(said), homes) == without_accidents(shown, homes), (
        "netrelay answers otherwise than docs/evidence/first-hour.md says: put the transcript of"
        " `make newcomer` there, indented"
    )
    # Each answer has the next command.
    typed = [line for line in instructions()[0].lines if line.startswith("netrelay ")]
    answers = dict(pairwise(each.partition("$ ")[2] or each for each in said))
    for line, after in pairwise(map(without_comment, typed)):
        answer = next(said for begun, said in answers.items() if begun.startswith(line))
        assert after.replace("boat.card", "shelf.card") in answer


def without_accidents(transcript: str, homes: list[Path]) -> list[str]:
    """Return the lines from the first `netrelay` on, without values that differ between runs."""
    for home in homes:
        transcript = transcript.replace(str(home), "/home/pi")
    for accident, word in (
        (r" --address [0-9.]+", ""),
        (r"\b[a-z2-7]{32}\b", "ID"),
        (r"\b[0-9]+(\.[0-9]+){3}\b", "ADDRESS"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "TIME"),
        (r"\b[0-9]+ bytes", "BYTES"),
        (r"\b[0-9.]+ ms\b", "MILLISECONDS"),
    ):
        transcript = re.sub(accident, word, transcript)
    exchanges = re.split(r"(?m)^(?=\w+(?: \(second terminal\))?\$ |\()", transcript)
    return [each.strip() for each in exchanges if re.match(r"\(|[^$\n]*\$ (?:netrelay|mv) ", each)]


def test_a_command_that_fails_is_detected(desks: dict[str, Desk]) -> None:
    blocks = [
        block._replace(lines=tuple(line.replace("id --card", "idd --card") for line in block.lines))
        for block in instructions()
    ]
    with pytest.raises(UnansweredError, match=r"(?s)`netrelay idd .*64.*'idd' is no command"):
        FirstHour(desks, lambda _: None, DEADLINE_S).follow(blocks)


def test_ten_lines_are_enough_for_each_machine() -> None:
    first = [block for block in instructions() if not block.is_second_terminal]
    assert [block.machine for block in first] == ["shelf", "boat"]
    assert all(len(block.lines) <= MOST_LINES for block in first)
    # Both differ only in the names.
    swapped = {"shelf": "boat", "boat": "shelf"}
    words = [
        [swapped.get(word, word) for word in re.split(r"\W+", line)] for line in first[0].lines
    ]
    assert words == [re.split(r"\W+", line) for line in first[1].lines]
