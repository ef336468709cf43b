""".ci/setup on machines that lack something: it names the remedy and exits with 69.

Stand-ins at the front of PATH play the machine: an interpreter that answers the probe and creates
an environment of stand-ins, apt-get, and id. Nothing is installed or downloaded.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.source_tree import CHECKOUT

EX_UNAVAILABLE = 69  # sysexits.h
LISTS = ("wheels.txt", "build-tools.txt", "development-tools.txt")

INTERPRETER = """#!/bin/sh
if [ "$1" = -c ]; then
    cat "$MACHINE/interpreter"
else
    mkdir -p "$3/bin"
    cp "$MACHINE/environment-python" "$3/bin/python"
    echo "#!$PWD/$3/bin/python" >"$3/bin/pip"
    echo venv >>"$MACHINE/calls"
fi
"""
ENVIRONMENT_PYTHON = """#!/bin/sh
cd "$MACHINE"
case $* in
    *"import netrelay"*) exit 0 ;;
    *"import pip"*) cut -d' ' -f1 interpreter; exit 0 ;;
    "-m pip install"*"--require-hashes"*) echo pip >>calls; echo "$*" >>fetched ;;
    "-m pip install"*"--no-index --no-deps --no-build-isolation"*) ;;
    *) echo "not pinned: $*" >>calls ;;
