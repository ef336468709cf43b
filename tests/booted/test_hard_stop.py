"""The plug is pulled while files are on their way; after the boot they arrive.

All processes end at once, in the middle of what they do. What the kernel held in memory stays, so
this says nothing of the disk: tests/crash cuts power below the file system.
"""

import os

from tests.booted.node import Pair, expect

KIB = 1024
FILES = 40


def test_files_on_their_way_arrive_after_a_hard_stop_of_both(pair: Pair) -> None:
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
