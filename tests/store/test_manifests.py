"""Manifests as rows: open while they wait, keys found by source and id."""

from netrelay.store.manifests import find_key, open_manifest
from tests.store.node import OTHER, THERE, OpenNode, file_of, identity

SINGLE, CHUNK, MANIFEST = 1, 2, 3


def test_a_manifest_is_open_while_it_waits(node: OpenNode) -> None:
    message = node.arrive(
        *(MANIFEST, 5),
        size_bytes=0,
        total_bytes=300,
        envelope=b"envelope",
        info='{"kind": "file"}',
        body=b"manifest",
        **file_of("name", 300),
    )
    database = node.open("processor_r")
    assert open_manifest(database, identity(5)) == (b"envelope", b"manifest")
    assert open_manifest(database, identity(5, attempt=2)) is None
    assert open_manifest(database, identity(6)) is None
    node.arrive(CHUNK, 5, size_bytes=300, total_bytes=300)
    node.fact(message, "exported", "exporter")
    assert open_manifest(database, identity(5)) is None


def test_a_key_is_found_by_its_source_and_id(node: OpenNode) -> None:
    database = node.open("processor_r")
    node.arrive(
        *(MANIFEST, 1),
        size_bytes=0,
        total_bytes=0,
        envelope=b"envelope",
        info='{"kind": "key"}',
        body=b"body",
        key_id=b"key id 1",
    )
    assert find_key(database, THERE, b"key id 1") == (b"envelope", b"body")
    assert find_key(database, OTHER, b"key id 1") is None
    assert find_key(database, THERE, b"key id 2") is None
