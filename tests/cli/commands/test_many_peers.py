"""Commands of a node with hundreds of peers: counts, the worst first, and no question for each."""

import json
from collections.abc import Callable

import pytest

from netrelay.runtime.node import open_database
from netrelay.store.peers import add_peer
from netrelay.store.row_queries import Queries
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import MIB, walks

PEERS = 300


@pytest.fixture
def hub(homes: Place) -> CommandLine:
    """A node with a peer that things wait for, and hundreds of others."""
    hub = homes.pair()[0]
    with hub.environment():
        database = open_database(hub.home, "person")
        with database.transaction():
            for number in range(PEERS):
                id_, pin = f"{number:032}", number.to_bytes(32, "big")
                addresses = ["192.0.2.1"] if number % 2 else []
                add_peer(database, id_, f"light-{number:03}", b"c", pin, b"k", addresses, 7411)
                database.execute(
                    "INSERT INTO agreements VALUES (?, '[]', 7411, '[7412]', 65536, 2, x'01')",
                    (id_,),
                )
                database.execute(
                    "INSERT INTO calls VALUES (?, -1, -1, 2, 0, NULL, 0.5, '192.0.2.1', 'away')",
                    (id_,),
                )
        database.close()
    with walks(hub) as node:
        node.agree("boat")
        node.connection("boat", -1)
        node.claim("boat", "film.mkv", 3 * MIB)
    return hub


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
    assert len(hub.good("peer", "ls").splitlines()) == 102
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
