"""`netrelay check`: findings about this node, and what to do about them."""

import json
import os
import pwd
import re
import shutil
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from netrelay.cli.checks import home_findings
from netrelay.disk.kept_free import KEPT_FREE_BYTES
from netrelay.runtime.clock_steps import ClockSource
from tests.cli.checked import at_work, check, node_with_peer
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.cli.walks import walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return node_with_peer(homes)


def test_a_node_in_order(shelf: CommandLine) -> None:
    with at_work(shelf):
        code, found = check(shelf)
        out = shelf.good("check")
    assert code == 0
    found.pop("card", None)
    assert set(found) == {
        "config",
        "keys",
        "database",
        "disk",
        "clock",
        "processes",
        "ports",
        "peers",
        "jobs",
    }
    assert all(level == "ok" for each in found.values() for level, _ in each)
    assert "ok    keys       node id " in out
    assert out.splitlines()[-1] == "all is well"


def test_a_node_with_a_warning(shelf: CommandLine) -> None:
    (shelf.home.drop / "boat").chmod(0o2775)
    with at_work(shelf):
        outcome = shelf("check")
    assert outcome.code == 1
    assert outcome.out.splitlines()[-1] == "1 warning"


def test_a_node_that_is_down_is_an_error(shelf: CommandLine) -> None:
    outcome = shelf("check")
    assert outcome.code == 2
    assert "fail  processes  none runs: nothing moves\n                 `netrelay up" in outcome.out
    assert outcome.out.splitlines()[-1] == "1 error"
    (shelf.home.drop / "boat").chmod(0o2775)
    assert shelf("check").out.splitlines()[-1] == "1 error, 1 warning"


@pytest.mark.parametrize(
    ("overseer", "words"),
    [
        ("baot", "is no peer here; did you mean boat?: it is told nothing"),
        ("office", "is no peer here: it is told nothing"),
        ("shelf", "is this node, which tells itself nothing"),
        ("boat", ""),
    ],
)
def test_an_overseer_that_cannot_be_told(shelf: CommandLine, overseer: str, words: str) -> None:
    text = shelf.home.config.read_text()
    shelf.home.config.write_text(text.replace('overseer = ""', f'overseer = "{overseer}"'))
    with at_work(shelf):
        found = shelf("check").out
        assert words in found
        assert ("told nothing" in found or "tells itself" in found) == bool(words)
        if not words:
            shelf.good("peer", "route", "boat", "--none")
            assert "there is no route to it, so it is told nothing" in shelf("check").out


