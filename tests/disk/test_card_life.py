"""The wear that a card reports."""

import builtins
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netrelay.disk.card_life import used_life_percent


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What files of the device say, by the end of their place."""
    files: dict[str, str] = {}
    opened = builtins.open

    def answer(place: Any, *words: Any, **more: Any) -> Any:
        if not str(place).startswith("/sys/dev/block/"):
            return opened(place, *words, **more)
        for end, text in files.items():
            if str(place).endswith(end):
                return io.StringIO(text)
        raise FileNotFoundError(place)

    monkeypatch.setattr(builtins, "open", answer)
    yield files


@pytest.mark.parametrize("place", ["/../device/life_time", "/device/life_time"])
def test_the_greater_of_two_estimates_counts(
    reported: dict[str, str], tmp_path: Path, place: str
) -> None:
    reported[place] = "0x02 0x09\n"
    assert used_life_percent(tmp_path) == 90


@pytest.mark.parametrize("said", ["", "worn"])
def test_what_is_no_number_is_not_known(
    reported: dict[str, str], tmp_path: Path, said: str
) -> None:
    reported["/life_time"] = said
    assert used_life_percent(tmp_path) is None


def test_a_disk_reports_nothing(reported: dict[str, str], tmp_path: Path) -> None:
    assert reported == {}
    assert used_life_percent(tmp_path) is None
