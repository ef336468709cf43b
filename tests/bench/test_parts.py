"""Each part can be measured, and prints one number with its unit."""

import sys
from pathlib import Path

import pytest

from bench.parts import PARTS, Part, main, measure


@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_a_part_gives_a_number(part: Part, tmp_path: Path) -> None:
    assert measure(part, 0.05, tmp_path) > 0
    assert list(tmp_path.iterdir()) == []


def test_each_asked_part_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["parts", "--only", "ring,hash", "--seconds", "0.05"])
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [(line.split()[0], line.split()[2]) for line in lines] == [
        ("ring", "records/s"),
        ("hash", "MiB/s"),
    ]


def test_an_unknown_part_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["parts", "--only", "rings"])
    with pytest.raises(SystemExit):
        main()
    assert "no part 'rings'; there are walk, commit, ring" in capsys.readouterr().err
