"""A folder of keys that was copied from another node is noticed, and both nodes are named."""

import shutil

import pytest

from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def mixed(homes: Place) -> tuple[CommandLine, str, str]:
    """Return shelf with the keys of boat, and the node ids of shelf and of boat."""
    shelf, boat = homes.pair()
    nodes = [line.good("id").split("node id")[1].split()[0] for line in (shelf, boat)]
    shutil.rmtree(shelf.home.keys)
    shutil.copytree(boat.home.keys, shelf.home.keys)
    return shelf, nodes[0], nodes[1]


def test_check_and_status_name_both(mixed: tuple[CommandLine, str, str]) -> None:
    shelf, own, other = mixed
    checked = shelf("check")
    assert checked.code == 2
    (line,) = [each for each in checked.out.splitlines() if each.startswith("fail  keys")]
    assert f"keys holds the keys of node {other}" in line
    assert f"netrelay.db is the database of node {own}" in line
    assert f"`netrelay restore FILE --replace --home {shelf.home.path}`" in checked.out
    (line,) = [each for each in shelf.good("status").splitlines() if each.startswith("keys")]
    assert own in line
    assert other in line


def test_no_card_of_the_other_node_is_written(mixed: tuple[CommandLine, str, str]) -> None:
    shelf, own, other = mixed
    card = shelf.home.path.with_name("made.card")
    code, line = shelf.bad("id", "--card", str(card))
    assert (code, own in line, other in line, card.exists()) == (78, True, True, False)


def test_the_node_does_not_start(mixed: tuple[CommandLine, str, str]) -> None:
    shelf, own, other = mixed
    outcome = shelf.start("up")
    assert outcome.code == 78
    assert f"keys of node {other}" in outcome.err
    assert f"database of node {own}" in outcome.err
    assert "Traceback" not in outcome.err
