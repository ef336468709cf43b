"""Peers of a card's netrelay.toml: enrolled, changed, and taken back."""

import pytest

from netrelay.runtime.config import load
from tests.cli.command_line import CommandLine
from tests.provisioning.card.boot_partition import NAMED, Card


def command_line(card: Card) -> CommandLine:
    line = CommandLine(card.home.path)
    line.runtime = card.runtime
    return line


BUDGETS = "SELECT limit_bytes, period FROM budgets"
PEERS = "SELECT name, via, quota_bytes FROM peers ORDER BY name"
RIGHTS = (
    "SELECT p.name, r.verb, r.subject FROM rights r JOIN peers p ON p.node = r.peer ORDER BY 1, 2"
)


def test_peers_are_enrolled_with_their_rights_and_routes(three: tuple[Card, Card, Card]) -> None:
    shelf, boat, buoy = three
    shelf.write(
        NAMED + '[peers.boat]\nmay = ["deliver", "carry buoy"]\nquota = "1M"\n'
        '[peers.buoy]\nmay = ["deliver"]\nvia = "boat"\n'
    )
    shelf.good()
    assert shelf.rows(PEERS) == [
        ("boat", boat.node_id, 1 << 20),
        ("buoy", boat.node_id, None),
    ]
    assert shelf.rows(RIGHTS) == [
        ("boat", "carry", buoy.node_id),
        ("boat", "deliver", ""),
        ("buoy", "deliver", ""),
    ]
    assert (shelf.home.drop / "buoy").is_dir()


def test_a_card_that_no_section_names_is_not_used_in_silence(
    three: tuple[Card, Card, Card],
) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n")
    (shelf.boot / "netrelay.toml.txt").touch()
    shelf.good()
    said = shelf.read("netrelay-node.txt")
    assert "cards/buoy.card is not used: [peers.buoy] in netrelay.toml enrols it" in said
    assert "cards/boat.card" not in said
    assert "netrelay.toml.txt is not read" in said


def test_what_the_file_gave_it_takes_back_and_what_a_person_gave_stays(
    three: tuple[Card, Card, Card],
) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + '[peers.boat]\nmay = ["deliver", "relay"]\n[peers.buoy]\n')
    shelf.good()
    line = command_line(shelf)
    line.good("peer", "allow", "boat", "carry", "buoy")
    shelf.write(NAMED + '[peers.boat]\nmay = ["relay"]\n[peers.buoy]\n')
    shelf.good()
    assert [verb for _, verb, _ in shelf.rows(RIGHTS)] == ["carry", "relay"]
    shelf.write(NAMED + '[peers.boat]\nmay = ["relay"]\n')
    shelf.good()
    assert shelf.rows("SELECT name FROM peers") == [("boat",)]
    assert not (shelf.home.drop / "buoy").exists()


def test_a_budget_of_the_file_is_set_and_lifted(three: tuple[Card, Card, Card]) -> None:
    shelf, _, _ = three
    for said, wanted in (
        ('budget = "500M/month"', [(500 << 20, "month")]),
        ('budget = "20M/day"', [(20 << 20, "day")]),
        ("", []),
    ):
        shelf.write(f"{NAMED}[peers.boat]\n{said}\n")
        shelf.good()
        assert shelf.rows(BUDGETS) == wanted


def test_a_budget_that_a_person_gave_stays(three: tuple[Card, Card, Card]) -> None:
    shelf, _, _ = three
    shelf.write(NAMED + "[peers.boat]\n")
    shelf.good()
    command_line(shelf).good("budget", "boat", "1G/week")
    shelf.write(NAMED + '[peers.boat]\nmay = ["deliver"]\n')
    shelf.good()
    assert shelf.rows(BUDGETS) == [(1 << 30, "week")]


@pytest.mark.parametrize("kind", ["own card", "known by hand"])
def test_a_peer_that_cannot_be_is_a_mistake(three: tuple[Card, Card, Card], kind: str) -> None:
    shelf, boat, _ = three
    if kind == "own card":
        (shelf.boot / "cards" / "boat.card").write_bytes((shelf.boot / "shelf.card").read_bytes())
        wanted = "peers.boat has this node's own card"
    else:
        line = command_line(shelf)
        line.good("peer", "add", str(boat.boot / "boat.card"), "--name", "ship")
        wanted = "peers.boat is a node that this one knows as ship"
    shelf.write('[node]\nname = "other"\n[peers.boat]\n')
    [mistake] = shelf.start().mistakes
    assert mistake.said == wanted
    assert load(shelf.home.config).name == "shelf"
    assert shelf.of_root("/etc/hostname") == "shelf\n"
