"""docs/evidence/lines.md: what a node says for a line that carries nothing now.

NETRELAY_WRITE_TABLES=1 rewrites the page between its marks.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import neither, no_answer, on_the_way, uncalled, up
from tests.cli.walks import MIB, Walks, walks

PAGE = Path(__file__).parents[3] / "docs" / "evidence" / "lines.md"
BEGIN, END = "<!-- said -->\n", "<!-- end -->\n"
WRITES = bool(os.environ.get("NETRELAY_WRITE_TABLES"))
_WEEK = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"


def hub_is_off(node: Walks) -> None:
    """This node can only dial; boat is its hub, and answers nothing."""
    with node.database.transaction():
        node.database.execute("UPDATE selfinfo SET can_be_dialled = 0")
    no_answer(node)
    with node.database.transaction():
        node.database.execute("UPDATE messages SET born_s = clock() - 7200 WHERE type IN (4, 6)")


def window_is_closed(node: Walks) -> None:
    on_the_way(node)
    node.line.good("window", "boat", "22:00-06:00", "--unsynchronised", "open")
    with node.database.transaction():
        node.database.execute(
            "UPDATE windows SET is_open = 0, closed_s = clock() - 7200, until_unix_s ="
            " unixepoch('now') + 7200"
        )


def budget_is_used_up(node: Walks) -> None:
    on_the_way(node)
    node.line.good("budget", "boat", "500M/month", "--unsynchronised", "open")
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO wire_reports VALUES (?, ?)", (node.node("boat"), 496 * MIB)
        )
        node.database.execute(
            "UPDATE budgets SET closed_s = clock() - 7200, until_unix_s = unixepoch('now') + 172800"
        )


def clock_is_unknown(node: Walks) -> None:
    on_the_way(node)
    node.line.good("window", "boat", "22:00-06:00")
    with node.database.transaction():
        node.database.execute("UPDATE windows SET closed_s = clock() - 7200")


SITUATIONS: dict[str, Callable[[Walks], None]] = {
    "This node can only dial, and its hub is off": hub_is_off,
    "The peer can only dial, and does not call": uncalled,
    "Neither of two nodes can be dialled": neither,
    "The window is closed": window_is_closed,
    "The budget is used up": budget_is_used_up,
    "Nothing has set the clock": clock_is_unknown,
}


@pytest.fixture
def unset_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have nothing set the clock of this machine, whatever machine it is."""
    for room in ("commands.window", "wording.explain", "wording.line_words"):
        monkeypatch.setattr(f"netrelay.cli.{room}.is_clock_set", lambda: False)
    monkeypatch.setattr("netrelay.cli.checks.home_findings.clock_source", lambda: None)
    yield


def equal(text: str, line: CommandLine) -> str:
    """Return a text with equal times, and without the option of its home."""
    text = text.replace(f" --home {line.home.path}", "")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(?=;|,)", "2026-11-29 22:00", text)
    text = re.sub(rf"{_WEEK} \d\d:\d\d", "Tue 06:00", text)
    text = re.sub(r"since (\d{4}-\d\d-\d\d )?\d\d:\d\d", "since 20:00", text)
    text = re.sub(r"\bin (under 1 s|\d\d* s|\d\d+ min)\b", "in 40 min", text)
    text = re.sub(r"(?<=for )(under )?\d+ s(?=:)", "2 s", text)
    text = re.sub(r"\((under 1|\d) s\)", "(under 1 s)", text)
    return re.sub(r" Estimate: .*? on the wire \(.*?\)\.( What is not known: .*?\.)?", "", text)


def said(line: CommandLine, situation: Callable[[Walks], None]) -> str:
    """Return what `why`, `status` and `check` say of a file and of its line."""
    with walks(line) as node, up(line):
        situation(node)
        why = line.good("why", "film.mkv").strip()
        of_peer = line.good("why", "boat").strip()
        rows = line.good("status").splitlines()
        begin = next(at for at, row in enumerate(rows) if row.startswith("PEER"))
        status = "\n".join(row.rstrip() for row in rows[begin : begin + 2])
        lines = line("check").out.splitlines()
        wanted, shows, found = ("peers", "windows", "budgets", "clock"), False, []
        for each in lines:
            if not each.startswith(" "):
                level, subject = [*each.split(), "", ""][:2]
                shows = subject in wanted and not (level == "ok" and subject == "clock")
            if shows and each:
                found.append(each.rstrip())
        check = "\n".join(found)
    return equal(
        f"    $ netrelay why film.mkv\n    {why}\n\n    $ netrelay why boat\n    {of_peer}\n\n"
        + "    $ netrelay status\n"
        + "".join(f"    {row}\n" for row in status.split("\n"))
        + "\n    $ netrelay check\n"
        + "".join(f"    {row}\n" for row in check.split("\n")),
        line,
    )


@pytest.mark.usefixtures("unset_clock")
def test_the_page_shows_what_is_said(homes: Place) -> None:
    parts = []
    for number, (title, situation) in enumerate(SITUATIONS.items()):
        shelf = homes.node(f"shelf{number}", "--address", "127.0.0.1")
        boat = homes.node(f"boat{number}", "--address", "127.0.0.2")
        card = homes.folder / f"boat{number}.card"
        boat.good("id", "--card", str(card))
        shelf.good("peer", "add", str(card), "--name", "boat")
        shelf.good("peer", "allow", "boat", "deliver")
        parts.append(f"## {title}\n\n{said(shelf, situation)}")
    found = "\n".join(parts).replace("shelf0", "shelf")
    found = re.sub(r"\b(shelf|boat)\d\b", r"\1", found)
    text = PAGE.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    shown, end, tail = rest.partition(END)
    assert begin and end, "the page has no marks"
    if WRITES:
        PAGE.write_text(f"{head}{BEGIN}{found}{END}{tail}", encoding="utf-8")
        return
    assert found == shown
