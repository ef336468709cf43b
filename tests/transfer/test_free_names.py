"""A free name costs a bounded number of looks, whatever names are taken."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netrelay.store.coming_files import Complete
from netrelay.store.jobs import EndedJob
from netrelay.transfer.claims import put_away
from netrelay.transfer.delivery import Delivery
from netrelay.transfer.failed_files import FailedFiles
from netrelay.transfer.free_names import (
    FreeNames,
    free_byte_names,
    free_text_names,
    marked_bytes,
)

MANY = 10_000
# The name itself, 19 doublings of the step, 18 halvings.
LOOKS_MAX = 38
# In steady state: the name itself, the next number; and as many for a second file of that name.
LOOKS_EACH = 4


class Folder:
    """A folder as a set of names; counts the looks of the choice."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.looks = 0

    def is_taken(self, name: str) -> bool:
        """Return whether the name is taken."""
        self.looks += 1
        return name in self.taken

    def choose(self, names: FreeNames[str], name: str) -> str:
        """Choose a name and take it, in a bounded number of looks."""
        self.looks = 0
        chosen = names.choose("folder", name, self.is_taken)
        assert chosen not in self.taken
        assert self.looks <= LOOKS_MAX
        self.taken.add(chosen)
        return chosen


def numbers(last: int) -> set[str]:
    """Return "a" and "a (2)" to the last number."""
    return {"a", *(f"a ({number})" for number in range(2, last + 1))}


def test_files_of_one_name_get_numbers_in_order_for_two_looks_each() -> None:
    folder, names = Folder(set()), free_text_names()
    for number in range(1, MANY + 1):
        assert folder.choose(names, "a") == ("a" if number == 1 else f"a ({number})")
        assert folder.looks <= 2


@pytest.mark.parametrize("last", [*range(1, 40), 8_250, 262_144])
def test_after_a_start_the_next_number_is_found(last: int) -> None:
    folder = Folder(numbers(last))
    assert folder.choose(free_text_names(), "a") == f"a ({last + 1})"
    if last == 8_250:
        assert folder.looks == 29


def test_a_number_that_became_free_is_used_again_after_the_name_was() -> None:
    folder, names = Folder(set()), free_text_names()
    for _ in range(5):
        folder.choose(names, "a")
    folder.taken -= {"a (3)"}
    assert folder.choose(names, "a") == "a (6)"
    folder.taken -= {"a"}
    assert folder.choose(names, "a") == "a"
    folder.taken -= {"a (2)"}
    assert folder.choose(names, "a") == "a (2)"


def test_numbers_that_somebody_took_on_purpose_end_in_a_random_name() -> None:
    folder, names = Folder({"a.txt"}), free_text_names()
    folder.taken |= {f"a ({2 + (1 << doubling) - 1}).txt" for doubling in range(30)}
    chosen = {folder.choose(names, "a.txt") for _ in range(100)}
    assert len(chosen) == 100
    assert all(len(name) == len("a (0123456789abcdef).txt") for name in chosen)


def test_what_is_remembered_is_bounded() -> None:
    names = free_text_names()
    for number in range(5_000):
        names.choose("folder", str(number), lambda name: "(" not in name)
    assert len(names._next) == 1024


def test_a_random_mark_keeps_within_the_longest_name() -> None:
    assert marked_bytes(b"a" * 255, "0" * 16) == b"a" * 236 + b" (0000000000000000)"


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list whose one number counts the looks at names on the disk."""
    count = [0]
    lexists = os.path.lexists

    def counted(path: bytes | str | Path) -> bool:
        count[0] += 1
        return lexists(path)

    monkeypatch.setattr(os.path, "lexists", counted)
    # Names are the subject; these two calls take most of the time of 10,000 files.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "rmdir", lambda _path, **_options: None)
    return count


def batches() -> Iterator[range]:
    """Yield the numbers of the files, as many at once as a step of exporter or importer takes."""
    return (range(start, min(start + 256, MANY)) for start in range(0, MANY, 256))


def bounded(looks: list[int], step: Callable[[], object], files: int, after_start: int) -> None:
    """Take a step; assert the number of its looks."""
    looks[0] = 0
    step()
    assert looks[0] <= LOOKS_EACH * files + 2 * after_start


def test_ten_thousand_arrivals_of_one_name(tmp_path: Path, looks: list[int]) -> None:
    inbox = tmp_path / "inbox"
    staging, unpacking = inbox / ".staging", inbox / ".unpacking"
    for folder in (staging, unpacking):
        folder.mkdir(parents=True)
    delivery = Delivery(inbox, staging, unpacking)

    def deliver(numbers: range) -> None:
        items = [Complete(n, n, "a.txt", None, 0, "alba", f"s{n}", False) for n in numbers]
        for item in items:
            (staging / item.staged_name).touch()
        chosen = delivery.choose_names(items)
        put = delivery.put([each._replace(inbox_name=chosen[each.file]) for each in items], chosen)
        assert len(put.there) == len(items)

    for numbers in batches():
        starts = numbers.start in (0, 5_120)
        if starts:
            delivery = Delivery(inbox, staging, unpacking)  # as after a power cut
        bounded(looks, lambda: deliver(numbers), len(numbers), LOOKS_MAX * starts)  # noqa: B023
    names = {path.name for path in (inbox / "alba").iterdir()}
    assert names == {"a.txt", *(f"a ({number}).txt" for number in range(2, MANY + 1))}


def test_ten_thousand_delivered_files_of_one_name(tmp_path: Path, looks: list[int]) -> None:
    (tmp_path / "sent").mkdir()
    names = free_byte_names()
    for numbers in batches():
        for number in numbers:
            (tmp_path / "claims" / str(number)).mkdir(parents=True)
            (tmp_path / "claims" / str(number) / "a.txt").touch()
        paths = [b"claims/%d/a.txt" % number for number in numbers]
        step = lambda: put_away(tmp_path, paths, tmp_path / "sent", names)  # noqa: B023, E731
        bounded(looks, step, len(numbers), LOOKS_MAX)
    found = {path.name for path in (tmp_path / "sent").iterdir()}
    assert found == {"a.txt", *(f"a ({number}).txt" for number in range(2, MANY + 1))}


def test_ten_thousand_failed_files_of_one_name(tmp_path: Path, looks: list[int]) -> None:
    (tmp_path / "failed").mkdir()
    failed = FailedFiles(tmp_path, tmp_path / "failed")

    to = "brno"

    def put(numbers: range) -> None:
        jobs = [
            EndedJob(n, n, b"claims/%d/a.txt" % n, None, "a.txt", to, to, to, "why")
            for n in numbers
        ]
        chosen = failed.choose(jobs)
        moved, conflicting, _ = failed.put([job._replace(kept=chosen[job.file]) for job in jobs])
        assert (len(moved), conflicting) == (len(jobs), [])

    for numbers in batches():
        for number in numbers:
            (tmp_path / "claims" / str(number)).mkdir(parents=True)
            (tmp_path / "claims" / str(number) / "a.txt").touch()
        bounded(looks, lambda: put(numbers), len(numbers), LOOKS_MAX)  # noqa: B023
    assert len(list((tmp_path / "failed" / "brno").iterdir())) == 2 * MANY
