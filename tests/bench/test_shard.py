"""A shard from its start to its result, small, in a folder, with real nodes."""

import subprocess
import sys
from pathlib import Path

from bench.full.results import CHECKOUT, load


def bench(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.full", "--results", str(folder), *words]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=110)


def test_a_shard_leaves_its_result_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    words = ("--only", "both-ways", "--scale", "0.002", "--directory", str(place))
    run = bench(tmp_path, *words)
    assert run.returncode == 0, run.stderr
    result = load(tmp_path, "both-ways")
    assert result is not None
    assert (result.fault, result.cut, result.scale) == ("", "", 0.002)
    assert len(result.measurements["small/both at once/rate"]) == 3
    assert list(place.iterdir()) == []
    listed = bench(tmp_path, "--list", "--only", "both-ways,texts").stdout
    assert f"at {result.commit}, {result.begun}, scale 0.002" in listed
    assert listed.splitlines()[-1].endswith("no result")


def test_an_unknown_shard_is_refused(tmp_path: Path) -> None:
    run = bench(tmp_path, "--only", "larg")
    assert run.returncode == 1
    assert "no shard 'larg'; there are large, gigabyte, small" in run.stderr


def test_a_trial_is_not_written_into_the_evidence(tmp_path: Path) -> None:
    run = bench(tmp_path, "--report", "--scale", "0.02")
    assert run.returncode == 2
    assert "a trial at another scale is no evidence" in run.stderr
