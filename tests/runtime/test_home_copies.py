"""A port that is held by a node with the same identity: its home and this one are copies."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netrelay.runtime.home_copies import running_twin
from netrelay.runtime.listening import listen_or_raise
from netrelay.runtime.start_errors import CannotStartError
from netrelay.seal import identity as identities

_LISTEN = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@contextmanager
def listening(home: Path) -> Iterator[int]:
    """Run a program with the command line of the receiver of a home; yield its port."""
    command = [sys.executable, "-c", _LISTEN, "127.0.0.1", "run", "receiver", "--home", str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        yield int(program.stdout.readline())
        program.communicate()


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """Return a home that has keys."""
    (tmp_path / "shelf").mkdir()
    identities.create(tmp_path / "shelf" / "keys")
    return tmp_path / "shelf"


def test_a_copy_is_told_that_it_is_one(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    node = identities.load(home / "keys").node_id
    with listening(home) as port:
        said = running_twin(copy, "127.0.0.1", port)
        with pytest.raises(CannotStartError) as caught:
            listen_or_raise("127.0.0.1", port, "dataports", copy)
    assert said.startswith(f"{copy} and {home} are copies of one node, {node}: only one of them")
    assert "make an empty home with netrelay init" in said
    assert said in str(caught.value)
    assert "set another port" not in str(caught.value)


def test_another_node_and_its_own_are_no_copies(home: Path, tmp_path: Path) -> None:
    (tmp_path / "boat").mkdir()
    identities.create(tmp_path / "boat" / "keys")
    with listening(home) as port:
        assert running_twin(tmp_path / "boat", "127.0.0.1", port) == ""
        assert running_twin(home, "127.0.0.1", port) == ""
        assert running_twin(tmp_path / "nothing", "127.0.0.1", port) == ""
        with pytest.raises(CannotStartError, match="set another port as dataports"):
            listen_or_raise("127.0.0.1", port, "dataports", tmp_path / "boat")
    with listening(tmp_path / os.fsdecode(b"no \xff home")) as port:
        assert running_twin(home, "127.0.0.1", port) == ""
