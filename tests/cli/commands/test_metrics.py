"""`netrelay metrics`: where the text goes, and what cannot be written."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def test_a_textfile_is_replaced_and_readable_by_others(shelf: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "netrelay.prom"
    file.write_text("old")
    (tmp_path / ".netrelay.prom.unfinished").write_text("of one that was killed")
    before = file.stat().st_ino
    mask = os.umask(0o077)
    try:
        assert shelf.good("metrics", "--textfile", str(file)) == ""
    finally:
        os.umask(mask)
    families = {each.name: each for each in text_string_to_metric_families(file.read_text())}
    assert families["netrelay_node_info"].type == "gauge", "the text format has no other word"
    assert families["netrelay_peer_delivered"].type == "counter"
    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.glob(".netrelay*")] == []


def test_a_name_that_node_exporter_does_not_read(shelf: CommandLine, tmp_path: Path) -> None:
    code, line = shelf.bad("metrics", "--textfile", str(tmp_path / "netrelay.txt"))
    assert code == 64
    assert "allowed: a name that ends with .prom" in line
    assert list(tmp_path.glob("netrelay.*")) == []


def test_a_folder_that_is_not_there(shelf: CommandLine, tmp_path: Path) -> None:
    code, line = shelf.bad("metrics", "--textfile", str(tmp_path / "no" / "a.prom"))
    assert code == 73
    assert "a.prom cannot be written: No such file or directory" in line


def test_a_link_in_place_of_the_file_is_replaced_and_not_followed(
    shelf: CommandLine, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("precious")
    file = tmp_path / "a.prom"
    file.symlink_to(other)
    shelf.good("metrics", "--textfile", str(file))
    assert other.read_text() == "precious"
    assert not file.is_symlink()


def test_promtool_finds_no_fault_with_the_names(shelf: CommandLine, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool of Debian's package prometheus is not here")
    file = tmp_path / "a.prom"
    shelf.good("metrics", "--textfile", str(file))
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=file.read_bytes(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
