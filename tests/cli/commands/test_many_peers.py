"""Commands of a node with hundreds of peers: counts, the worst first, and no question for each."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import apsw
import pytest

from netrelay.runtime.node import open_database
from netrelay.store.peers import add_peer
from netrelay.store.row_queries import Queries
from tests.budget import over_budget
from tests.cli.command_line import CommandLine, place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks

PEERS = 300
OF_EACH = (
    "INSERT INTO agreements VALUES (?, '[]', 7411, '[7412]', 65536, 2, x'01')",
    "INSERT INTO calls VALUES (?, -1, -1, 2, 0, NULL, 0.5, '192.0.2.1', 'away')",
    "INSERT INTO rights VALUES (?, 'deliver', '')",
)
# Rows about a peer that commands of a person and refused messages make.
MORE_OF_EACH = (
    "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
    " VALUES (?, 5000000, 'day', 0, 4e9)",
    "INSERT INTO windows VALUES (?, '[\"Sat\"]', 'closed', 1, NULL, 1, NULL)",
    "INSERT INTO limit_windows VALUES (?, '[\"Sat\"]', 65536, 1, NULL, 1)",
    "INSERT INTO refusals_given VALUES (?, 6, 'carry', '', 1, 0, 0, 'why')",
    "INSERT INTO way_reports VALUES (?, '192.0.2.1', 'away')",
)


def enrol(hub: CommandLine, count: int) -> None:
    """Add so many peers that have agreed on a size, and are away."""
    with hub.environment():
        database = open_database(hub.home, "person")
        with database.transaction():
            for number in range(count):
                id_, pin = f"{number:032}", number.to_bytes(32, "big")
                addresses = ["192.0.2.1"] if number % 2 else []
                add_peer(database, id_, f"light-{number:03}", b"c", pin, b"k", addresses, 7411)
                for statement in OF_EACH:
                    database.execute(statement, (id_,))
        database.close()


@pytest.fixture(scope="module")
def hub() -> Iterator[CommandLine]:
    """A node with a peer that things wait for, and hundreds of others."""
    with place() as homes:
        hub = homes.pair()[0]
        enrol(hub, PEERS)
        with walks(hub) as node:
            node.agree("boat")
            node.connection("boat", -1)
            node.claim("boat", "film.mkv", 3 * MIB)
        yield hub


def test_status_counts_and_shows_who_is_waited_for(hub: CommandLine) -> None:
    with up(hub):
        lines = hub.good("status").splitlines()
    assert len(lines) < 60
    (summary,) = (line for line in lines if f"{PEERS + 1} peers: " in line)
    assert "1 with something that waits" in summary
    first = lines[lines.index(summary) + 2]
    assert first.startswith("boat "), "the worst first"
    assert any(line.startswith(f"and {PEERS + 1 - 20} more; ") for line in lines)
    assert len(json.loads(hub.good("status", "--json"))["peers"]) == PEERS + 1


def test_peer_ls_has_a_limit_and_filters(hub: CommandLine) -> None:
    lines = hub.good("peer", "ls").splitlines()
    assert len(lines) == 103
    assert lines[0] == f"{PEERS + 1} peers: {PEERS + 1} not reached"
    assert hub.good("peer", "ls", "--limit", "7").splitlines()[-1] == (
        f"and {PEERS + 1 - 7} more (--limit N)"
    )
    assert len(hub.good("peer", "ls", "--limit", "400").splitlines()) == PEERS + 2
    failing = hub.good("peer", "ls", "--failing", "--json").splitlines()
    assert len(failing) == PEERS + 1
    assert hub.good("peer", "ls", "--connected").strip() == "no such peer"
    assert hub.good("peer", "ls", "--unmet").strip() == "no such peer"
    assert len(hub.good("peer", "ls", "--json").splitlines()) == PEERS + 1


def test_check_says_what_is_alike_once(hub: CommandLine) -> None:
    outcome = hub("check")
    assert len(outcome.out.splitlines()) < 150
    assert "more of this kind; --json has them all" in outcome.out
    found = [json.loads(line) for line in hub("check", "--json").out.splitlines()]
    assert sum(finding["subject"] == "peers" for finding in found) >= PEERS


@pytest.mark.parametrize("words", ["status", "peer ls", "check", "why light-007", "jobs"])
def test_a_command_asks_no_question_for_each_peer(
    hub: CommandLine, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def count(name: str) -> None:
        ask: Callable[..., object] = getattr(Queries, name)

        def counted(self: Queries, *arguments: object) -> object:
            nonlocal asked
            asked += 1
            return ask(self, *arguments)

        monkeypatch.setattr(Queries, name, counted)

    count("rows")
    count("row")
    hub(*words.split())
    assert 0 < asked < 120


class Steps(NamedTuple):
    """Instructions of SQLite, one element for each statement."""

    taken: list[int]


@contextmanager
def counted_steps() -> Iterator[Steps]:
    """Count the instructions that statements take on connections opened inside the block."""
    steps = Steps([])

    def note(event: dict[str, Any]) -> None:
        steps.taken.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])

    def hook(connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, note)

    apsw.connection_hooks.append(hook)
    try:
        yield steps
    finally:
        apsw.connection_hooks.remove(hook)


def taken(hub: CommandLine, words: str) -> int:
    with counted_steps() as steps:
        hub(*words.split())
    return sum(steps.taken)


FEW, MANY = 50, 500
OF_ONE = (
    *("why light-007", "peer ls light-007", "peer ways light-007", "budget light-007"),
    *("limit light-007", "window light-007", "pause light-007", "resume light-007"),
)


@pytest.fixture(scope="module")
def hubs() -> Iterator[tuple[CommandLine, CommandLine]]:
    """A hub with few peers, and one with ten times as many, of which each has rows everywhere."""
    with place() as homes, pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "OF_EACH", (*OF_EACH, *MORE_OF_EACH))
        found = (
            homes.node("few", "--address", "127.0.0.1"),
            homes.node("many", "--address", "127.0.0.2"),
        )
        for hub, count in zip(found, (FEW, MANY), strict=True):
            enrol(hub, count)
        yield found


@pytest.mark.parametrize("words", OF_ONE)
def test_a_command_about_one_node_reads_only_its_rows(
    hubs: tuple[CommandLine, CommandLine], words: str
) -> None:
    few, many = (taken(hub, words) for hub in hubs)
    assert 0 < many <= 1.2 * few, (few, many)


def test_what_each_peer_more_costs_a_list(hubs: tuple[CommandLine, CommandLine]) -> None:
    cost = {}
    for words in ("status", "peer ls", "peer ls --failing", "check", "jobs"):
        few, many = (taken(hub, words) for hub in hubs)
        cost[words] = (many - few) / (MANY - FEW)
    assert over_budget("steps_a_peer", cost) == []
