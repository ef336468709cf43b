"""`netrelay check`: findings, and what to do about them."""

import errno
import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from netrelay.cli.checks import home_findings
from netrelay.cli.checks.peer_findings import peer_findings
from netrelay.disk.kept_free import KEPT_FREE_BYTES
from netrelay.runtime.clock_steps import ClockSource
from netrelay.store.database import ReadOnlyDatabase
from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import no_answer, off, unread, up
from tests.cli.walks import walks
from tests.small_disk import small_disk
from tests.story.nodes import free_address


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node at an address of its own, with the peer boat."""
    line = homes.node("shelf", "--address", free_address())
    boat = homes.node("boat", "--address", free_address())
    boat.good("id", "--card", str(homes.folder / "boat.card"))
    line.good("peer", "add", str(homes.folder / "boat.card"))
    line.good("peer", "allow", "boat", "deliver")
    return line


def check(line: CommandLine, *options: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Return the exit status, and level and text of each finding by subject."""
    outcome = line("check", "--json", *options)
    assert outcome.err == ""
    found: dict[str, list[tuple[str, str]]] = {}
    for text in outcome.out.splitlines():
        finding = json.loads(text)
        line_of = finding["level"], f"{finding['text']} | {finding['help']}"
        found.setdefault(finding["subject"], []).append(line_of)
    return outcome.code, found


@contextmanager
def at_work(line: CommandLine) -> Iterator[None]:
    """Make a node look as if it were running and listening."""
    address = json.loads(line.good("id", "--json"))["listens"]
    with (
        closing(socket.create_server((address, 7411))),
        closing(socket.create_server((address, 7412))),
        up(line),
    ):
        yield


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


def test_a_monitor_asks_for_the_exit_status_or_one_line(shelf: CommandLine) -> None:
    down = [shelf("check", form) for form in ("--quiet", "--line")]
    assert [outcome.code for outcome in down] == [2, 2]
    assert down[0].out == ""
    assert down[1].out.startswith("NETRELAY CRITICAL - processes: none runs: nothing moves")
    with at_work(shelf):
        up_now = [shelf("check", form) for form in ("--quiet", "--line")]
        with walks(shelf) as node, node.database.transaction():
            node.database.execute("UPDATE peers SET paused_s = clock()")
        late = [shelf("check", form) for form in ("--quiet", "--line")]
    assert [outcome.code for outcome in up_now] == [0, 0]
    assert [outcome.out for outcome in up_now] == ["", "NETRELAY OK - all is well\n"]
    assert [outcome.code for outcome in late] == [1, 1]
    assert late[1].out.startswith("NETRELAY WARNING - peers: boat: paused since ")
    assert late[1].out.count("\n") == 1


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
        assert [*peer_findings(shelf.home)]
        return sum("route_overview" in sql for sql in asked)

    monkeypatch.setattr(ReadOnlyDatabase, "rows", noted_rows)
    monkeypatch.setattr(ReadOnlyDatabase, "row", noted_row)
    before = asked_for_routes()
    deck = homes.node("deck", "--address", free_address())
    deck.good("id", "--card", str(homes.folder / "deck.card"))
    shelf.good("peer", "add", str(homes.folder / "deck.card"))
    assert asked_for_routes() == before


def test_a_bar_in_the_words_hides_nothing_of_the_line(shelf: CommandLine) -> None:
    """Plugins give figures after the first bar: a monitor shows what is before it."""
    program = shelf.home.path / "a|b"
    text = shelf.home.config.read_text().replace('on_alarm = ""', f'on_alarm = "{program}"')
    shelf.home.config.write_text(text)
    with at_work(shelf):
        found = shelf("check", "--line").out
    assert "a\\x7cb: No such file or directory" in found
    assert "|" not in found


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


def test_the_line_of_many_findings_is_bounded(homes: Place) -> None:
    names = [f"boat-{number:02}" for number in range(40)]
    shelf = homes.node("shelf", "--address", free_address())
    for name in names:
        other = homes.node(name, "--address", free_address())
        card = homes.folder / f"{name}.card"
        other.good("id", "--card", str(card))
        shelf.good("peer", "add", str(card))
    with at_work(shelf):
        with walks(shelf) as node, node.database.transaction():
            node.database.execute("UPDATE peers SET paused_s = clock()")
        found = shelf("check", "--line").out
    assert found.startswith("NETRELAY WARNING - 40 findings: peers: boat-00: paused since ")
    assert len(found) < 1000