esac
cat pip-says >&2
exit "$(cat pip-status)"
"""
APT_GET = """#!/bin/sh
cd "$MACHINE"
echo "apt-get $*" >>calls
case $* in *install*) sed -i 's/no$/yes/' interpreter ;; esac
exit "$(cat apt-status)"
"""


@dataclass
class Machine:
    """A machine in two folders: the answers of its commands, and the checkout it sets up."""

    folder: Path
    checkout: Path

    def has(self, **facts: str) -> None:
        """Set the answers of the commands: interpreter, pip_says, pip_status, apt_status, user."""
        for name, text in facts.items():
            (self.folder / name.replace("_", "-")).write_text(f"{text}\n")

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up of the checkout with these commands in front."""
        environment = os.environ | {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "MACHINE": str(self.folder),
            "PYTHON3": "python3",
            **variables,
        }
        return subprocess.run(
            [self.checkout / ".ci" / "setup"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        """Return what was created, downloaded or installed, in order."""
        calls = self.folder / "calls"
        return calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine that lacks nothing; each test takes something away."""
    made = Machine(tmp_path / "machine", tmp_path / "checkout")
    (made.folder / "bin").mkdir(parents=True)
    (made.checkout / ".ci").mkdir(parents=True)
    shutil.copy(CHECKOUT / ".ci" / "setup", made.checkout / ".ci" / "setup")
    (made.checkout / "image" / "package").mkdir(parents=True)
    for name in LISTS:
        (made.checkout / "image" / "package" / name).write_text(f"{name}==1\n")
    (made.checkout / "pyproject.toml").write_text("[project]\n")
    commands = {
        "python3": INTERPRETER,
        "apt-get": APT_GET,
        "id": '#!/bin/sh\ncat "$MACHINE/user"\n',
    }
    for name, script in commands.items():
        install(made.folder / "bin" / name, script)
    install(made.folder / "environment-python", ENVIRONMENT_PYTHON)
    made.has(interpreter="3.11 64 aarch64 yes", pip_says="", pip_status="0", apt_status="0")
    made.has(user="1000")
    return made


def install(path: Path, script: str) -> None:
    """Write an executable."""
    path.write_text(script)
    path.chmod(0o755)


def test_a_second_run_makes_and_fetches_nothing(machine: Machine) -> None:
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip"]
    second = machine.set_up()
    assert (second.returncode, second.stderr) == (0, "")
    assert machine.calls() == ["venv", "pip"]


def test_a_changed_pyproject_is_installed_again(machine: Machine) -> None:
    machine.set_up()
    (machine.checkout / "pyproject.toml").write_text("[project]\nname = 'netrelay'\n")
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "pip"]


@pytest.mark.parametrize("name", LISTS)
def test_a_changed_list_is_installed_again(machine: Machine, name: str) -> None:
    machine.set_up()
    (machine.checkout / "image" / "package" / name).write_text(f"{name}==2\n")
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "pip"]


def test_only_wheels_of_the_lists_are_fetched(machine: Machine) -> None:
    machine.set_up()
    words = (machine.folder / "fetched").read_text().split()
    assert {"--require-hashes", "--only-binary=:all:"} <= set(words)
    assert [word for word in words if word.startswith("image/package/")] == [
        f"image/package/{name}" for name in LISTS
    ]


def test_another_python_gets_another_environment(machine: Machine) -> None:
    machine.set_up()
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    machine.has(interpreter="3.13 64 aarch64 yes")
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "venv", "pip"]


def test_a_moved_checkout_gets_another_environment(machine: Machine) -> None:
    machine.set_up()
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("elsewhere"))
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "venv", "pip"]


def test_a_failed_installation_is_not_taken_for_a_finished_one(machine: Machine) -> None:
    machine.has(pip_status="1")
    assert machine.set_up().returncode == EX_UNAVAILABLE
    machine.has(pip_status="0")
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "pip"]


def test_a_change_that_failed_halfway_and_was_undone_is_repaired(machine: Machine) -> None:
    machine.set_up()
    pyproject = machine.checkout / "pyproject.toml"
    before = pyproject.read_text()
    pyproject.write_text(before + "name = 'netrelay'\n")
    machine.has(pip_status="1")
    assert machine.set_up().returncode == EX_UNAVAILABLE
    pyproject.write_text(before)
    machine.has(pip_status="0")
    assert machine.set_up().returncode == 0
    assert machine.calls() == ["venv", "pip", "pip", "pip"]


def test_a_user_is_told_the_command_to_type(machine: Machine) -> None:
    machine.has(interpreter="3.11 64 aarch64 no")
    run = machine.set_up()
    assert run.returncode == EX_UNAVAILABLE
    assert "Type: sudo apt-get install --yes python3-venv" in run.stderr
    assert machine.calls() == []


def test_root_gets_it_installed_and_is_told(machine: Machine) -> None:
    machine.has(interpreter="3.11 64 aarch64 no", user="0")
    run = machine.set_up()
    assert run.returncode == 0
    assert "installing it with: apt-get install --yes python3-venv" in run.stderr
    assert [call.split()[0] for call in machine.calls()] == ["apt-get", "apt-get", "venv", "pip"]


def test_root_without_a_network_is_told(machine: Machine) -> None:
    machine.has(interpreter="3.11 64 aarch64 no", user="0", apt_status="100")
    run = machine.set_up()
    assert run.returncode == EX_UNAVAILABLE
    assert "apt-get could not install python3-venv" in run.stderr


@pytest.mark.parametrize(
    ("interpreter", "words"),
    [
        ("3.9 64 aarch64 yes", "is Python 3.9; netrelay needs 3.11 or newer"),
        ("2.7 64 x86_64 no", "is Python 2.7"),
        ("3.11 32 armv7l yes", "install the 64-bit Raspberry Pi OS"),
        ("3.13 32 aarch64 yes", "is a 32-bit program (aarch64)"),
    ],
)
def test_an_unfit_python_is_refused(machine: Machine, interpreter: str, words: str) -> None:
    machine.has(interpreter=interpreter)
    run = machine.set_up()
    assert run.returncode == EX_UNAVAILABLE
    assert words in run.stderr
    assert machine.calls() == []


def test_no_python_at_all_is_told(machine: Machine) -> None:
    run = machine.set_up(PYTHON3="python3-that-is-not-here")
    assert run.returncode == EX_UNAVAILABLE
    assert "there is no python3-that-is-not-here here" in run.stderr


@pytest.mark.parametrize(
    ("pip_says", "words"),
    [
        (
            "ERROR: No matching distribution found for apsw>=3.51.3",
            "no ready-made package (wheel) of apsw for Python 3.11 on aarch64",
        ),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for setuptools>=77",
            "could not reach its package index",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "has another file than the one whose hash is in image/package",
        ),
        ("ERROR: something new", "its own words are above"),
    ],
)
def test_a_failing_pip_is_explained(machine: Machine, pip_says: str, words: str) -> None:
    machine.has(pip_says=pip_says, pip_status="1")
    run = machine.set_up()
    assert run.returncode == EX_UNAVAILABLE
    assert pip_says in run.stderr
    assert words in run.stderr
