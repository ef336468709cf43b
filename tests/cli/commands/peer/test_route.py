"""`netrelay peer route`: the next hop for a peer."""

import pytest

from netrelay.cli.errors import Exit
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.peer.test_peer import card_of, peers_of


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """A node with the peers boat and buoy, both direct."""
    shelf = homes.node("shelf", "--address", "127.0.0.1")
    for name in ("boat", "buoy"):
        shelf.good("peer", "add", card_of(homes, homes.node(name)))
    return shelf


def routes(line: CommandLine) -> dict[object, object]:
    """Return the name of the next hop to every peer."""
    names = {peer["node"]: peer["name"] for peer in peers_of(line)} | {None: None}
    return {peer["name"]: names[peer["via"]] for peer in peers_of(line)}


def test_a_route_leads_through_a_neighbour_straight_or_nowhere(shelf: CommandLine) -> None:
    assert routes(shelf) == {"boat": "boat", "buoy": "buoy"}
    out = shelf.good("peer", "route", "buoy", "--via", "boat")
    assert "messages to buoy go to boat" in out
    assert routes(shelf) == {"boat": "boat", "buoy": "boat"}
    assert "no route" not in shelf.good("peer", "ls")
    out = shelf.good("peer", "route", "buoy", "--none")
    assert out == "messages to buoy wait here until there is a route\n"
    assert routes(shelf) == {"boat": "boat", "buoy": None}
    assert "no route" in shelf.good("peer", "ls")
    out = shelf.good("peer", "route", "buoy", "--direct")
    assert out == "messages to buoy go straight there\n"
    assert routes(shelf) == {"boat": "boat", "buoy": "buoy"}


def test_what_it_says_to_type_elsewhere_is_right_there(homes: Place, shelf: CommandLine) -> None:
    lines = {"boat": homes.line("boat"), "buoy": homes.line("buoy")}
    cards = {line.home.path.name: card_of(homes, line) for line in (shelf, *lines.values())}
    for name, line in lines.items():
        for other in cards.keys() - {name}:
            line.good("peer", "add", cards[other])
    where = "boat"
    for text in shelf.good("peer", "route", "buoy", "--via", "boat").splitlines()[1:]:
        if text.startswith("and at buoy"):
            where = "buoy"
            continue
        words = text.split("(")[0].split()
        assert words[0] == "netrelay"
        lines[where].good(*words[1:])
    rights = {
        name: {str(peer["name"]): peer["rights"] for peer in peers_of(line)}
        for name, line in lines.items()
    }
    assert rights["boat"] == {"shelf": ["relay"], "buoy": []}
    assert rights["buoy"] == {"shelf": [], "boat": ["carry shelf"]}
    assert routes(lines["buoy"]) == {"shelf": "boat", "boat": "boat"}


def test_several_next_hops_stand_in_their_order(shelf: CommandLine) -> None:
    out = shelf.good("peer", "route", "buoy", "--direct", "--via", "boat")
    assert "go straight there, and while that is not reached by boat; at boat, type:" in out
    assert "peer route shelf --direct --via boat" in out
    assert routes(shelf)["buoy"] == "buoy"
    hops = "SELECT hop FROM route_overview WHERE peer = 'buoy' ORDER BY position"
    assert shelf.good("sql", "--csv", hops).split() == ["hop", "direct", "boat"]
    shelf.good("peer", "route", "buoy", "--via", "boat", "--direct")
    assert shelf.good("sql", "--csv", hops).split() == ["hop", "boat", "direct"]
    assert routes(shelf)["buoy"] == "boat"
    shelf.good("peer", "route", "buoy", "--direct")
    assert shelf.good("sql", "--csv", hops).split() == ["hop", "direct"]
    shelf.good("peer", "route", "buoy", "--via", "boat", "--direct")
    shelf.good("peer", "rm", "boat")
    assert shelf.good("sql", "--csv", hops).split() == ["hop", "direct"]
    assert routes(shelf) == {"buoy": "buoy"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["buoy", "--via", "buoy"], Exit.DATA, "buoy via buoy is `--direct`"),
        (["bouy", "--direct"], Exit.DATA, "buoy"),
        (["buoy", "--via", "baot"], Exit.DATA, "boat"),
        (["buoy", "--via", "shelf"], Exit.DATA, "shelf is this node itself"),
        (["buoy", "--via", "boat", "--via", "shelf"], Exit.DATA, "so the way leads back here"),
        (["buoy", "--via", "boat", "--via", "boat"], Exit.DATA, "boat is in the list twice"),
        (["buoy", "--direct", "--direct"], Exit.DATA, "buoy is in the list twice"),
        (["buoy"], Exit.USAGE, "--via"),
        (["buoy", "--direct", "--none"], Exit.USAGE, "--none"),
        ([], Exit.USAGE, "NODE"),
    ],
)
def test_what_it_cannot_do(shelf: CommandLine, words: list[str], code: Exit, said: str) -> None:
    before = routes(shelf)
    outcome = shelf("peer", "route", *words)
    assert outcome.code == code
    assert said in outcome.err
    assert routes(shelf) == before