@pytest.mark.parametrize(("status", "mail"), [(0, ""), (1, ""), (2, "what is wrong\n")])
def test_the_line_for_cron_mails_errors_alone(tmp_path: Path, status: int, mail: str) -> None:
    document = Path(__file__).parents[3] / "docs" / "operating.md"
    (line,) = (
        text for text in document.read_text().splitlines() if " netrelay check --quiet" in text
    )
    stub = tmp_path / "netrelay"
    stub.write_text(f'#!/bin/sh\n[ "$2" = --quiet ] || echo what is wrong\nexit {status}\n')
    stub.chmod(0o755)
    typed = line.split("* * * * ", 1)[1]
    path = f"{tmp_path}:{os.environ['PATH']}"
    found = subprocess.run(
        ["/bin/sh", "-c", typed], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.stderr) == (mail, "")


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
    assert found["inbox"] == [
        (
            "warn",
            "1 file of boat cannot be put there for under 1 s: Permission denied | let the owner of"
            " the node write into inbox/boat",
        )
    ]
    assert "jobs" not in found


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


def test_a_drop_folder_that_is_not_sticky(shelf: CommandLine) -> None:
    folder = shelf.home.drop / "boat"
    assert "folders" not in check(shelf)[1]
    folder.chmod(0o2775)
    level, text = check(shelf)[1]["folders"][0]
    assert level == "warn"
    assert f"exchange what a user puts into {folder} | `chmod +t {folder}`" in text


def test_a_folder_of_a_peer_that_is_a_link(shelf: CommandLine, tmp_path: Path) -> None:
    folder = shelf.home.drop / "boat"
    folder.rmdir()
    folder.symlink_to(tmp_path)
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{folder} is a link: nothing can be moved there")


@pytest.mark.parametrize("parent", ["drop", "inbox", "sent", "failed"])
def test_a_file_in_the_place_of_a_peers_folder(shelf: CommandLine, parent: str) -> None:
    place = shelf.home.path / parent / "boat"
    if place.is_dir():
        place.rmdir()
    place.write_bytes(b"a photo")
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{place} is a file, where the folder of boat should be")
    if parent == "drop":
        code, line = shelf.bad("send", str(place), "--to", "boat")
        assert (code, f"{place} is a file" in line) == (73, True)


@pytest.mark.parametrize("parent", ["drop", "inbox", "sent", "failed"])
def test_another_disk_in_the_place_of_a_peers_folder(shelf: CommandLine, parent: str) -> None:
    folder = shelf.home.path / parent / "boat"
    if folder.is_dir():
        folder.rmdir()
    with small_disk(folder, 64 << 20) as disk:
        if disk is None:
            pytest.skip("only root may mount a tmpfs")
        folder.chmod(0o1777)
        ((level, text),) = check(shelf)[1]["folders"]
        assert level == "ok"
        assert text.startswith(f"{folder} is on another disk, 64 MiB of it free: ")
        disk.fill(1 << 20)
        ((level, text),) = check(shelf)[1]["folders"]
        assert level == "warn"
        assert text.endswith("what does not fit waits: make room")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        code, found = check(shelf)
        ((level, text),) = found["folders"]
        assert (code, level) == (2, "fail")
        assert text == f"{folder} is on a disk that is mounted read-only | remount it"


def test_folders_whose_disk_fails(shelf: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    boat, inbox = shelf.home.drop / "boat", shelf.home.inbox
    scandir, iterdir = os.scandir, Path.iterdir

    def fail(path: Path) -> object:
        if path in (boat, inbox):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", fail)
    monkeypatch.setattr(Path, "iterdir", lambda path: (fail if path == inbox else iterdir)(path))
    code, found = check(shelf)
    assert code == 2
    assert [text.partition(";")[0] for _, text in found["folders"]] == [
        f"{boat} cannot be read: Input/output error",
        f"{inbox} cannot be read: Input/output error",
    ]
    assert "mount it anew" in found["folders"][0][1]
    shown = shelf.good("status")
    assert f"{boat} cannot be read: Input/output error" in shown


def test_files_that_cannot_be_read(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        unread(node)
    code, found = check(shelf)
    assert code == 2
    ((level, text),) = found["files"]
    assert level == "warn"
    assert text.startswith("1 file for boat cannot be read, and waits for ")
    assert ": it cannot be read: Stale file handle" in text
    assert "bring the disk back, and it goes by itself; `netrelay cancel 1" in text


def test_a_folder_that_is_not_there(shelf: CommandLine) -> None:
    shelf.home.failed.rmdir()
    code, found = check(shelf)
    ((level, text),) = found["folders"]
    assert (code, level) == (2, "fail")
    assert text.startswith(f"{shelf.home.failed} is no folder")


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


def test_it_takes_no_lock_and_changes_nothing(shelf: CommandLine) -> None:
    before = shelf.home.database.read_bytes()
    shutil.rmtree(shelf.runtime, ignore_errors=True)
    assert shelf("check").code == 2
    assert shelf.home.database.read_bytes() == before


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
