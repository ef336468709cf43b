"""Every shell script of the image is clean to shellcheck, and what pi-gen runs is executable."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source_tree import CHECKOUT

IMAGE = CHECKOUT / "image"
STAGE = IMAGE / "pi-gen-config" / "stage-netrelay"


def shell_scripts(folder: Path) -> list[Path]:
    """What a shell reads: by its first line, by its name, or by shellcheck's own."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        head = path.read_bytes()[:400]
        first = head.split(b"\n", 1)[0]
        is_script = first.startswith(b"#!") and first.endswith((b"sh", b"sh -e"))
        if is_script or path.suffix in (".sh", ".bash") or b"shellcheck shell=" in head:
            found.append(path)
    return found


def test_the_rule_reads_the_scripts_that_matter() -> None:
    names = {path.relative_to(IMAGE).as_posix() for path in shell_scripts(IMAGE)}
    assert {"build", "write-image", "chroot.bash"} <= names
    stage = "pi-gen-config/stage-netrelay"
    assert f"{stage}/02-card-care/files/usr/lib/netrelay-card/grow" in names
    assert f"{stage}/00-netrelay/02-run-chroot.sh" in names


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="there is no shellcheck on this machine")
def test_shellcheck_is_clean() -> None:
    command = ["shellcheck", "--external-sources", *map(str, shell_scripts(IMAGE))]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize(
    "path", sorted(STAGE.glob("**/*run.sh")), ids=lambda path: path.parent.name
)
def test_what_pi_gen_would_skip_silently_is_executable(path: Path) -> None:
    assert os.access(path, os.X_OK)


def test_a_run_sh_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    sub_stage = tmp_path / "stage" / "00-one"
    sub_stage.mkdir(parents=True)
    (sub_stage / "00-run.sh").write_text("#!/bin/bash -e\n")
    command = [IMAGE / "run-stage", tmp_path / "stage", tmp_path / "root"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 65
    assert "00-run.sh is not executable" in done.stderr
