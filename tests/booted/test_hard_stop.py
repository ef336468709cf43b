"""Both machines are killed during a transfer; after the boot the files arrive.

All processes end at once. The page cache of the kernel survives, so this does not test the disk:
tests/crash cuts the power below the file system.
"""

import os

from tests.booted.node import BootedPair, expect

KIB = 1024
FILES = 40


def test_files_on_their_way_arrive_after_a_hard_stop_of_both(pair: BootedPair) -> None:
    shelf, boat = pair
    bodies = {f"cut-{number}": os.urandom(64 * KIB) for number in range(FILES)}
    for name, body in bodies.items():
        shelf.drop("boat", name, body)
    shelf.machine.pull_plug()
    boat.machine.pull_plug()
    for node in pair:
        node.machine.boot()
        node.wait_until_ready()
        assert node.machine.run("systemctl", "list-units", "--failed", "--no-legend") == ""
    for name, body in bodies.items():
        expect(shelf, boat, name, body)
    arrived = [name for name in boat.received("shelf") if name.startswith("cut-")]
    assert sorted(arrived) == sorted(bodies)
