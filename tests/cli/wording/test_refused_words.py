"""The refusals given to a peer, as `status`, `check`, `why` and `peer ls` name them."""

import json
import re
from typing import Any

import pytest

from netrelay.core.words import Refusal
from netrelay.store.admissions import AdmissionQuestion, missing_for
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import Walks, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with the peer boat, which may do nothing here."""
    line = homes.pair()[0]
    line.good("peer", "deny", "boat", "deliver")
    return line


def refuse(
    node: Walks,
    refusal: Refusal,
    missing: str = "",
    subject: str = "boat",
    messages: int = 1,
    reason: str = "the reason",
) -> None:
    """Report messages of boat that were refused; `subject` is a peer's name, or a node id."""
    known = node.database.value("SELECT node FROM peers WHERE name = ?", (subject,))
    about = subject if known is None else str(known)
    with node.database.transaction():
        node.database.execute(
            "INSERT INTO refusal_reports VALUES (?, ?, ?, ?, ?, ?)",
            (node.node("boat"), int(refusal), missing, about, messages, reason),
        )


def findings(line: CommandLine) -> list[tuple[str, str]]:
    """Return text and help of what `check` says of refusals."""
    found = [json.loads(text) for text in line("check", "--json").out.splitlines()]
    return [(each["text"], each["help"]) for each in found if each["subject"] == "refused"]


def without_home(words: str) -> str:
    return re.sub(r" --home [^ `]*", "", words)


def test_it_is_shown_everywhere(shelf: CommandLine) -> None:
    assert findings(shelf) == []
    assert json.loads(shelf.good("status", "--json"))["refused"] == []
    assert "refused here" not in shelf.good("status")
    with walks(shelf) as node:
        refuse(node, Refusal.NOT_PERMITTED, "deliver", messages=13)
        refuse(node, Refusal.NOT_PERMITTED, "deliver")
    ((text, helps),) = findings(shelf)
    assert re.fullmatch(
        r"boat: 14 messages were refused since \d\d:\d\d, the last at \d\d:\d\d: boat may not"
        r" deliver here",
        text,
    )
    assert without_home(helps) == "`netrelay peer allow boat deliver` would let them in"
    out = shelf.good("status")
    assert re.search(r"\n  boat +14 +\d\d:\d\d +\d\d:\d\d +boat may not deliver here\n", out)
    (shown,) = json.loads(shelf.good("status", "--json"))["refused"]
    assert (shown["peer"], shown["messages"], shown["missing"]) == ("boat", 14, "deliver")
    words = without_home(shelf.good("why", "boat"))
    assert "Of what it brings, 14 messages were refused since" in words
    assert "boat may not deliver here; `netrelay peer allow boat deliver` would" in words
    assert json.loads(shelf.good("why", "boat", "--json"))["refused"] == [shown]
    assert "14 messages were refused" in shelf.good("peer", "ls", "boat")
    shelf.good("peer", "allow", "boat", "deliver")
    assert findings(shelf) == []


STRANGER = "a" * 32
CAUSES: list[tuple[Refusal, str, str, str, str]] = [
    (Refusal.NOT_PERMITTED, "relay", "boat", "may not relay", "peer allow boat relay"),
    (Refusal.NOT_PERMITTED, "carry", STRANGER, "bring messages of aaa", f"boat carry {STRANGER}"),
    (Refusal.NOT_PERMITTED, "peer", STRANGER, "aaa is no peer here", "peer add CARD"),
    (Refusal.NOT_PERMITTED, "carry", "", "the reason", 'sql "SELECT * FROM refused_here"'),
    (Refusal.NO_ROUTE, "route", STRANGER, "no route from here to aaa", "--direct"),
    (Refusal.NO_ROUTE, "other-route", "boat", "leads back to boat", "leads elsewhere"),
    (Refusal.QUOTA, "bytes", "boat", "QUOTA: the reason", "peer quota boat SIZE` allows more"),
    (Refusal.QUOTA, "signed", "boat", "QUOTA: the reason", "when what waits here"),
    (Refusal.NO_ROOM, "", "boat", "NO_ROOM: the reason", "room on the disk"),
    (Refusal.BAD_HASH, "", "boat", "BAD_HASH: the reason", "damages what it sends"),
    (Refusal.MALFORMED, "", "", "MALFORMED: the reason", "on boat says more"),
]


@pytest.mark.parametrize(("refusal", "missing", "subject", "cause", "helps"), CAUSES)
def test_each_cause_with_what_helps(
    shelf: CommandLine, refusal: Refusal, missing: str, subject: str, cause: str, helps: str
) -> None:
    with walks(shelf) as node:
        refuse(node, refusal, missing, subject)
    ((text, what_to_do),) = findings(shelf)
    assert text.startswith("boat: 1 message was refused at ")
    assert cause in text
    assert helps in without_home(what_to_do)


def test_every_missing_right_of_the_view_has_words(shelf: CommandLine) -> None:
    """The words of `missing` in sql/admissions.sql, of which each is above."""
    found: set[Any] = {missing for refusal, missing, *_ in CAUSES if refusal.name != "QUOTA"}
    with walks(shelf) as node:
        script = node.database.value("SELECT sql FROM sqlite_master WHERE name = 'admissions'")
        boat = node.node("boat")
        (asked,) = missing_for(node.database, [AdmissionQuestion(boat, boat, node.own)])
    assert asked is not None
    known = set(re.findall(r"THEN '([a-z-]+)'\n", str(script))) | {asked.missing}
    assert known <= found | {"deliver"}
    assert len(known) == 6


def test_one_peer_does_not_hide_another(homes: Place) -> None:
    line = homes.pair()[0]
    homes.node("buoy").good("id", "--card", str(homes.folder / "buoy.card"))
    line.good("peer", "add", str(homes.folder / "buoy.card"))
    with walks(line) as node:
        for number in range(10):
            refuse(node, Refusal.NOT_PERMITTED, "carry", f"{number}")
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO refusal_reports VALUES (?1, 6, 'deliver', ?1, 1, 'why')",
                (node.node("buoy"),),
            )
    peers = [text.partition(":")[0] for text, _ in findings(line)]
    assert sorted(peers) == ["boat"] * 3 + ["buoy"]
