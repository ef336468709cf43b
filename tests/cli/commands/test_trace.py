"""`netrelay trace`: the whole walk of one file, on one screen."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def send_large(line: CommandLine) -> int:
    """Walk a file of 64 MiB from its claim to its receipt; return the job."""
    with walks(line) as node:
        job = node.claim("boat", "film.mkv", 64 * MIB)
        node.agree("boat")
        for piece in range(64):
            where = f'type = 2 AND "offset" = {piece * MIB}'
            node.report("handed", "processor_s", where)
            if piece == 7:
                node.report("lost", "processor_s", where, "connection gone")
                node.report("handed", "processor_s", where)
            node.report("acked", "processor_s", where)
        node.report("handed", "processor_s", "type = 3")
        node.report("acked", "processor_s", "type = 3")
        node.report("receipted", "engine", "type = 6")
    return job


def test_a_file_of_64_mib_is_one_screen(shelf: CommandLine) -> None:
    job = send_large(shelf)
    out = shelf.good("trace", str(job))
    lines = out.splitlines()
    assert len(lines) <= 24
    assert "film.mkv  64 MiB  from shelf to boat" in out
    assert f"job {job}, sequence 1, attempt 1: F, finished" in out
    heading, *moves = lines[lines.index("") + 1 :]
    what, event, walk = (heading.index(word) for word in ("WHAT", "EVENT", "WALK"))
    assert [line[event:walk].strip() for line in moves] == [
        "created", "size-known", "cut", "cut", "all-cut", "handed", "acked", "lost",
        "handed", "acked", "pieces-done", "receipted",
    ]  # fmt: skip
    pieces = [line[what:event].split()[0] for line in moves if "piece" in line[what:event]]
    assert pieces == ["64", "65", "64", "piece"]
    assert "connection gone" in out
    assert "piece 8 of 64 (message " in out


def test_json_has_every_event_in_order(shelf: CommandLine) -> None:
    job = send_large(shelf)
    whole, *steps = [
        json.loads(line) for line in shelf.good("trace", str(job), "--json").splitlines()
    ]
    assert (whole["kind"], whole["message"], whole["name"]) == ("whole", job, "film.mkv")
    assert len(steps) == 4 + 65 + 65 + 1 + 64 + 2 + 1
    times = [step["at_s"] for step in steps]
    assert times == sorted(times)
    assert times[0] == 0
    assert {step["message"] for step in steps if step["type"] == 6} == {job}
    assert steps[-1]["event"] == "receipted"
    acked = [step for step in steps if step["event"] == "acked" and step["type"] == 2]
    assert [(step["serial"], step["pieces"]) for step in acked] == [(n, 64) for n in range(1, 65)]
    assert {step["serial"] for step in steps if step["type"] != 2} == {None}


def test_the_name_and_any_piece_find_the_whole(shelf: CommandLine) -> None:
    job = send_large(shelf)
    expected = shelf.good("trace", str(job))
    assert shelf.good("trace", "film.mkv") == expected
    with walks(shelf) as node:
        piece = node.database.value("SELECT max(id) FROM messages WHERE type = 2")
    assert shelf.good("trace", str(piece)) == expected


def test_of_two_of_one_name_the_newest_is_shown(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        first = node.claim("boat", "a.txt", 10)
        second = node.claim("boat", "a.txt", 20)
    out = shelf.good("trace", "a.txt")
    assert f"job {second}," in out
    assert f"others of this name: {first}" in out


def test_a_name_of_digits(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        job = node.claim("boat", "2024", 10)
    assert f"job {job}," in shelf.good("trace", "2024")


def test_an_arrival(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        manifest = node.arrive("boat", "film.mkv", 64 * MIB)
        node.report("exported", "exporter", f"id = {manifest}")
        with node.database.transaction():
            node.database.execute("UPDATE files SET inbox_name = 'film (2).mkv', closed = 1")
    out = shelf.good("trace", "film.mkv")
    assert len(out.splitlines()) <= 24
    assert "from boat to shelf" in out
    assert str(shelf.home.inbox / "boat" / "film (2).mkv") in out
    assert "64 pieces" in out
    assert "exported" in out


def test_it_says_where_the_file_lies_until_its_receipt(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        job = node.claim("boat", "a.txt", 10)
    assert str(shelf.home.path / "drop/.claimed/boat/1/a.txt") in shelf.good("trace", str(job))


def test_control_characters_are_escaped(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        job = node.claim("boat", "a\x1b[31m\n.txt", 10)
        node.report("cancelled", "person", f"id = {job}", "red\x1b[31m")
    out = shelf.good("trace", str(job))
    assert "a\\x1b[31m\\n.txt" in out
    assert "red\\x1b[31m" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("word", ["film.mvk", "4711", "0", "9" * 30, "-"])
def test_what_is_not_there_is_said(shelf: CommandLine, word: str) -> None:
    send_large(shelf)
    code, line = shelf.bad("trace", word)
    assert code == 65
    assert word in line
    assert ("no job has the number" in line) is (word in ("4711", "0"))
    assert ("did you mean film.mkv?" in line) is (word == "film.mvk")
