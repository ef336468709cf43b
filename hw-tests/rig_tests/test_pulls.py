"""The moments of pulled sticks, and the record by which a run goes on."""

from pathlib import Path

import pytest

from rig.pulls import KINDS, Pulled, PullRecord, planned_rounds


def test_each_round_has_one_pull_of_each_kind() -> None:
    rounds = planned_rounds(7, 20)
    assert [len(moments) for moments in rounds] == [4] * 5
    assert all([(each.node, each.counter) for each in moments] == [*KINDS] for moments in rounds)


@pytest.mark.parametrize("pulls", [1, 3, 4, 5, 7])
def test_there_are_as_many_pulls_as_were_asked_for(pulls: int) -> None:
    assert sum(len(moments) for moments in planned_rounds(7, pulls)) == pulls


def test_the_moments_of_a_kind_lie_all_over_a_visit() -> None:
    for seed in range(50):
        for kind in zip(*planned_rounds(seed, 20), strict=True):
            assert sorted(int(moment.share * 5) for moment in kind) == [0, 1, 2, 3, 4]


def test_a_seed_gives_its_moments_again_and_another_seed_others() -> None:
    assert planned_rounds(7, 20) == planned_rounds(7, 20) != planned_rounds(8, 20)


def test_a_round_that_ended_well_is_not_repeated_for_its_seed(tmp_path: Path) -> None:
    pulled = Pulled("a", "written", 0.5, 12.5, 4096, 8192, "work", "to be repaired")
    path = tmp_path / "pulls.jsonl"
    assert PullRecord(path, 7).rounds_done() == set()
    PullRecord(path, 7).add(0, [pulled])
    PullRecord(path, 7).add(2, [pulled])
    PullRecord(path, 8).add(1, [pulled])
    assert PullRecord(path, 7).rounds_done() == {0, 2}
    assert '"file_system": "to be repaired"' in path.read_text()