def test_jobs_of_a_node_that_is_down_are_held_up(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.connection("boat", 7)
        for name in ("one", "two", "three"):
            node.claim("boat", name, 10)
    with at_work(shelf):
        code, found = check(shelf)
    assert (code, found["peers"], found["jobs"]) == (
        0,
        [("ok", "boat: connected | ")],
        [("ok", "none is dead, none waits for longer than usual | ")],
    )
    code, found = check(shelf)
    assert code == 2
    ((level, text),) = found["jobs"]
    assert (level, text.partition(" | ")[0]) == ("fail", "3 jobs cannot get on: this node is down")
    # The row of the connection is of processes that have ended.
    assert found["peers"] == [("ok", "boat: not connected, 3 messages to send | ")]


def test_a_wrong_configuration_ends_it(shelf: CommandLine) -> None:
    shelf.home.config.write_text(shelf.home.config.read_text().replace("7411", "70000"))
    code, found = check(shelf)
    assert code == 2
    assert list(found) == ["config"]
    assert "node.commsport is 70000; allowed: 1 to 65535" in found["config"][0][1]


def test_keys_that_others_may_read(shelf: CommandLine) -> None:
    (shelf.home.keys / "identity.key").chmod(0o644)
    code, found = check(shelf)
    ((level, text),) = found["keys"]
    assert (code, level) == (2, "fail")
    assert text.endswith(f"| `chmod -R go= {shelf.home.keys}`")


def test_a_damaged_database(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.claim("boat", "film.mkv", 10)
    content = bytearray(shelf.home.database.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    shelf.home.database.write_bytes(content)
    code, found = check(shelf)
    assert (code, found["database"][0][0]) == (2, "fail")
    assert "restore FILE --replace" in found["database"][0][1]


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (1 << 40, "ok"),
        (100 << 20, "warn"),
        (KEPT_FREE_BYTES + 4096, "warn"),
        (KEPT_FREE_BYTES, "fail"),
    ],
)
def test_the_disk(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    real = os.statvfs(shelf.home.path)
    values = list(real[:10])
    values[1:5] = [4096, (1 << 41) // 4096, free // 4096, free // 4096]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(values))
    _, found = check(shelf)
    assert found["disk"][0][0] == level


def test_a_clock_that_was_not_set(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    _, found = check(shelf)
    assert found["clock"][0][0] == "warn"
    assert "not set yet" in found["clock"][0][1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ClockSource.NETWORK, "synchronised"),
        (ClockSource.HARDWARE, "set from the hardware clock at boot; no NTP"),
    ],
)
def test_what_has_set_the_clock_is_said(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch, source: ClockSource, words: str
) -> None:
    monkeypatch.setattr(f"{home_findings.__name__}.clock_source", lambda: source)
    _, found = check(shelf)
    ((level, text),) = found["clock"]
    text = text.split(" | ")[0]
    assert (level, text.split(", ", 1)[1]) == ("ok", words)


def test_a_clock_that_nothing_has_set_is_said_with_what_it_holds_back(
    shelf: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{home_findings.__name__}.clock_source", lambda: None)
    _, found = check(shelf)
    ((level, text),) = found["clock"]
    text = text.split(" | ")[0]
    said = "; nothing has set it since the boot, as far as is known"
    assert (level, text[16:]) == ("ok", f"{said}: no NTP, no hardware clock")
    shelf.good("window", "boat", "22:00-06:00")
    shelf.good("budget", "boat", "500M/month")
    shelf.good("limit", "boat", "64K", "--window", "08:00-18:00")
    _, found = check(shelf)
    ((level, text),) = found["clock"]
    text = text.split(" | ")[0]
    held = (
        "windows stay closed (boat), no period of a budget begins (boat), of limits by window the"
        " lowest holds (boat)"
    )
    assert (level, text[16:]) == ("warn", f"{said}, and {held}")
    shelf.good("window", "boat", "22:00-06:00", "--unsynchronised", "open")
    shelf.good("budget", "boat", "500M/month", "--unsynchronised", "open")
    shelf.good("limit", "boat", "off")
    _, found = check(shelf)
    assert found["clock"][0][0] == "ok"


def test_ports_of_another_program_and_nobody_listening(shelf: CommandLine) -> None:
    address = json.loads(shelf.good("id", "--json"))["listens"]
    with closing(socket.create_server((address, 7411))):
        code, found = check(shelf)
        assert code == 2
        assert [level for level, _ in found["ports"]] == ["fail", "ok"]
        assert f"(pid {os.getpid()})" in found["ports"][0][1]
        assert "set another commsport in netrelay.toml" in found["ports"][0][1]
        with up(shelf):
            code, found = check(shelf)
        assert [level for level, _ in found["ports"]] == ["ok", "fail"]
        assert "nobody listens to dataport 7412" in found["ports"][1][1]
        assert found["processes"] == [("ok", "all eight run | ")]


def test_an_address_that_no_interface_has(homes: Place) -> None:
    code, found = check(homes.node("far", "--address", "192.0.2.1"))
    assert code == 2
    assert "no interface has 192.0.2.1" in found["ports"][0][1]


def test_files_that_cannot_be_put_into_the_inbox(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        message = node.arrive("boat", "film.mkv", 10)
        with node.database.transaction():
            node.database.execute(
                "INSERT INTO delivery_troubles VALUES (?, 'not-permitted', 'Permission denied')",
                (message,),
            )
    with at_work(shelf):
        code, found = check(shelf)
    assert code == 1
    ((level, text),) = found["inbox"]
    assert (level, re.sub(r"\b(under 1|\d\d?) s\b", "no time", text)) == (
        "warn",
        "1 file of boat cannot be put there for no time: Permission denied | let the owner of"
        " the node write into inbox/boat",
    )
    assert "jobs" not in found


def test_a_settle_time_for_the_folder_of_nobody(shelf: CommandLine) -> None:
    text = shelf.home.config.read_text()
    times = "folder_settle_s = { bota = 60, boat = 60 }"
    modes = 'folder_compress = { bota = "on", boat = "on" }'
    text = text.replace("folder_settle_s = {}", times).replace("folder_compress = {}", modes)
    shelf.home.config.write_text(text)
    _, found = check(shelf)
    assert found["config"][1:] == [
        ("warn", f"files.{key} names bota, which is no peer: boat | ")
        for key in ("folder_settle_s", "folder_compress")
    ]


def test_what_a_user_may(homes: Place, shelf: CommandLine) -> None:
    nobody = "nobody"
    pwd.getpwnam(nobody)
    homes.folder.chmod(0o700)
    code, found = check(shelf, "--as", nobody)
    assert code == 2
    assert f"{homes.folder} cannot be entered by it" in found["access"][0][1]
    homes.folder.chmod(0o755)
    shelf.home.path.chmod(0o755)
    code, found = check(shelf, "--as", nobody)
    assert f"{shelf.home.drop / 'boat'} cannot be used so by it" in found["access"][0][1]
    (shelf.home.drop / "boat").chmod(0o2777)
    code, found = check(shelf, "--as", nobody)
    assert found["access"][0][0] == "ok"
    assert shelf.bad("check", "--as", "no-such-user")[0] == 65


def test_a_configuration_that_was_changed_after_the_start(shelf: CommandLine) -> None:
    with at_work(shelf):
        assert check(shelf)[1]["config"] == [("ok", f"{shelf.home.config} | ")]
        later_s = time.time() + 60
        os.utime(shelf.home.config, (later_s, later_s))
        code, found = check(shelf)
    ((level, text),) = found["config"]
    assert (code, level) == (1, "warn")
    assert "after the start of the node: it does not count yet | stop `netrelay up" in text
    # Without processes it counts at the start.
    assert check(shelf)[1]["config"][0][0] == "ok"


def test_a_program_that_is_not_there_or_may_not_be_executed(
    shelf: CommandLine, tmp_path: Path
) -> None:
    program = tmp_path / "tell"
    text = shelf.home.config.read_text()
    changed = text.replace('post_receive = ""', f'post_receive = "{program}"')
    assert changed != text
    shelf.home.config.write_text(changed)
    ((level, said),) = check(shelf)[1]["config"]
    assert (level, said.partition(" | ")[0]) == (
        "warn",
        f"post_receive {program}: No such file or directory",
    )
    program.mkdir()
    assert f"post_receive {program} is no file" in check(shelf)[1]["config"][0][1]
    program.rmdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    ((level, said),) = check(shelf)[1]["config"]
    assert (level, said) == (
        "warn",
        f"post_receive {program} may not be executed | `chmod +x {program}`",
    )
    program.chmod(0o755)
    assert check(shelf)[1]["config"][0][0] == "ok"


def test_it_takes_no_lock_and_changes_nothing(shelf: CommandLine) -> None:
    before = shelf.home.database.read_bytes()
    shutil.rmtree(shelf.runtime, ignore_errors=True)
    assert shelf("check").code == 2
    assert shelf.home.database.read_bytes() == before
