"""The lines of docs/how-do-i.md, typed into the homes of two nodes that run.

What needs root or belongs to the system (sudo, systemctl and so on) is a program of this test that
records its words.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.core.exit_status import NEEDS_A_PERSON
from tests.cli.command_line import CHECKOUT
from tests.newcomer.instructions import lines_by_heading
from tests.newcomer.pages import FAILED, failed_checks
from tests.newcomer.terminal import Terminal
from tests.story.nodes import DEADLINE_S, Homes, NodePair, RunningNode, wait_for

PAGE = CHECKOUT / "docs" / "how-do-i.md"
INSTALLED = "/usr/local/bin/netrelay"
_RECORD = """#!/bin/sh
echo "${0##*/} $*" >> "$RECORD"
"""
_FAKES = {
    "sudo": '#!/bin/sh\nexec "$@"\n',
    "logger": _RECORD,
    "loginctl": _RECORD,
    "systemctl": _RECORD,
    "systemd-run": _RECORD,
    "ufw": _RECORD,
}


class Desk(NamedTuple):
    """The home directory of a user whose node is one of a pair, and what the user is typing at."""

    node: RunningNode
    home_directory: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the user, with the test's programs before those of the system."""
        return {
            **os.environ,
            "PATH": f"{self.home_directory / 'bin'}:{Path(sys.executable).parent}:"
            f"{os.environ['PATH']}",
            "HOME": str(self.home_directory),
            "NETRELAY_HOME": str(self.home_directory / "netrelay"),
            "NETRELAY_RUNTIME_DIRECTORY": str(self.node.line.runtime),
            "RECORD": str(self.home_directory / "recorded"),
        }

    def type(self, *lines: str) -> list[str]:
        """Type lines that must all succeed; return the answers."""
        answers: list[str] = []
        shell = ["bash", "--noprofile", "--norc", "-o", "pipefail"]
        with Terminal(shell, self.home_directory, self.environment) as terminal:
            for line in lines:
                answers += terminal.type(line, DEADLINE_S)
        return answers

    def ask(self, line: str) -> tuple[int, list[str]]:
        """Type a line; return its status and answer."""
        shell = ["bash", "--noprofile", "--norc"]
        with Terminal(shell, self.home_directory, self.environment) as terminal:
            return terminal.ask(line, DEADLINE_S)

    def recorded(self) -> list[str]:
        """Return what the test's programs were given."""
        return (self.home_directory / "recorded").read_text().splitlines()


class Desks(NamedTuple):
    """Both users."""

    shelf: Desk
    boat: Desk


def question(heading: str) -> list[str]:
    return lines_by_heading(PAGE.read_text(encoding="utf-8"))[heading]


def open_desk(homes: Homes, node: RunningNode) -> Desk:
    folder = homes.folder / f"user-of-{node.name}"
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name, text in _FAKES.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (folder / "netrelay").symlink_to(node.home.path)
    (folder / "netrelay-source").symlink_to(CHECKOUT)
    (folder / "report.pdf").write_bytes(b"%PDF")
    return Desk(node, folder)


@pytest.fixture(name="pair")
def _pair(homes: Homes) -> Iterator[NodePair]:
    pair = homes.pair()
    pair.start()
    yield pair


@pytest.fixture(name="desks")
def _desks(homes: Homes, pair: NodePair) -> Desks:
    return Desks(open_desk(homes, pair.shelf), open_desk(homes, pair.boat))


def test_the_running_pair_does_what_the_page_says(desks: Desks) -> None:
    shelf = desks.shelf
    assert question("Send a large file?") == ["netrelay peer quota shelf 200G"]
    desks.boat.type(*question("Send a large file?"))
    assert desks.boat.node.rows("SELECT quota_bytes FROM peers") == [(200 << 30,)]
    shelf.type(*question("Open the firewall?"))
    assert shelf.recorded().pop() == "ufw allow proto tcp from any to any port 7411,7412"
    assert shelf.node.home.config.read_text().count("port = 7411") == 1

    shelf.type(*question("Send to all peers?"))
    arrived = desks.boat.node.home.inbox / "shelf" / "report.pdf"
    wait_for("the report", arrived.exists)

    shelf.type(*question("Send without any network?"))
    assert (shelf.home_directory / "stick" / "netrelay").is_dir()

    shelf.type(*question("Monitor it, and be told?"))
    assert not any(line.startswith("logger") for line in shelf.recorded())
    shelf.type(*question("Upgrade, and go back?"))
    assert (shelf.home_directory / "before-upgrade.backup").stat().st_size > 0


def test_at_night_is_a_window_or_a_limit_by_day(desks: Desks) -> None:
    shelf = desks.shelf
    window, limit = question("Send only at night?")
    shelf.type(window, limit)
    windows = [json.loads(str(texts)) for (texts,) in shelf.node.rows("SELECT texts FROM windows")]
    assert windows == [["Mon..Fri 22:00-06:00", "Sat,Sun"]]
    limits = shelf.node.rows("SELECT texts, limit_bytes_per_s FROM limit_windows")
    assert limits == [('["06:00-22:00"]', 65536)]
    shelf.type("netrelay send report.pdf --to boat", "netrelay window boat always")
    arrived = desks.boat.node.home.inbox / "shelf" / "report.pdf"
    wait_for("the report", arrived.exists)


