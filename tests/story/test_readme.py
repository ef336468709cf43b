"""The lines of README.md under "Two nodes on this machine", typed as they are written.

Only the two addresses differ, since another test may run beside this one.
"""

import os
from pathlib import Path

from tests.cli.command_line import CHECKOUT
from tests.newcomer.instructions import lines_by_heading
from tests.newcomer.terminal import Terminal
from tests.story.nodes import DEADLINE_S, Homes, free_address

MOST_LINES = 6


def lines_of_the_readme() -> list[str]:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    return lines_by_heading(text)["Two nodes on this machine"]


def environment(home_directory: Path, tether: int) -> dict[str, str]:
    given = {key: text for key, text in os.environ.items() if not key.startswith("NETRELAY_")}
    runtime = home_directory / "run"
    runtime.mkdir(mode=0o700)
    return given | {
        "HOME": str(home_directory),
        "XDG_RUNTIME_DIR": str(runtime),
        "NETRELAY_PARENT_FD": str(tether),
    }


def test_a_file_arrives_with_the_six_lines_of_the_readme(homes: Homes) -> None:
    lines = lines_of_the_readme()
    assert len(lines) <= MOST_LINES
    addresses = {"127.0.0.2": free_address(), "127.0.0.3": free_address()}
    reader, writer = os.pipe()
    bash = ["bash", "--noprofile", "--norc"]
    try:
        with Terminal(bash, CHECKOUT, environment(homes.folder, reader), [reader]) as terminal:
            for line in lines:
                typed = line
                for address, free in addresses.items():
                    typed = typed.replace(address, free)
                answer = terminal.type(typed, DEADLINE_S)
            # As the README says; `wait` returns when both have ended.
            terminal.type("kill %1 %2 && wait", DEADLINE_S)
    finally:
        # The nodes end when nobody has this end open any more.
        os.close(writer)
        os.close(reader)
    arrived = homes.folder / "boat" / "inbox" / "shelf" / "README.md"
    assert arrived.read_bytes() == (CHECKOUT / "README.md").read_bytes()
    assert any(str(arrived) in each for each in answer)
