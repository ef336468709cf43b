"""Certificates of many peers in a folder: each handshake finds the one that it needs."""

import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.link.connection import Connection
from netrelay.link.contexts import client_context, server_context
from netrelay.link.link_closed import CloseCause
from netrelay.runtime.anchor_folder import AnchorFolder, _subject_hash
from netrelay.seal import identity as identities
from netrelay.seal.identity import Identity
from tests.link.pair import shake_hands, sockets


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> list[Identity]:
    folder = tmp_path_factory.mktemp("nodes")
    return [identities.create(folder / f"{number}") for number in range(4)]


@pytest.fixture
def hub(nodes: list[Identity]) -> ssl.SSLContext:
    return server_context(nodes[0].certificate_path, nodes[0].key_path, ())


@pytest.fixture
def anchors(tmp_path: Path, hub: ssl.SSLContext) -> Iterator[AnchorFolder]:
    yield AnchorFolder(tmp_path, "receiver", hub)


def shaken(hub: ssl.SSLContext, own: Identity, peer: Identity) -> tuple[str, str]:
    """Shake hands with a hub that has the pins of all; return how each end is."""
    one, two = sockets()
    context = client_context(peer.certificate_path, peer.key_path, [own.certificate_der])
    dialler = Connection.dial(
        *(one, context),
        pins=lambda _: own.node_id,
        expected_peer=own.node_id,
        deadline_s=time.monotonic() + 20,
    )
    listener = Connection.accept(two, hub, pins=lambda _: "peer", deadline_s=None)
    try:
        return shake_hands(dialler, listener)
    finally:
        dialler.close()
        listener.close()


def test_a_peer_whose_certificate_is_a_file_is_let_in_and_another_is_not(
    anchors: AnchorFolder, hub: ssl.SSLContext, nodes: list[Identity]
) -> None:
    own, boat, cabin, _ = nodes
    assert anchors.add(boat.node_id, boat.certificate_der)
    assert shaken(hub, own, boat) == ("open", "open")
    assert shaken(hub, own, cabin)[1] == CloseCause.NOT_PINNED.value
    # Added while the context is in use.
    assert anchors.add(cabin.node_id, cabin.certificate_der)
    assert shaken(hub, own, cabin) == ("open", "open")


def test_nothing_is_loaded_before_a_handshake(
    anchors: AnchorFolder, hub: ssl.SSLContext, nodes: list[Identity]
) -> None:
    for node in nodes[1:]:
        assert anchors.add(node.node_id, node.certificate_der)
    assert hub.cert_store_stats()["x509"] == 0
    shaken(hub, nodes[0], nodes[2])
    assert hub.cert_store_stats()["x509"] == 1


def test_the_name_of_the_file_is_the_one_that_openssl_computes(
    anchors: AnchorFolder, nodes: list[Identity], tmp_path: Path
) -> None:
    for node in nodes:
        anchors.add(node.node_id, node.certificate_der)
        said = subprocess.run(
            ["openssl", "x509", "-hash", "-noout", "-in", node.certificate_path],
            check=True,
            capture_output=True,
            text=True,
        )
        assert (tmp_path / "anchors" / f"{said.stdout.strip()}.0").exists()


def test_two_processes_store_one_file_and_two_subjects_of_one_hash_two(
    anchors: AnchorFolder, nodes: list[Identity], tmp_path: Path, hub: ssl.SSLContext
) -> None:
    boat, cabin = nodes[1:3]
    anchors.add(boat.node_id, boat.certificate_der)
    AnchorFolder(tmp_path, "sender", hub).add(boat.node_id, boat.certificate_der)
    (stored,) = (tmp_path / "anchors").iterdir()
    # As if it had the same hash.
    stored.write_text(ssl.DER_cert_to_PEM_cert(cabin.certificate_der))
    assert anchors.add(boat.node_id, boat.certificate_der)
    assert sorted(path.suffix for path in (tmp_path / "anchors").iterdir()) == [".0", ".1"]
    assert shaken(hub, nodes[0], boat) == ("open", "open")


def test_what_is_no_certificate_of_a_node_and_what_cannot_be_stored_is_left_to_memory(
    anchors: AnchorFolder, nodes: list[Identity], tmp_path: Path
) -> None:
    assert not anchors.add("boat", nodes[1].certificate_der)
    assert not anchors.add(nodes[2].node_id, nodes[1].certificate_der)
    (tmp_path / "anchors").write_text("a file in the way")
    assert not anchors.add(nodes[1].node_id, nodes[1].certificate_der)


def test_the_hash_is_of_the_subject_alone() -> None:
    attribute = b"\x06\x03\x55\x04\x03\x0c\x20" + b"a" * 32
    assert _subject_hash(attribute) != _subject_hash(attribute[:-1] + b"b")
    assert len(_subject_hash(attribute)) == 8
