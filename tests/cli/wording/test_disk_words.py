"""Words for what was written to a disk, and for how long it will last."""

import pytest

from netrelay.cli.queries.disk_writes import DiskLife, DiskWrites
from netrelay.cli.wording.disk_words import assumption_words, lasting_words, written_words
from netrelay.core.device_reading import Written

GIB = 1 << 30
CARD = DiskLife(
    disk="mmcblk0",
    kind="card",
    size_bytes=32 * GIB,
    life_percent=None,
    endurance_bytes=3200 * GIB,
    endurance_is="assumed",
    known_since_at="2026-11-01 10:00:00",
    written_bytes=200 * GIB,
    day_bytes=GIB,
    left_bytes=3000 * GIB,
    left_days=3000,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "it lasts for about 8 years"),
        ({"left_days": 600}, "it lasts for 600 d"),
        ({"left_days": 20 * 365}, "it lasts for more than 20 years"),
        ({"left_days": None, "day_bytes": 0}, "nothing is written to it"),
        ({"left_days": None, "day_bytes": None}, "how long it lasts is known after a day"),
        ({"endurance_bytes": None, "kind": "virtual"}, "how it wears is not known here"),
        ({"endurance_bytes": None, "kind": "turning"}, "it turns, and does not wear by writes"),
    ],
)
def test_how_long_it_lasts(changes: dict[str, object], words: str) -> None:
    assert lasting_words(CARD._replace(**changes)) == words  # type: ignore[arg-type]


def test_an_estimate_says_what_it_assumes() -> None:
    assert assumption_words(CARD) == (
        "3.1 TiB can be written to it, assumed for its kind (SD card): 100 times its size; what was"
        " written before 2026-11-01 10:00:00 UTC is not counted; 1 GiB a day with power, as in the"
        " last 30 days"
    )
    said = assumption_words(CARD._replace(endurance_is="given", life_percent=30))
    assert said.startswith("3.1 TiB can be written to it (disk_endurance_tb); up to 30 % of its")
    assert assumption_words(CARD._replace(endurance_bytes=None)) == ""
    assert assumption_words(CARD._replace(day_bytes=None)) == ""


def test_what_was_written_today() -> None:
    today = Written(3 * GIB, 1024, 0, GIB)
    assert written_words(DiskWrites(today, CARD, None)) == (
        "mmcblk0: 3 GiB written today (database 1 KiB, log 0 B, files 1 GiB, others 2 GiB);"
        " it lasts for about 8 years"
    )
    assert written_words(DiskWrites(None, None, "it is a tmpfs")) == (
        "what is written is not known: it is a tmpfs"
    )
