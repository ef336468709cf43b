"""Settings of peers: the change that each makes, and its result when nothing changed."""

import pytest

from netrelay.store.database import Database, Row
from netrelay.store.peer_settings import (
    grant_right,
    pause_peer,
    remove_peer,
    resume_peer,
    revoke_right,
    set_limit,
    set_quota,
)
from netrelay.store.peers import read_peers
from netrelay.store.routes import set_routes
from tests.store.node import OTHER, THERE, OpenNode


@pytest.fixture(autouse=True)
def peers(node: OpenNode) -> None:
    """Two peers."""
    node.know(THERE)
    node.know(OTHER)


def rights(database: Database) -> list[Row]:
    """Return all rights."""
    return database.rows("SELECT peer, verb, subject FROM rights ORDER BY 1, 2, 3")


def test_a_right_is_granted_and_revoked_once(node: OpenNode) -> None:
    database = node.open("person")
    with database.transaction():
        assert grant_right(database, THERE, "carry", OTHER)
        assert not grant_right(database, THERE, "carry", OTHER)
    assert rights(database) == [(THERE, "carry", OTHER)]
    with database.transaction():
        assert not revoke_right(database, THERE, "relay")
        assert revoke_right(database, THERE, "carry", OTHER)
        assert not revoke_right(database, THERE, "carry", OTHER)
    assert rights(database) == []


def test_route_quota_and_limit_are_those_of_one_peer(node: OpenNode) -> None:
    database = node.open("person")
    before = read_peers(database)
    with database.transaction():
        set_routes(database, THERE, [OTHER])
        set_quota(database, THERE, 5)
        set_limit(database, THERE, 4096)
    wanted = before[THERE]._replace(via=OTHER, quota_bytes=5, limit_bytes_per_s=4096)
    assert read_peers(database) == {**before, THERE: wanted}
    with database.transaction():
        set_routes(database, THERE, [])
        set_quota(database, THERE, None)
        set_limit(database, THERE, None)
    assert read_peers(database) == {**before, THERE: before[THERE]._replace(via=None)}


def test_a_pause_begins_and_ends_once(node: OpenNode) -> None:
    database = node.open("person")
    with database.transaction():
        assert not resume_peer(database, THERE)
        assert pause_peer(database, THERE)
        began_s = database.value("SELECT paused_s FROM peers WHERE node = ?", (THERE,))
        assert not pause_peer(database, THERE)
    assert isinstance(began_s, float)
    paused = database.rows("SELECT paused_s FROM peers WHERE paused_s IS NOT NULL")
    assert paused == [(began_s,)]
    with database.transaction():
        assert resume_peer(database, THERE)
        assert not resume_peer(database, THERE)


def test_a_removed_peer_is_gone_with_its_rights(node: OpenNode) -> None:
    database = node.open("person")
    with database.transaction():
        grant_right(database, THERE, "deliver")
        remove_peer(database, THERE)
    assert set(read_peers(database)) == {OTHER}
    assert rights(database) == []
