"""With a full disk at the destination a file waits, reports why, and is sent once there is room."""

import pytest

from rig.fleet import Fleet
from rig.node import HOME
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

SIZE_BYTES = 64 << 20
# 32 MiB stay reserved for the database (netrelay/transfer/staging.py), where small writes fit.
LEFT_BYTES = 48 << 20
FILLER = f"{HOME}/hw-tests/filler"


def test_a_file_waits_for_room(fleet: Fleet) -> None:
    a, b = fleet["a"], fleet["b"]
    b.run(f"mkdir -p {HOME}/hw-tests")
    # As root, to use the reserved blocks of ext4 too.
    free_bytes = int(b.run(f"df --output=avail --block-size=1 {HOME} | tail -n 1"))
    b.run(f"fallocate --length {free_bytes - LEFT_BYTES} {FILLER}")
    try:
        file = a.send("too-much.bin", SIZE_BYTES, "b")
        why = wait_for(
            lambda: _words_about_room(a.ask(f"netrelay why {file.name}")[0]),
            "word on a that b has no room",
            within_s=300,
        )
        print(why)
        assert file.name not in b.inbox("a")
        small = a.send("small.bin", 1000, "b")
        b.await_file(small, "a")
    finally:
        b.run(f"rm -f {FILLER}")
    b.await_file(file, "a", within_s=1200)
    assert b.ask("systemctl --failed --no-legend --plain")[0] == ""


def _words_about_room(said: str) -> str:
    words = ("room", "space", "full")
    return said if any(word in said.lower() for word in words) else ""
