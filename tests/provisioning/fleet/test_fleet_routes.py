"""Routes that do not arrive or have no way back, missing rights, and derived rights."""

from pathlib import Path

import pytest

from netrelay.core.header import HOPS_MAX
from netrelay.provisioning.fleet.fleet_routes import carried_by, ways
from tests.provisioning.fleet.fleets import ROW, fleet_of, mistakes_of


def test_the_ways_of_a_row(tmp_path: Path) -> None:
    found = [(each.nodes, each.is_wanted) for each in ways(fleet_of(tmp_path))]
    assert found == [
        (("shelf", "boat"), True),
        (("shelf", "boat", "buoy"), True),
        (("boat", "shelf"), True),
        (("buoy", "boat", "shelf"), True),
        (("buoy", "boat"), True),
    ]


def test_who_carries_whose_follows_from_the_routes(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    assert carried_by(fleet, "shelf") == {"boat": {"buoy"}}
    assert carried_by(fleet, "buoy") == {"boat": {"shelf"}}
    assert carried_by(fleet, "boat") == {}


def chain(count: int) -> str:
    """Return a chain of nodes, with files from the first to the last."""
    names = [f"n{place:02}" for place in range(count)]
    lines = []
    for place, name in enumerate(names):
        via = []
        if place < count - 2:
            via.append(f'{names[-1]} = "{names[place + 1]}"')
        if place > 1:
            via.append(f'{names[0]} = "{names[place - 1]}"')
        lines += [f"[nodes.{name}]", f"via = {{ {', '.join(via)} }}", 'relay = "all"']
    lines.append(f'deliver = ["{names[0]}"]')
    return "\n".join(lines)


def test_the_longest_way_there_may_be(tmp_path: Path) -> None:
    assert mistakes_of(tmp_path, chain(HOPS_MAX + 2)) == []
    found = mistakes_of(tmp_path, chain(HOPS_MAX + 3))
    assert f"from n00 to n18 there are 17 relays; allowed: at most {HOPS_MAX}" in found[0]


def changed(before: str, after: str) -> str:
    assert before in ROW
    return ROW.replace(before, after, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            changed('relay = ["shelf", "buoy"]', 'relay = ["buoy"]'),
            "line 7: shelf to boat to buoy: nodes.boat.relay lacks 'shelf'; allowed: relay ="
            ' [..., "shelf"] under [nodes.boat]',
        ),
        (
            changed('deliver = "all"\n', 'deliver = "all"\nvia = { buoy = "shelf" }\n'),
            "line 7: what shelf sends to buoy goes in a circle: shelf to boat to shelf",
        ),
        (
            changed("[nodes.shelf]\n", "[nodes.shelf]\naddresses = []\n").replace(
                "[nodes.boat]\n", "[nodes.boat]\naddresses = []\n"
            ),
            "neither boat nor shelf can be dialled, and they are neighbours",
        ),
        (
            changed("[nodes.shelf]\n", '[nodes.shelf]\noverseer = "buoy"\n').replace(
                'deliver = ["shelf"]', "deliver = []"
            ),
            "line 2: nodes.shelf.overseer is 'buoy', and nodes.buoy.deliver lacks 'shelf'; allowed:"
            ' deliver = [..., "shelf"] under [nodes.buoy]',
        ),
        (
            # Receipts return through a third node that does not permit it.
            changed('via = { shelf = "boat" }', 'via = { shelf = "mast" }') + "[nodes.mast]\n",
            "receipts for what shelf sends to buoy come back by buoy to mast to shelf, and"
            " nodes.mast.relay lacks 'buoy'",
        ),
        (
            changed('via = { shelf = "boat" }\n', "")
            .replace("[nodes.shelf]\n", "[nodes.shelf]\naddresses = []\n")
            .replace("[nodes.buoy]\n", "[nodes.buoy]\naddresses = []\n")
            .replace('deliver = "all"', "deliver = []"),
            "receipts for what shelf sends to buoy have no way back: buoy to shelf, and"
            " neither buoy nor shelf can be dialled",
        ),
        (
            ROW.replace('via = { shelf = "boat" }', 'via = { shelf = "mast" }')
            + '[nodes.mast]\nvia = { shelf = "buoy" }\nrelay = "all"\n',
            "receipts for what shelf sends to buoy have no way back: buoy to mast to buoy is a",
        ),
    ],
)
def test_a_way_that_does_not_work_is_named(tmp_path: Path, text: str, wanted: str) -> None:
    found = mistakes_of(tmp_path, text)
    assert any(wanted in line for line in found), found


def test_one_end_of_a_hop_that_can_be_dialled_is_enough(tmp_path: Path) -> None:
    ends = ROW
    for name in ("shelf", "buoy"):
        ends = ends.replace(f"[nodes.{name}]\n", f"[nodes.{name}]\naddresses = []\n")
    assert ends.count("addresses = []") == 2
    assert mistakes_of(tmp_path, ends) == []
    said = "[nodes.boat]\ncan_be_dialled = false\n"
    found = mistakes_of(tmp_path, ends.replace("[nodes.boat]\n", said))
    for line, end in zip(found, ("buoy", "shelf"), strict=True):
        assert f"neither boat nor {end} can be dialled" in line


def test_one_cause_is_named_once(tmp_path: Path) -> None:
    found = mistakes_of(tmp_path, changed("[nodes.boat]\n", "[nodes.boat]\naddresses = []\n"))
    assert len(found) == len(set(found))


def test_a_receipt_that_comes_another_way_is_let_in(tmp_path: Path) -> None:
    """A neighbour that the node does not send to needs a right to bring receipts."""
    text = """\
[nodes.a]
via = { c = "b", d = "b" }
[nodes.b]
relay = ["a"]
[nodes.c]
deliver = ["a"]
via = { a = "d" }
[nodes.d]
relay = ["c"]
"""
    assert mistakes_of(tmp_path, text) == []
    fleet = fleet_of(tmp_path, text)
    assert carried_by(fleet, "a") == {"d": {"c"}}
    assert carried_by(fleet, "c") == {"b": {"a"}}