def test_a_data_plan_is_a_budget(desks: Desks) -> None:
    desks.shelf.type(*question("Stay within a mobile data plan?"))
    budgets = desks.shelf.node.rows("SELECT limit_bytes, period, reserve_bytes FROM budgets")
    assert budgets == [(500 << 20, "month", 50 << 20)]


def test_a_plan_sends_nothing(desks: Desks) -> None:
    desks.shelf.type(*question("Know when a file would be there?"))
    assert desks.shelf.node.rows("SELECT count(*) FROM jobs WHERE state <> 'F'") == [(0,)]


def test_a_peer_learns_changed_ports(desks: Desks) -> None:
    at_shelf, at_boat = question("Change the ports?")
    desks.shelf.type("netrelay send report.pdf --to boat --wait delivered")
    desks.shelf.node.stop()
    desks.shelf.type(at_shelf)
    desks.shelf.node.start()
    desks.boat.node.wait_for_rows(
        "SELECT 1 FROM sysinfo WHERE commsport = 7421 AND dataports = '[7422]'"
    )
    desks.boat.type("netrelay send report.pdf --to shelf --wait delivered")
    # By hand, where neither finds the other.
    desks.boat.type(at_boat)
    rows = desks.boat.node.rows("SELECT addresses, commsport FROM peers")
    assert rows == [('["shelf.local"]', 7421)]


def test_a_home_is_copied_with_what_is_queued(desks: Desks) -> None:
    shelf, boat = desks
    boat.node.stop()
    copied, checked, saved = question("Move a node to a new card or machine?")
    shelf.type("netrelay send report.pdf --to boat", saved)
    assert (shelf.home_directory / "shelf.backup").stat().st_size > 0
    shelf.node.stop()
    # ~/netrelay is a link here.
    shelf.type(copied.replace("~/netrelay ", "~/netrelay/. "))
    # "before it is started only `processes` fails, and `jobs` where something is queued"
    status, answer = shelf.ask(checked)
    assert (status, failed_checks(answer)) == (FAILED, ["processes", "jobs"]), answer
    shutil.rmtree(shelf.node.home.path)
    (shelf.home_directory / "new-card").rename(shelf.node.home.path)
    boat.node.start()
    shelf.node.start()
    arrived = boat.node.home.inbox / "shelf" / "report.pdf"
    wait_for("the report", arrived.exists)


def test_a_unit_of_a_user_starts_it(homes: Homes) -> None:
    desk = open_desk(homes, homes.node("shelf"))
    desk.type(*question("Start it at boot without the package?"))
    desk.type(*question("Keep it running when ssh ends?"))
    assert desk.recorded() == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now netrelay.service",
        f"loginctl enable-linger {_user()}",
        f"systemd-run --user --unit netrelay {INSTALLED} up",
        f"loginctl enable-linger {_user()}",
    ]
    unit = desk.home_directory / ".config" / "systemd" / "user" / "netrelay.service"
    text = unit.read_text()
    prevented = re.search(r"(?m)^RestartPreventExitStatus=(.*)$", text)
    assert prevented is not None
    assert {int(word) for word in prevented[1].split()} == set(map(int, NEEDS_A_PERSON))
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: the unit was not verified")
    unit.write_text(text.replace(INSTALLED, sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", unit], capture_output=True, text=True, check=False
    )
    assert "netrelay.service" not in verified.stderr, verified.stderr


def _user() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def test_nohup_does_not_keep_it(homes: Homes) -> None:
    desk = open_desk(homes, homes.node("shelf"))
    with subprocess.Popen(
        ["nohup", "netrelay", "up"],
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        assert up.stdout is not None
        assert any("is up" in line for line in up.stdout)
        up.send_signal(signal.SIGHUP)
        up.stdout.read()
        assert up.wait(DEADLINE_S) == 0


def test_the_playbook_is_one() -> None:
    playbook = CHECKOUT / "examples" / "nodes.yml"
    if shutil.which("ansible-playbook") is not None:
        subprocess.run(["ansible-playbook", "--syntax-check", playbook], check=True)
        return
    read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    for python in (sys.executable, "/usr/bin/python3"):
        parsed = subprocess.run(
            [python, "-c", read, playbook], capture_output=True, text=True, check=False
        )
        if parsed.returncode == 0:
            break
        if "No module named 'yaml'" not in parsed.stderr:
            raise AssertionError(parsed.stderr)
    else:
        pytest.skip("neither Ansible nor PyYAML is installed: the playbook was not parsed")
    (play,) = json.loads(parsed.stdout)
    handlers = {handler["name"] for handler in play["handlers"]}
    assert {task["notify"] for task in play["tasks"] if "notify" in task} == handlers
    assert all("name" in task for task in play["tasks"])
