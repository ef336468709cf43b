"""Units of a card that are tried again by themselves, and do not repeat what a person has to do."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from netrelay.core.exit_status import NEEDS_A_PERSON, Exit
from netrelay.provisioning.card import stick
from tests.image.stub_root import STAGE

UNITS = {path.name: path for path in STAGE.glob("*/files/usr/lib/systemd/system/card-*.service")}


def settings(name: str) -> dict[str, list[str]]:
    """Give the values of a unit's keys, in their order."""
    found: dict[str, list[str]] = {}
    for line in UNITS[name].read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", ["card-first-boot.service", "card-grow.service"])
def test_a_start_that_ran_into_its_time_limit_is_taken_up_again(name: str) -> None:
    unit = settings(name)
    assert unit["Restart"] == ["on-failure"]
    assert unit["RestartSec"] == ["30s"]
    assert unit["TimeoutStartSec"] == ["5min"]


def test_a_state_has_three_times_the_longest_run_that_was_seen() -> None:
    assert settings("card-state.service")["TimeoutStartSec"] == ["5min"]


def test_a_mistake_of_a_person_is_not() -> None:
    prevented = {
        int(word)
        for word in settings("card-first-boot.service")["RestartPreventExitStatus"][0].split()
    }
    assert prevented >= {int(each) for each in NEEDS_A_PERSON}
    assert not prevented & {Exit.INPUT_OUTPUT, Exit.SOFTWARE, Exit.TRY_AGAIN}


def run_line(line: str, folder: Path, **environment: str) -> None:
    """Run the script of a unit's line, with /run and systemctl of the test."""
    script = line.removeprefix("/bin/sh -c ").strip("'").replace("/run/", f"{folder}/")
    stub = folder / "systemctl"
    stub.write_text(f'#!/bin/sh\necho "$*" >>{folder}/calls\n')
    stub.chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    subprocess.run(["/bin/sh", "-c", script], check=True, env={"PATH": path, **environment})


@pytest.mark.parametrize("name", ["card-first-boot.service", "card-grow.service"])
def test_only_a_later_success_restarts_the_machine(name: str, tmp_path: Path) -> None:
    unit = settings(name)
    after, at_end = unit["ExecStartPost"][0], unit["ExecStopPost"][0]
    run_line(after, tmp_path)
    run_line(at_end, tmp_path, SERVICE_RESULT="success")
    run_line(after, tmp_path)
    assert not (tmp_path / "calls").exists()
    run_line(at_end, tmp_path, SERVICE_RESULT="timeout")
    run_line(after, tmp_path)
    assert (tmp_path / "calls").read_text() == "--no-block reboot\n"


def test_first_boot_sees_the_sockets_of_the_machine_and_no_network() -> None:
    """In a private network /sys/class/net has none: a fixed address went to every socket."""
    unit = settings("card-first-boot.service")
    assert "PrivateNetwork" not in unit
    assert unit["RestrictAddressFamilies"] == ["AF_UNIX AF_NETLINK"]


STICK_START = "/usr/bin/systemctl --no-block start card-stick@$name.service"
# The kernel's word for a card that was put into a reader, or taken out (block/disk-events.c). The
# changes that udev itself makes, when a device that was written is closed, have no such word.
MEDIUM_CHANGED = {"DEVTYPE": "disk", "DISK_MEDIA_CHANGE": "1"}
OURS = {"ID_BUS": "usb", "ID_FS_LABEL": stick.LABEL, "ID_FS_TYPE": "|".join(stick.KINDS)}


def stick_rules() -> dict[tuple[str, str], dict[str, str]]:
    """Return what each rule compares for equality, by its action and by what it runs."""
    path = STAGE / "02-card-care/files/usr/lib/udev/rules.d/70-netrelay-stick.rules"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    found = {}
    for line in lines:
        action, run = re.findall(r'^ACTION=="(\w+)".* RUN\+="([^"]+)"$', line)[0]
        assert 'SUBSYSTEM=="block"' in line
        found[action, run] = dict(re.findall(r'ENV\{(\w+)\}=="([^"]*)"', line))
    assert len(found) == len(lines)
    return found


def test_a_stick_is_taken_by_its_label_and_two_kinds_of_file_system() -> None:
    # A start that takes the place of a stop that still goes on: a stick may come back at once.
    assert stick_rules()["add", STICK_START] == OURS


def test_a_card_without_partitions_in_a_reader_is_taken_once_and_let_go() -> None:
    rules = stick_rules()
    assert rules["change", STICK_START] == OURS | MEDIUM_CHANGED
    stop = STICK_START.replace(" start ", " stop ")
    assert rules["change", stop] == {"ID_BUS": "usb"} | MEDIUM_CHANGED
    assert len(rules) == 3
    # The reader stays when its card goes: what is active is not started again until it is stopped.
    assert settings("card-stick@.service")["RemainAfterExit"] == ["yes"]


def test_what_reads_a_strangers_stick_sees_that_device_and_no_network() -> None:
    unit = settings("card-stick@.service")
    assert (unit["DevicePolicy"], unit["DeviceAllow"]) == (["closed"], ["/dev/%I rw"])
    assert (unit["PrivateMounts"], unit["PrivateNetwork"]) == (["yes"], ["yes"])
    assert unit["RestrictAddressFamilies"] == ["AF_UNIX"]
    assert unit["BindsTo"] == ["dev-%i.device"]
    # It stays, with its note, until the stick is pulled.
    assert unit["SuccessExitStatus"] == [str(int(Exit.INPUT_OUTPUT))]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
@pytest.mark.parametrize("name", sorted(UNITS))
def test_systemd_reads_the_unit(name: str, tmp_path: Path) -> None:
    text = UNITS[name].read_text()
    # Since systemd 254 and 252; Debian 13 has 257.
    old = subprocess.run(
        ["systemd-analyze", "--version"], capture_output=True, text=True, check=True
    )
    if int(old.stdout.split()[1]) < 254:
        lines = [
            line
            for line in text.splitlines()
            if not line.startswith(("RestartSteps", "RestartMax"))
        ]
        text = "\n".join(lines) + "\n"
    (tmp_path / name).write_text(
        re.sub(r"/usr/bin/netrelay|/usr/lib/netrelay-card/[a-z-]+", "/bin/true", text)
    )
    environment = {"PATH": os.environ["PATH"], "SYSTEMD_LOG_LEVEL": "warning"}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert name not in done.stderr, done.stderr
