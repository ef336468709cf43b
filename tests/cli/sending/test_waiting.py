"""`--priority`, `--ttl` and `--wait` of `send` and `message`: their output, and how they end."""

import time
from collections.abc import Callable, Iterator

import pytest

from netrelay.core.header import PRIORITY_DEFAULT
from tests.cli.command_line import Place
from tests.cli.dead_jobs import Keeper, keeper


@pytest.fixture
def shelf(homes: Place) -> Iterator[Keeper]:
    with keeper(homes.pair()[0]) as found:
        yield found


def made(shelf: Keeper, name: str = "a.txt") -> str:
    path = shelf.line.home.path.with_name(name)
    path.write_bytes(b"content")
    return str(path)


def manners(shelf: Keeper) -> list[tuple[object, ...]]:
    return list(
        shelf.node.database.rows(
            "SELECT priority, lifetime_s FROM messages WHERE type IN (1, 6) ORDER BY id"
        )
    )


def test_a_file_goes_as_it_was_asked_for_and_the_next_as_configured(shelf: Keeper) -> None:
    path, home = made(shelf), shelf.line.home
    shelf.line.good("send", path, "--to", "boat", "--priority", "0", "--ttl", "2h")
    shelf.line.good("send", path, "--to", "boat", "--priority", "9", "--as", "b.txt")
    shelf.line.good("send", path, "--to", "boat", "--as", "c.txt")
    (home.path / "tree").mkdir()
    (home.path / "tree" / "leaf").write_bytes(b"leaf")
    shelf.line.good("send", str(home.path / "tree"), "--to", "boat", "--ttl", "7d")
    shelf.step()
    days_30 = 30 * 86_400
    assert sorted(manners(shelf)) == [
        (0, 7_200),
        (PRIORITY_DEFAULT, 7 * 86_400),
        (PRIORITY_DEFAULT, days_30),
        (9, days_30),
    ]
    named = shelf.node.database.rows(
        "SELECT f.name, m.priority FROM messages m JOIN files f ON f.id = m.file ORDER BY 1"
    )
    assert named == [("a.txt", 0), ("b.txt", 9), ("c.txt", 4), ("tree", 4)]
    assert shelf.number("SELECT count(*) FROM wishes WHERE job IS NULL") == 0


def test_a_wish_survives_a_claim_that_was_cut_short(shelf: Keeper) -> None:
    shelf.line.good("send", made(shelf), "--to", "boat", "--priority", "1")
    claim = shelf.line.home.claims / "boat" / "1"
    claim.mkdir(parents=True)
    (shelf.line.home.drop / "boat" / "a.txt").rename(claim / "a.txt")
    shelf.node.database.close()
    with keeper(shelf.line) as again:
        again.step()
        assert [row[0] for row in manners(again)] == [1]
    shelf.node = again.node


def test_a_text_goes_as_it_was_asked_for(shelf: Keeper) -> None:
    shelf.line.good("message", "x", "--to", "boat", "--priority", "7", "--ttl", "90s")
    shelf.line.good("message", "x", "--to", "boat")
    assert manners(shelf) == [(7, 90), (PRIORITY_DEFAULT, 30 * 86_400)]


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("--priority", "10"), "0 (first) to 9 (last)"),
        (("--priority", "high"), "0 (first) to 9 (last)"),
        (("--ttl", "2"), "2h"),
        (("--ttl", "30s"), "1min to 3650d"),
        (("--ttl", "99999d"), "1min to 3650d"),
        (("--wait", "soon"), "next-hop"),
        (("--timeout", "5s"), "--wait"),
    ],
)
def test_what_is_not_allowed(shelf: Keeper, words: tuple[str, ...], allowed: str) -> None:
    for command in (("send", made(shelf)), ("message", "text")):
        code, line = shelf.line.bad(*command, "--to", "boat", *words)
        assert code == 64
        assert allowed in line
    assert manners(shelf) == []


def test_what_nobody_takes_is_still_queued_at_the_timeout(shelf: Keeper) -> None:
    options = ("--to", "boat", "--wait", "delivered", "--timeout", "0s")
    code, line = shelf.line.bad("send", made(shelf), *options)
    assert code == 75
    assert "has not taken it from the drop folder yet" in line
    code, line = shelf.line.bad("message", "x", *options)
    assert code == 75
    assert "no agreement with boat" in line


@pytest.mark.parametrize(
    ("goal", "facts", "code"),
    [
        ("delivered", [("receipted", "engine")], 0),
        ("next-hop", [("receipted", "engine")], 0),
        ("delivered", [("expired", "processor_s")], 69),
        ("next-hop", [("cancelled", "person")], 69),
    ],
)
def test_the_end_of_a_job_ends_the_waiting(
    shelf: Keeper,
    monkeypatch: pytest.MonkeyPatch,
    goal: str,
    facts: list[tuple[str, str]],
    code: int,
) -> None:
    looks = iter(range(100))

    def look(_: float) -> None:
        """Run an action of the node whenever the command sleeps."""
        if next(looks) == 0:
            shelf.step()
            return
        job = shelf.number("SELECT max(id) FROM messages WHERE type = 6")
        for event, actor in facts:
            shelf.report(event, actor, job, "because")

    monkeypatch.setattr(time, "sleep", look)
    outcome = shelf.line("send", made(shelf), "--to", "boat", "--wait", goal)
    assert outcome.code == code
    assert ("was given up: because" in outcome.err) == (code == 69)
    assert ("durable" in outcome.out) == (code == 0)


def test_the_next_hop_has_it_when_it_has_all_pieces(
    shelf: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[Callable[[], object]] = [
        lambda: shelf.report_all("handed"),
        lambda: shelf.report_all("acked"),
    ]
    monkeypatch.setattr(time, "sleep", lambda _: steps.pop(0)())
    shelf.agree()
    options = ("--to", "boat", "--wait", "next-hop", "--timeout", "1h")
    assert "durable at the next hop" in shelf.line.good("message", "x", *options)
    assert steps == []


def test_ctrl_c_ends_the_waiting_and_not_the_job(
    shelf: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", press)
    outcome = shelf.line("message", "x", "--to", "boat", "--wait", "delivered")
    assert outcome.code == 130
    assert "goes on without you" in outcome.err
    assert shelf.number("SELECT count(*) FROM messages WHERE type = 1 AND state <> 'D'") == 1
