"""The kernel says who connected over loopback."""

import os
import socket
from pathlib import Path

import pytest

from netrelay.cli.page import local_users
from netrelay.cli.page.local_users import connected_users, is_of_node, may_look_here
from netrelay.runtime.home import Home


@pytest.mark.parametrize(
    "family_and_host", [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_the_user_of_the_far_end_is_found(
    tmp_path: Path, family_and_host: tuple[socket.AddressFamily, str]
) -> None:
    family, host = family_and_host
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        port = listener.getsockname()[1]
        client = socket.create_connection((host, port))
        with client:
            address, client_port = client.getsockname()[:2]
            assert connected_users(address, client_port, port) == {os.geteuid()}
            assert may_look_here(Home(tmp_path), address, client_port, port)
            assert connected_users(address, client_port, port + 1) == set()
        # Closed: nobody's.
        assert connected_users(address, client_port, port) == set()
        assert not may_look_here(Home(tmp_path), address, client_port, port)


@pytest.mark.parametrize("address", ["192.0.2.1", "", "::ffff:127.0.0.1", "shelf"])
def test_anything_but_loopback_has_no_user(address: str) -> None:
    assert connected_users(address, 40000, 7480) == set()


def test_the_owner_is_of_the_node_and_a_stranger_is_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert is_of_node(home, os.geteuid())
    assert not is_of_node(home, os.geteuid() + 54321)


def test_a_hidden_table_makes_loopback_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_users, "_TABLES", {4: tmp_path / "tcp", 6: tmp_path / "tcp6"})
    assert not may_look_here(Home(tmp_path), "127.0.0.1", 40000, 7480)
