"""A node of the package runs, and transfers files."""

from tests.booted.node import TARGET, BootedPair, send

KIB = 1024


def test_the_target_is_active_and_no_unit_failed(pair: BootedPair) -> None:
    for node in pair:
        assert node.machine.property_of(TARGET, "ActiveState") == "active"
        assert node.not_running() == []
        assert node.machine.run("systemctl", "list-units", "--failed", "--no-legend") == ""
        assert set(node.restarts().values()) == {0}


def test_a_file_goes_from_drop_to_inbox_both_ways(pair: BootedPair) -> None:
    shelf, boat = pair
    send(shelf, boat, "photo.jpg", 3000 * KIB)
    send(boat, shelf, "answer.txt", 1 * KIB)
