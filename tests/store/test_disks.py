"""The rows of disks: written when there is news, and what was free a day before."""

import pytest

from netrelay.disk.kept_free import KEPT_FREE_BYTES, DiskLevel, disk_level
from netrelay.store.disks import DiskRoom, note_disks
from tests.store.node import OpenNode

DAY_S = 86_400.0
GIB = 1 << 30


@pytest.mark.parametrize(
    ("free_bytes", "all_bytes", "files", "free_files", "level"),
    [
        (2 * GIB, 100 * GIB, 0, 0, DiskLevel.FINE),
        (GIB - 1, 100 * GIB, 0, 0, DiskLevel.LOW),
        # A twentieth of a small disk.
        (60 << 20, GIB, 0, 0, DiskLevel.FINE),
        (50 << 20, GIB, 0, 0, DiskLevel.LOW),
        (KEPT_FREE_BYTES, GIB, 0, 0, DiskLevel.FULL),
        (2 * GIB, 100 * GIB, 5_000, 999, DiskLevel.FEW_FILES),
    ],
)
def test_the_level_of_a_disk(
    free_bytes: int, all_bytes: int, files: int, free_files: int, level: DiskLevel
) -> None:
    assert disk_level(free_bytes, all_bytes, files, free_files) is level


def noted(node: OpenNode, free_bytes: int, level: str = "fine") -> tuple[object, ...]:
    """Note the room on the disk of the home; return its row."""
    note_disks(node.open("exporter"), [DiskRoom(".", level, free_bytes, 100 * GIB)])
    (row,) = node.rows(
        "SELECT level, since_s, free_bytes, noted_s, before_bytes, before_s FROM disks"
    )
    return row


def test_a_row_is_written_when_there_is_news(node: OpenNode) -> None:
    begun_s = node.open("exporter").now_s()
    first = noted(node, 50 * GIB)
    assert first == ("fine", begun_s, 50 * GIB, begun_s, 50 * GIB, begun_s)
    node.time_s += 3600
    assert noted(node, 46 * GIB) == first, "less than a tenth"
    assert noted(node, 44 * GIB)[2:4] == (44 * GIB, begun_s + 3600)
    assert noted(node, 44 * GIB, "low")[:2] == ("low", begun_s + 3600)


def test_what_was_free_a_day_before_and_longer_stays_beside_it(node: OpenNode) -> None:
    begun_s = node.open("exporter").now_s()
    noted(node, 50 * GIB)
    rows = []
    for _ in range(3):
        node.time_s += DAY_S + 1
        rows.append(noted(node, 48 * GIB)[2:])
    day_s = DAY_S + 1
    assert rows == [
        (48 * GIB, begun_s + day_s, 50 * GIB, begun_s),
        (48 * GIB, begun_s + 2 * day_s, 48 * GIB, begun_s + day_s),
        (48 * GIB, begun_s + 3 * day_s, 48 * GIB, begun_s + 2 * day_s),
    ]


def test_the_wear_of_a_card_is_news(node: OpenNode) -> None:
    room = DiskRoom(".", "fine", 50 * GIB, 100 * GIB)
    for percent in (None, 80, 90):
        note_disks(node.open("exporter"), [room._replace(life_percent=percent)])
        assert node.value("SELECT life_percent FROM disks") == percent
