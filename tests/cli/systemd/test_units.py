"""The state of units: one query to systemd, only where it runs the node, and its words."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from netrelay.cli.commands import up
from netrelay.cli.errors import Exit
from netrelay.cli.findings import Level
from netrelay.cli.systemd import units
from netrelay.cli.systemd.units import TARGET, Unit, ask, process_of, read_show, unit_of
from netrelay.cli.systemd.units_report import trouble, unit_findings, unit_lines
from netrelay.core.words import PROCESSES
from netrelay.runtime.home import SYSTEM_HOME, Home
from tests.cli.command_line import CommandLine, Place

# Output of systemctl(1) of systemd 257, cut to what is read.
SHOWN = """\
ExecMainCode=1
ExecMainStatus=69
Id=netrelay-receiver.service
LoadState=loaded
ActiveState=failed
SubState=failed
Result=exit-code
NRestarts=2
UnitFileState=enabled
StatusText=cannot listen on 0.0.0.0 port 7412: Address already in use

Id=netrelay.target
LoadState=loaded
ActiveState=active
SubState=active
UnitFileState=disabled
"""


def unit(process: str, **fields: Any) -> Unit:
    made = Unit(
        unit_of(process), "loaded", "active", "running", "success", 0, "enabled", None, None, ""
    )
    return made._replace(**fields)


def all_well() -> dict[str, Unit]:
    found = [unit(process) for process in PROCESSES]
    target = unit("sender", sub="active")._replace(name=TARGET)
    return {each.name: each for each in (target, *found)}


def test_it_is_read_unit_by_unit() -> None:
    found = read_show(SHOWN)
    receiver = found["netrelay-receiver.service"]
    assert (receiver.process, receiver.is_failed, receiver.restarts) == ("receiver", True, 2)
    assert (receiver.exit_status, receiver.signal) == (69, None)
    assert (found[TARGET].file_state, found[TARGET].exit_status) == ("disabled", None)


@pytest.mark.parametrize("text", ["", "\n\n", "Id\n", "ExecMainStatus=x\n\nId=\n"])
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read_show(text) == {}


def test_a_process_has_its_unit_and_no_other() -> None:
    assert [process_of(unit_of(process)) for process in PROCESSES] == list(PROCESSES)
    assert process_of("netrelay-failed@x.service") == process_of(TARGET) == ""


def test_systemd_is_asked_once_and_only_for_its_own_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, SHOWN, "")

    monkeypatch.setattr(units, "_BOOTED", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert ask(Home(tmp_path)) == {}
    assert asked == []
    assert len(ask(Home(SYSTEM_HOME))) == 2
    assert len(asked) == 1
    assert asked[0][1] == "show"
    assert asked[0][-9:] == [TARGET, *(unit_of(process) for process in PROCESSES)]
    monkeypatch.setattr(units, "_BOOTED", tmp_path / "absent")
    assert ask(Home(SYSTEM_HOME)) == {}
    assert len(asked) == 1


def test_when_all_is_well_check_says_so_and_status_nothing() -> None:
    (finding,) = unit_findings(all_well())
    assert finding.level is Level.OK
    assert unit_lines(all_well()) == []
    assert list(unit_findings({})) == []


@pytest.mark.parametrize(
    ("fields", "level", "words"),
    [
        (
            {"active": "failed", "result": "exit-code", "exit_status": 69, "status_text": "taken"},
            Level.FAIL,
            "stays down: a person has to mend something first (exit status 69); it said: taken",
        ),
        (
            {"active": "failed", "result": "signal", "signal": 9},
            Level.FAIL,
            "stays down: it was killed by signal 9",
        ),
        (
            {"active": "activating", "sub": "auto-restart", "result": "watchdog", "signal": 6},
            Level.WARN,
            "is about to be started again: it hung, and its watchdog ended it",
        ),
        ({"restarts": 3}, Level.WARN, "was started again 3 times by itself"),
        ({"load": "not-found"}, Level.WARN, "is not-found"),
    ],
)
def test_trouble_is_said(fields: dict[str, object], level: Level, words: str) -> None:
    troubled = unit("sender", **fields)
    assert trouble(troubled) == f"netrelay-sender.service {words}"
    found = all_well() | {troubled.name: troubled}
    (finding,) = unit_findings(found)
    assert (finding.level, finding.text) == (level, f"netrelay-sender.service {words}")
    assert "journalctl -u netrelay-sender.service" in finding.help
    assert unit_lines(found) == [f"      netrelay-sender.service {words}"]


def test_a_target_that_does_not_start_at_boot_is_a_warning() -> None:
    found = all_well()
    found[TARGET] = found[TARGET]._replace(file_state="disabled")
    (finding,) = unit_findings(found)
    assert finding.level is Level.WARN
    assert "no start at boot" in finding.text
    assert "systemctl enable --now netrelay.target" in finding.help


def test_what_a_process_said_cannot_steer_a_terminal() -> None:
    found = trouble(unit("sender", active="failed", exit_status=69, status_text="\x1b[2J"))
    assert "\x1b" not in found


def test_up_leaves_the_node_to_systemd(homes: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    line: CommandLine = homes.node("shelf")
    monkeypatch.setattr(up, "ask", lambda _: all_well())
    code, said = line.bad("up")
    assert code == Exit.TRY_AGAIN
    assert "sudo systemctl stop netrelay.target" in said


def test_status_and_check_say_what_systemd_knows(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: CommandLine = homes.node("shelf")
    found = all_well() | {unit_of("sender"): unit("sender", active="failed", exit_status=78)}
    monkeypatch.setattr("netrelay.cli.commands.status.ask", lambda _: found)
    monkeypatch.setattr("netrelay.cli.checks.home_findings.ask", lambda _: found)
    status = line.good("status")
    assert "down  `sudo systemctl start netrelay.target` starts it" in status
    assert (
        "netrelay-sender.service stays down: its configuration, keys or database cannot be used"
        in status
    )
    outcome = line("check")
    assert outcome.code == 2
    assert "fail  systemd    netrelay-sender.service stays down" in outcome.out


def test_init_says_how_systemd_starts_it(homes: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netrelay.cli.commands.init.ask", lambda _: all_well())
    said = CommandLine(homes.folder / "buoy").good("init", "buoy")
    assert "start this node, now and at every boot" in said
    assert "sudo systemctl enable --now netrelay.target" in said
    assert "netrelay up" not in said


def test_a_wrong_configuration_hides_no_unit_that_is_down(
    homes: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    line: CommandLine = homes.node("shelf")
    found = all_well() | {unit_of("sender"): unit("sender", active="failed", exit_status=78)}
    monkeypatch.setattr("netrelay.cli.checks.home_findings.ask", lambda _: found)
    line.home.config.write_text("[node]\nname = 7\n")
    assert "netrelay-sender.service stays down" in line("check").out
