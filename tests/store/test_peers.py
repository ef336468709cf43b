"""Rows of peers: what the network processes read, and rights that are denied by default."""

from netrelay.store.peers import Peer, read_peers
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


def test_rights_are_deleted_with_their_peer(node: OpenNode) -> None:
    node.know(THERE)
    node.write("INSERT INTO rights VALUES (?, 'deliver', '')", THERE)
    node.write("DELETE FROM peers")
    assert node.rows("SELECT * FROM rights") == []
