"""Keys and database of different nodes do not start."""

from pathlib import Path

import pytest

from netrelay.link.contexts import client_context
from netrelay.runtime.home import Home
from netrelay.runtime.node import open_node
from netrelay.runtime.own_node import node_of_certificate, refuse_other_nodes_keys
from netrelay.runtime.trust import Trust
from netrelay.seal.identity import create
from netrelay.seal.seal_errors import IdentityError


def test_the_node_of_a_certificate_is_that_of_its_key(tmp_path: Path) -> None:
    made = create(tmp_path / "keys")
    assert node_of_certificate(made.certificate_path) == made.node_id


@pytest.mark.parametrize("text", ["", "-----BEGIN-----\nAAAA\n-----END-----\n", "x", "\xe4"])
def test_what_is_no_certificate_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "identity.crt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IdentityError, match=f"{path} is not the certificate of a node"):
        node_of_certificate(path)
    path.unlink()
    with pytest.raises(IdentityError, match=f"{path} cannot be read: No such file"):
        node_of_certificate(path)


def test_both_nodes_are_named(tmp_path: Path) -> None:
    refuse_other_nodes_keys(tmp_path / "keys", "one", tmp_path / "netrelay.db", "one")
    with pytest.raises(IdentityError) as caught:
        refuse_other_nodes_keys(tmp_path / "keys", "one", tmp_path / "netrelay.db", "other")
    text = str(caught.value)
    assert f"{tmp_path}/keys holds the keys of node one" in text
    assert f"{tmp_path}/netrelay.db is the database of node other" in text


def test_a_network_process_refuses_keys_of_another_node(home: Home) -> None:
    made = create(home.keys)
    node = open_node("sender", home)
    with pytest.raises(IdentityError, match=f"keys of node {made.node_id}, .*put back"):
        Trust(node, client_context)
    node.database.close()
    node.bell.close()
    node.poller.close()
