"""Rows of peers: what the network processes read, and rights that are denied by default."""

from netrelay.store.peers import Peer, has_right, read_peers
from tests.store.node import OTHER, THERE, OpenNode


def test_peers_are_read_by_node_id(node: OpenNode) -> None:
    node.know(THERE, addresses='["10.0.0.1", "there.local"]', commsport=9, quota_bytes=5)
    node.know(OTHER, via=None)
    assert read_peers(node.open("sender")) == {
        THERE: Peer(
            THERE,
            "name of there",
            b"certificate of there",
            THERE.encode().ljust(32, b"\0"),
            b"key of there",
            ("10.0.0.1", "there.local"),
            9,
            THERE,
            5,
        ),
        OTHER: Peer(
            OTHER,
            "name of other",
            b"certificate of other",
            OTHER.encode().ljust(32, b"\0"),
            b"key of other",
            (),
            7411,
            None,
            None,
        ),
    }


def test_a_right_without_a_row_is_denied(node: OpenNode) -> None:
    node.know(THERE)
    node.know(OTHER)
    database = node.open("processor_r")
    assert not has_right(database, THERE, "deliver")
    node.write("INSERT INTO rights VALUES (?, 'deliver', ''), (?, 'carry', ?)", THERE, THERE, OTHER)
    assert has_right(database, THERE, "deliver")
    assert has_right(database, THERE, "carry", OTHER)
    assert not has_right(database, THERE, "carry")
    assert not has_right(database, THERE, "relay")
    assert not has_right(database, THERE, "deliver", OTHER)
    assert not has_right(database, OTHER, "deliver")
    assert not has_right(database, OTHER, "carry", OTHER)


def test_rights_are_deleted_with_their_peer(node: OpenNode) -> None:
    node.know(THERE)
    node.write("INSERT INTO rights VALUES (?, 'deliver', '')", THERE)
    node.write("DELETE FROM peers")
    assert not has_right(node.open("processor_r"), THERE, "deliver")
