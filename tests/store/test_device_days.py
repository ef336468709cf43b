"""The rows of what was written to the disk of a node, by days."""

from netrelay.core.device_reading import DeviceReading, Written
from netrelay.store.device_days import DeviceFacts, last_reading, store_reading, written_on
from tests.store.node import OpenNode

CARD = DeviceFacts("mmcblk0", "card", 32_000, 3_200_000, False, None)
FIRST = DeviceReading("one", "boot", 100.0, Written(9_000, 500, 50, 800))


def store(node: OpenNode, reading: DeviceReading, day: int, facts: DeviceFacts = CARD) -> None:
    """Store a reading, as exporter does."""
    database = node.open("exporter")
    with database.transaction():
        store_reading(database, reading, facts, day)


def later(reading: DeviceReading, seconds: float, *more: int) -> DeviceReading:
    """Return a later reading of the same boot."""
    counters = reading.counters.plus(Written(*more))
    return reading._replace(boot_s=reading.boot_s + seconds, counters=counters)


def test_what_was_written_before_the_first_reading_is_not_known(node: OpenNode) -> None:
    assert last_reading(node.open("exporter")) is None
    store(node, FIRST, 20_000)
    assert last_reading(node.open("exporter")) == FIRST
    assert node.rows("SELECT * FROM device_days") == []


def test_readings_add_up_to_days(node: OpenNode) -> None:
    store(node, FIRST, 20_000)
    second = later(FIRST, 60.0, 700, 30, 0, 600)
    third = later(second, 60.0, 300, 10, 5, 0)
    store(node, second, 20_000)
    store(node, third, 20_000)
    store(node, later(third, 60.0, 1, 0, 0, 1), 20_001)
    assert written_on(node.open("exporter"), "one", 20_000) == (1_000, 40, 5, 600)
    assert written_on(node.open("exporter"), "one", 20_001) == (1, 0, 0, 1)
    assert written_on(node.open("exporter"), "one", 20_002) == (0, 0, 0, 0)
    assert node.rows("SELECT day, seen_s FROM device_days") == [(20_000, 120.0), (20_001, 60.0)]
    assert node.value("SELECT total_bytes FROM devices") == 1_001
    # A clock that is set back adds to the day that it shows.
    store(node, later(third, 90.0, 5, 0, 0, 5), 20_000)
    assert written_on(node.open("exporter"), "one", 20_000).device_bytes == 1_004


def test_a_disk_that_comes_back_begins_anew(node: OpenNode) -> None:
    """What was written to it meanwhile, and to the other one by this node, is not its own."""
    store(node, FIRST, 20_000)
    node.time_s += 60
    other = FIRST._replace(device="two", counters=Written(5, 600, 50, 900))
    store(node, other, 20_000)
    node.time_s += 60
    store(node, later(other, 60.0, 7, 1, 0, 0), 20_000)
    node.time_s += 60
    store(node, later(FIRST, 200.0, 9_000, 200, 0, 300), 20_000)
    assert node.rows("SELECT device, device_bytes, database_bytes FROM device_days") == [
        ("two", 7, 1)
    ]
    assert node.rows("SELECT device, total_bytes FROM devices") == [("one", 0), ("two", 7)]


def test_the_endurance_that_is_stored_last_counts(node: OpenNode) -> None:
    store(node, FIRST, 20_000)
    store(node, FIRST, 20_000, CARD._replace(endurance_bytes=7, is_endurance_given=True))
    assert node.rows("SELECT endurance_bytes, endurance_is FROM disk_life") == [(7, "given")]


def test_days_and_disks_are_bounded(node: OpenNode) -> None:
    reading = FIRST
    for day in range(410):
        node.time_s += 86_400
        store(node, reading, 20_000 + day)
        reading = later(reading, 60.0, 1, 0, 0, 0)
    assert node.rows("SELECT count(*), min(day), max(day) FROM device_days") == [
        (400, 20_010, 20_409)
    ]
    for number in range(20):
        node.time_s += 1
        other = FIRST._replace(device=f"stick {number}")
        store(node, other, 20_500)
        store(node, other, 20_500)
    assert node.value("SELECT count(*) FROM devices") == 16
    assert last_reading(node.open("exporter")) == FIRST._replace(device="stick 19")
