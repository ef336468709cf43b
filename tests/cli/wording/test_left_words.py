"""Words of `status`, `check` and `why` for entries of the drop folders that are not sent."""

import json
import re

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, Walks, walks

HOUR_S = 3600
REASON = "its name is hidden: it is sent once it is renamed"


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def leave(node: Walks, name: str, age_s: float, folder: str = "boat") -> None:
    """Store an entry that lies in a drop folder."""
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO passed_over VALUES (?, ?, ?, clock() - ?)", (folder, name, REASON, age_s)
        )


def findings(line: CommandLine) -> list[str]:
    """Return what `check` says of the drop folders."""
    found = [json.loads(text) for text in line("check", "--json").out.splitlines()]
    return [each["text"] for each in found if each["subject"] == "drop"]


def test_it_is_shown_everywhere_after_an_hour(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        leave(node, ".young", HOUR_S - 60)
    assert findings(shelf) == []
    assert "left in drop" not in shelf.good("status")
    assert json.loads(shelf.good("status", "--json"))["left_in_drop"] == []
    with walks(shelf) as node:
        leave(node, ".film\x1b", 3 * HOUR_S)
        leave(node, ".other", 2 * HOUR_S)
        leave(node, "bota", 5 * HOUR_S, "")
    assert findings(shelf) == [
        f"1 entry in drop/ is not sent: bota, for 5 h: {REASON}",
        f"2 entries in drop/boat are not sent: the oldest, .film\x1b, for 3 h: {REASON}",
    ]
    out = shelf.good("status")
    assert f"2 entries in drop/boat are not sent: the oldest, .film\\x1b, for 3 h: {REASON}" in out
    assert 'sql "SELECT * FROM left_in_drop"' in out
    (oldest, *_) = json.loads(shelf.good("status", "--json"))["left_in_drop"]
    assert (oldest["folder"], oldest["name"], oldest["reason"]) == ("drop/", "bota", REASON)
    assert abs(oldest["waited_s"] - 5 * HOUR_S) < 60
    rows = shelf.good("sql", "--csv", "SELECT folder, name FROM left_in_drop ORDER BY waited_s")
    assert rows.splitlines()[1:] == ["drop/boat,.other", "drop/boat,.film\x1b", "drop/,bota"]


def test_why_names_it_sooner_and_beside_a_job_of_its_name(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        leave(node, ".film", 300)
    out = shelf.good("why", ".film")
    assert re.match(
        rf"\.film lies in drop/boat since \S+ \(5 min\) and is not sent: {REASON}\.", out
    )
    assert "netrelay up" in out
    assert json.loads(shelf.good("why", ".film", "--json"))["entries"][0]["folder"] == "drop/boat"
    with walks(shelf) as node:
        node.claim("boat", ".film", MIB)
    out = shelf.good("why", ".film")
    assert "job 1" in out
    assert ".film lies in drop/boat" in out


def test_a_folder_with_many_is_said_to_hold_at_least_so_many(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        for number in range(70):
            leave(node, f"{number}.part", 2 * HOUR_S)
    (text,) = findings(shelf)
    assert text.startswith("at least 64 entries in drop/boat are not sent")


def test_why_names_what_has_no_row_yet_by_where_it_lies(shelf: CommandLine) -> None:
    drop = shelf.home.drop
    (drop / "baot").mkdir()
    for path in ("note.txt", "baot/list.csv", "boat/photo.jpg", "boat/desktop.ini"):
        (drop / path).touch()
    (drop / "boat" / "link.jpg").symlink_to("nowhere")
    for name, words in (
        ("note.txt", "lies in drop/ and is not sent: only what is in the folder of a peer"),
        ("list.csv", "lies in drop/baot and is not sent: baot is no peer"),
        ("photo.jpg", "lies in drop/boat and is not sent: it is sent once it is complete"),
        ("link.jpg", "lies in drop/boat and is not sent: it is sent once it is complete"),
        ("desktop.ini", "lies in drop/boat and is not sent: the key `ignore` of netrelay.toml"),
    ):
        out = shelf.good("why", name)
        assert out.startswith(f"{name} {words}")
        assert "netrelay up" in out
    for name in ("../keys", "boat/photo.jpg", "..", "absent"):
        assert "there is no job or node" in shelf.bad("why", name)[1]
