"""A node is upgraded to a netrelay with another schema: it migrates once, and nothing is lost.

The next version is this one with two more migrations (tests/store/next_schema.py).
"""

import os

import pytest

from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema
from tests.story.nodes import KIB, Homes, NodePair
from tests.story.other_version import next_version
from tests.story.upgrades import MIGRATED, damage, starters

# Singles and a file of several chunks.
SIZES_BYTES = (0, 3 * KIB, 300 * KIB)


@pytest.fixture
def schema(homes: Homes) -> NextSchema:
    """Return the schema of the next version."""
    return NextSchema(homes.folder / "sql")


def test_a_node_continues_with_the_next_version_where_it_stopped(
    homes: Homes, schema: NextSchema
) -> None:
    shelf, boat = homes.pair(64 * KIB, 64 * KIB)
    shelf.start()
    waiting = [
        shelf.drop("boat", f"{size_bytes}", os.urandom(size_bytes)) for size_bytes in SIZES_BYTES
    ]
    shelf.wait_for_rows("SELECT 1 WHERE (SELECT count(*) FROM messages WHERE type = 6) = 3")
    shelf.stop()
    before = dump(shelf.home.database)
    upgraded = next_version(shelf, schema)
    homes.nodes.append(upgraded)
    NodePair(upgraded, boat).start()
    for each in waiting:
        boat.wait_for_delivery("shelf", each)
    upgraded.wait_for_delivery("boat", boat.drop("shelf", "back", os.urandom(300 * KIB)))
    NodePair(upgraded, boat).wait_until_settled()
    assert len(upgraded.rows(MIGRATED)) == 1
    assert upgraded.rows("PRAGMA user_version") == [(schema.version,)]
    assert [damage(node) for node in (upgraded, boat)] == [[], []]
    assert [node.errors() for node in (upgraded, boat)] == [[], []]
    copy = shelf.home.database.with_name(f"netrelay.db.before-{schema.version}")
    assert dump(copy) == before
    assert "starting it again" not in upgraded.log.read_text()


def test_two_starting_processes_wait_for_the_running_node_and_one_migrates(
    homes: Homes, schema: NextSchema
) -> None:
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    upgraded = next_version(shelf, schema)
    homes.nodes.append(upgraded)
    with starters(upgraded.program, ("importer", "exporter")) as started:
        started.wait_until_they_wait()
        # The older node works meanwhile, and commands of the next version do not migrate it.
        boat.wait_for_delivery("shelf", shelf.drop("boat", "meanwhile", b"x" * 5000))
        code, line = upgraded.line.bad("pause", "boat")
        assert (code, "an older one still runs" in line) == (75, True)
        assert line.endswith("; restart the node")
        code, line = upgraded.line.bad("status")
        assert (code, "is migrated when the node is started" in line) == (78, True)
        assert shelf.rows("PRAGMA user_version") == [(schema.present,)]
        shelf.stop()
        started.wait_until_ready()
        assert started.stop() == {"importer": 0, "exporter": 0}
    ((process,),) = upgraded.rows(MIGRATED)
    assert process in ("importer", "exporter")
    migrated = dump(shelf.home.database)
    shelf.begin()
    assert shelf.wait_for_end() == 78
    assert "install the netrelay that wrote it" in shelf.log.read_text()
    assert dump(shelf.home.database) == migrated
    upgraded.start()
    boat.wait_for_delivery("shelf", upgraded.drop("boat", "afterwards", b"y" * 5000))
    upgraded.wait_until_settled()
    assert len(upgraded.rows(MIGRATED)) == 1
    assert (damage(upgraded), upgraded.errors()) == ([], [])
