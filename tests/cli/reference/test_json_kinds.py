"""docs/reference/json.md lists the keys of each kind of JSON object that commands print."""

import json
import re

import pytest

from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.walks import walks

DOCUMENT = CHECKOUT / "docs" / "reference" / "json.md"
ROW = re.compile(r"^\| `([A-Za-z -]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
# These change a card or read a fleet.
NOT_TRIED = {"fleet check", "fleet card", "first-boot", "card-state", "card status"}
COMMANDS = (
    ("id",),
    ("status",),
    ("check",),
    ("jobs",),
    ("show", "1"),
    ("why", "1"),
    ("why", "boat"),
    ("why", "left.part"),
    ("why", "long-gone.txt"),
    ("trace", "1"),
    ("receipt", "custody", "1"),
    ("inbox",),
    ("peer", "ls"),
    ("peer", "ways", "boat"),
    ("budget",),
    ("window",),
    ("limit",),
    ("plan", "--size", "1M", "--to", "boat"),
    ("peer", "ping", "boat", "--timeout", "1s"),
    ("machine",),
    ("logs",),
    ("top", "--once"),
    ("message", "ahoy", "--to", "boat"),
    ("send", str(CHECKOUT / "README.md"), "--to", "boat"),
)


def documented() -> dict[tuple[str, str], set[str]]:
    """Return the keys of each object by command and kind, as the document has them."""
    found = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {
        (command, kind): set(words(keys)) for command, kinds, keys in found for kind in words(kinds)
    }


def words(cell: str) -> list[str]:
    """Return the words of a cell."""
    return re.findall(r"`([a-z_-]+)`", cell)


def name_of(command: tuple[str, ...]) -> str:
    """Return a command as the document calls it."""
    if command[0] == "why":
        return {"1": "why JOB", "boat": "why NODE"}.get(command[1], "why NAME")
    return " ".join(command[:2]) if command[0] in ("peer", "receipt") else command[0]


def test_every_kind_is_in_it() -> None:
    sources = (CHECKOUT / "netrelay" / "cli").rglob("*.py")
    kinds = {
        kind
        for path in sources
        for kind in re.findall(r'json_line\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    }
    # A job has the kind of what is sent.
    assert kinds - {"job"} == {kind for _, kind in documented()} - {"directory", "sealed"}


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with a job, a text and a file that came, and a log line."""
    shelf = homes.pair()[0]
    shelf.good("message", "ahoy", "--to", "boat")
    shelf.good("budget", "boat", "5M/day")
    shelf.good("window", "boat", "Sat,Sun")
    shelf.good("limit", "boat", "64K", "--window", "Sat")
    with walks(shelf) as walk:
        walk.arrive("boat", "came.txt", 5)
        with walk.database.transaction():
            walk.database.execute(
                "UPDATE files SET inbox_name = name, closed = 1 WHERE name = 'came.txt'"
            )
            walk.database.execute(
                "INSERT INTO texts VALUES (1, 1, ?, x'0102030405060708', 1, 7, 8, 'text', '')",
                (walk.node("boat"),),
            )
            walk.database.execute(
                "INSERT INTO logs (unix_s, at_s, process, level, event, text)"
                " VALUES (1, 1, 'sender', 'error', 'event', 'text')"
            )
            walk.database.execute(
                "INSERT INTO pruned_jobs VALUES (9000, 'long-gone.txt', 'out', ?, 1, 'F', 5)",
                (walk.node("boat"),),
            )
    (shelf.home.drop / "boat" / "left.part").touch()
    return shelf


def test_each_object_has_the_keys_that_are_listed(shelf: CommandLine) -> None:
    wanted = documented()
    tried: set[str] = set()
    for command in COMMANDS:
        name = name_of(command)
        tried.add(name)
        outcome = shelf(*command, "--json")
        assert outcome.out, (command, outcome)
        for line in outcome.out.splitlines():
            found = json.loads(line)
            assert found.pop("schema") == 1
            kind = found.pop("kind")
            assert (name, kind, found.keys()) == (name, kind, wanted[name, kind])
    assert {name for name, _ in wanted} - tried == NOT_TRIED
