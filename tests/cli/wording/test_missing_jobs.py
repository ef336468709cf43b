"""A job that is over and no longer in the history is named truthfully, by number and by name."""

import json

import pytest

from netrelay.store.history import prune
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, Walks, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def end(node: Walks, job: int, event: str, actor: str) -> None:
    """End a job, with its file put away."""
    node.report(event, actor, f"id = {job}")
    with node.database.transaction():
        node.database.execute("UPDATE files SET closed = 1")


def make_and_push_out(line: CommandLine) -> tuple[int, int, int]:
    """Deliver film.mkv, cancel lost.mkv, and push out all that can be; return both and a piece."""
    with walks(line) as node:
        film = node.claim("boat", "film.mkv", 3 * MIB)
        node.agree("boat")
        piece = int(str(node.database.value("SELECT max(id) FROM messages WHERE parent > 0")))
        end(node, film, "receipted", "engine")
        lost = node.claim("boat", "lost.mkv", 3 * MIB)
        end(node, lost, "cancelled", "person")
        node.claim("boat", "young.mkv", 3 * MIB)
        while prune(node.database, 0.0, 1000, True, 100):
            pass
    return film, lost, piece


def test_a_job_that_was_pushed_out_is_found_by_name_and_number(shelf: CommandLine) -> None:
    film, lost, _ = make_and_push_out(shelf)
    out = shelf.good("why", "film.mkv")
    assert out.startswith(f"film.mkv (3 MiB, job {film}) to boat was delivered at ")
    assert "no longer in the history: it holds 200000 messages (history.rows)" in out
    assert shelf.good("why", str(film)) == out
    assert f"lost.mkv (3 MiB, job {lost}) to boat was given up at" in shelf.good("why", "lost.mkv")
    fields = json.loads(shelf.good("why", str(film), "--json"))
    assert (fields["kind"], fields["job"], fields["state"]) == ("former-job", film, "F")


def test_the_row_of_a_pushed_out_job_is_bounded_whatever_its_name(shelf: CommandLine) -> None:
    """A name of 255 bytes that are no UTF-8 has 1,020 characters in `files`."""
    name = "\\xff" * 255
    with walks(shelf) as node:
        job = node.claim("boat", name, MIB)
        end(node, job, "cancelled", "person")
        node.claim("boat", "young.mkv", 3 * MIB)
        while prune(node.database, 0.0, 1000, True, 100):
            pass
        assert node.database.rows("SELECT length(name) FROM former_jobs") == [(255,)]
    assert f"job {job}) to boat was given up" in shelf.good("why", name)


@pytest.mark.parametrize("command", ["trace", "show", "cancel", "retry"])
def test_commands_that_need_its_walk_say_what_became_of_it(
    shelf: CommandLine, command: str
) -> None:
    film, _, _ = make_and_push_out(shelf)
    for word in (str(film), "film.mkv"):
        code, line = shelf.bad(command, word)
        assert code == 65
        assert f"film.mkv (3 MiB, job {film}) to boat was delivered at" in line


def test_a_number_that_was_given_out_is_not_said_to_be_unknown(shelf: CommandLine) -> None:
    _, _, piece = make_and_push_out(shelf)
    for command in ("why", "trace", "show"):
        code, line = shelf.bad(command, str(piece))
        assert code == 65
        assert f"{piece} was given out, to a job or a part of one, which is over" in line
        assert "30 days (history.days)" in line
        assert "netrelay jobs" in line


def test_a_number_that_was_never_given_out_and_one_of_no_job(shelf: CommandLine) -> None:
    make_and_push_out(shelf)
    assert "no job has the number 4711 yet: the newest is" in shelf.bad("trace", "4711")[1]
    with walks(shelf) as node:
        hello = int(str(node.database.value("SELECT id FROM messages WHERE type = 4")))
    assert f"{hello} is the number of a hello and of no job" in shelf.bad("why", str(hello))[1]


def test_of_several_of_a_name_the_newest_is_told(shelf: CommandLine) -> None:
    first, _, _ = make_and_push_out(shelf)
    second, _, _ = make_and_push_out(shelf)
    out = shelf.good("why", "film.mkv")
    assert f"job {second}" in out
    assert f"That is the newest of this name; others: {first}." in out
