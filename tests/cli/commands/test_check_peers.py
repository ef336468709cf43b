"""`netrelay check`: peers, routes to them, and calls."""

import json
from typing import Any

import pytest

from netrelay.cli.checks.peer_findings import peer_findings
from netrelay.cli.opening import reading
from netrelay.store.database import ReadOnlyDatabase
from tests.cli.checked import at_work, check, node_with_peer
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import no_answer, off
from tests.cli.walks import walks
from tests.story.nodes import free_address


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return node_with_peer(homes)


def test_routes_are_looked_at_once_for_all_peers(
    homes: Place, shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each peer, five thousand took minutes."""
    asked: list[str] = []
    rows, row = ReadOnlyDatabase.rows, ReadOnlyDatabase.row

    def noted_rows(self: ReadOnlyDatabase, sql: str, *values: Any) -> Any:
        asked.append(sql)
        return rows(self, sql, *values)

    def noted_row(self: ReadOnlyDatabase, sql: str, *values: Any) -> Any:
        asked.append(sql)
        return row(self, sql, *values)

    def asked_for_routes() -> int:
        asked.clear()
        with reading(shelf.home) as database:
            assert [*peer_findings(database, shelf.home)]
        return sum("route_overview" in sql for sql in asked)

    monkeypatch.setattr(ReadOnlyDatabase, "rows", noted_rows)
    monkeypatch.setattr(ReadOnlyDatabase, "row", noted_row)
    before = asked_for_routes()
    deck = homes.node("deck", "--address", free_address())
    deck.good("id", "--card", str(homes.folder / "deck.card"))
    shelf.good("peer", "add", str(homes.folder / "deck.card"))
    assert asked_for_routes() == before


def test_a_connection_counts_only_while_both_that_keep_it_run(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 7)
    for gone in ("sender", "processor_s"):
        with at_work(shelf):
            (shelf.runtime / f"{gone}.bell").rename(shelf.runtime / "elsewhere")
            code, found = check(shelf)
            (shelf.runtime / "elsewhere").rename(shelf.runtime / f"{gone}.bell")
        assert (code, found["processes"][0][0]) == (2, "fail")
        assert found["peers"] == [("ok", "boat: no connection is needed now | ")]


def test_a_node_without_a_peer(homes: Place) -> None:
    _, found = check(homes.node("alone", "--address", free_address()))
    assert found["peers"][0][0] == "warn"
    assert "peer add CARD" in found["peers"][0][1]


def test_a_peer_that_is_not_reached_and_jobs_that_died(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        no_answer(node)
        ((_, text),) = check(shelf)[1]["peers"]
        assert ": 10.0.0.7 port 7411: No route to host; not yet for longer than usual | " in text
        assert "| nothing answers" in text
        off(node)
        node.report("expired", "processor_s", "id = (SELECT min(id) FROM messages WHERE type = 6)")
        node.log("error", "x")
    with at_work(shelf):
        code, found = check(shelf)
    assert code == 1
    assert "Connection refused" in str(found["peers"])
    assert "given up, since its lifetime was over" in str(found["jobs"])
    assert "no connection to boat: 10.0.0.7 port 7412: Connection refused" in str(found["jobs"])


def test_a_way_back_that_is_missing(homes: Place, shelf: CommandLine) -> None:
    buoy = homes.node("buoy", "--address", free_address())
    buoy.good("id", "--card", str(homes.folder / "buoy.card"))
    shelf.good("peer", "add", str(homes.folder / "buoy.card"))
    shelf.good("peer", "allow", "buoy", "deliver")
    shelf.good("peer", "route", "buoy", "--via", "boat")
    assert "peer allow boat carry buoy" in str(check(shelf)[1]["peers"])
    shelf.good("peer", "allow", "boat", "carry", "buoy")
    assert "carry" not in str(check(shelf)[1]["peers"])
    shelf.good("peer", "route", "buoy", "--none")
    shelf.good("pause", "boat")
    shelf.good("peer", "deny", "boat", "deliver")
    found = str(check(shelf)[1]["peers"])
    shelf.good("peer", "deny", "boat", "carry", "buoy")
    found += str(check(shelf)[1]["peers"])
    for words in ("buoy: there is no route", "boat: paused since", "boat: it may do nothing here"):
        assert words in found


def test_a_peer_that_may_do_nothing_here_is_no_trouble(shelf: CommandLine) -> None:
    """A node that only sends would be a warning for ever."""
    shelf.good("peer", "deny", "boat", "deliver")
    levels = [level for level, text in check(shelf)[1]["peers"] if "may do nothing here" in text]
    assert levels == ["ok"]


def test_a_peer_at_this_nodes_own_place(shelf: CommandLine) -> None:
    own = json.loads(shelf.good("id", "--json"))["listens"]
    out = shelf.good("peer", "address", "boat", own)
    assert f"but at {own} port 7411 this node listens itself: boat is not there" in out
    ((level, text),) = check(shelf)[1]["peers"]
    assert (level, text.partition(" | ")[0]) == (
        "warn",
        f"boat: at {own} port 7411 this node listens itself",
    )
    # Another port is another node.
    assert "listens itself" not in shelf.good("peer", "address", "boat", f"{own}:7500")
    assert check(shelf)[1]["peers"][0][0] == "ok"


def test_a_peer_that_cannot_be_dialled_and_does_not_call(shelf: CommandLine) -> None:
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET addresses = '[]'")
        # The rows above were given by a person; the peer has said since that it calls.
        node.database.execute("UPDATE peers SET calls = 1")
    _, found = check(shelf)
    assert found["peers"] == [
        (
            "ok",
            "boat: it cannot be dialled, and no call of it is open; not yet for longer than usual |"
            " it calls by itself when it is up and connected; `netrelay why` there says more",
        )
    ]
    why = shelf.good("why", "boat")
    assert "boat said that nobody can dial it. It calls this node by itself when it is up" in why
    assert "it has not called yet" in why


def test_two_nodes_that_can_only_dial(shelf: CommandLine) -> None:
    with walks(shelf) as node, node.database.transaction():
        node.database.execute("UPDATE peers SET calls = 1")
        node.database.execute("INSERT INTO cannot_dial_here SELECT node, clock() FROM peers")
    _, found = check(shelf)
    ((level, text),) = found["peers"]
    assert level == "warn"
    assert "boat: not reached" in text
    assert "neither node can dial the other | both need a way over a node" in text
    assert "`netrelay peer route boat --via NODE" in text
    why = shelf.good("why", "boat")
    assert "boat said that nobody can dial it, and it cannot dial this node: both need" in why
    assert "neither node can dial the other" in shelf.good("status")


def test_a_node_that_can_only_dial_and_a_peer_that_was_never_reached(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        with node.database.transaction():
            node.database.execute("UPDATE selfinfo SET can_be_dialled = 0")
        node.claim("boat", "film.mkv", 5)
        node.report("unsent", "initial_sender", "type = 4", "10.0.0.7 port 7411: timed out", 300)
    _, found = check(shelf)
    ((_, text),) = found["peers"]
    assert "this node can only dial: if nobody can dial boat either, `netrelay peer route" in text
    assert "This node can only dial: if nobody can dial boat either" in shelf.good("why", "boat")


def test_the_call_of_a_node_that_cannot_be_dialled_fails(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        with node.database.transaction():
            node.database.execute("UPDATE selfinfo SET can_be_dialled = 0")
            node.database.execute("UPDATE peers SET answers_calls = 1")
            node.database.execute(
                "INSERT INTO call_reports"
                " SELECT node, 'unreached', 0.5, 'Connection refused', 0 FROM peers"
            )
        node.agree("boat")
        _, found = check(shelf)
        assert found["peers"][0][0] == "ok"
        with node.database.transaction():
            node.database.execute("UPDATE placed_calls SET failures = 9, down_s = clock() - 700")
    _, found = check(shelf)
    (level, text) = found["peers"][0]
    assert level == "warn"
    assert (
        "boat: it cannot dial this node, whose call to it is not open: Connection refused" in text
    )
    assert "nothing comes from there: Connection refused" in shelf.good("why", "boat")
