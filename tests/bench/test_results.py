"""Results are stored one file a shard, and say if they need no repetition."""

from pathlib import Path

import pytest

from bench.full.contents import SHARDS
from bench.full.results import load
from tests.bench.results import result


def test_a_stored_result_is_read_as_it_was(tmp_path: Path) -> None:
    stored = result(
        measurements={"large/netrelay/rate": [1.5, 2.5]}, series={"status": [(1000.0, 0.1)]}
    )
    stored.save(tmp_path / "new" / "folder")
    found = load(tmp_path / "new" / "folder", "large")
    assert found is not None
    assert found.figures.median("large/netrelay/rate") == 2.0
    assert [tuple(point) for point in found.series["status"]] == [(1000.0, 0.1)]
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["large.json"]


def test_a_missing_or_damaged_result_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, "large") is None
    path = result().save(tmp_path)
    path.write_text(path.read_text()[:-20])
    assert load(tmp_path, "large") is None
    path.write_text('{"shard": "large", "of another version": 1}')
    assert load(tmp_path, "large") is None


@pytest.mark.parametrize(
    ("fields", "commit", "is_enough"),
    [
        ({}, "abc1234567", True),
        ({"cut": "time"}, "abc1234567", True),
        ({}, "def1234567", False),
        ({"scale": 0.5}, "abc1234567", False),
        ({"fault": "it died"}, "abc1234567", False),
        ({"commit": "abc1234567+"}, "abc1234567+", False),
    ],
)
def test_a_result_of_this_commit_is_not_measured_again(
    fields: dict[str, object], commit: str, is_enough: bool
) -> None:
    assert result(**fields).is_of(commit, 1) is is_enough  # type: ignore[arg-type]


def test_no_shard_and_no_goal_occurs_twice() -> None:
    names = [shard.name for shard in SHARDS]
    goals = [goal.text for shard in SHARDS for goal in shard.goals]
    assert len(set(names)) == len(names)
    assert len(set(goals)) == len(goals)
