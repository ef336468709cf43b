"""Bad input in the configuration, commands and files of a node."""

import socket
import sqlite3

from tests.story.bad_input_table import Place, bad_input, plain
from tests.story.nodes import RunningNode

_SECTION = "Configuration, commands, files of the node"


def _does_not_start(node: RunningNode) -> str:
    """Start a node that must fail to start; return its exit code and its output."""
    before = len(node.log.read_text())
    node.begin()
    code = node.wait_for_end()
    lines = dict.fromkeys(node.log.read_text()[before:].splitlines())
    assert not any("Traceback" in line for line in lines), lines
    said = [line for line in lines if "ended" not in line and "stopping" not in line]
    return plain(f"{said[0]}; exit status {code}", node)


def _said(node: RunningNode, *words: str) -> str:
    outcome = node.line.start(*words)
    (line,) = outcome.err.splitlines()
    return plain(f"{line}; exit status {outcome.code}", node)


@bad_input(_SECTION, "a key that is none in `netrelay.toml`")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    text = node.home.config.read_text()
    node.home.config.write_text(text.replace("[files]\n", '[files]\npost_recieve = ""\n'))
    return _does_not_start(node)


@bad_input(_SECTION, "a section that is none in `netrelay.toml`")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    node.home.config.write_text(node.home.config.read_text() + "[fiels]\n")
    return _does_not_start(node)


@bad_input(_SECTION, "a value that is not allowed in `netrelay.toml`")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    node.configure(capacity=100_000)
    return _does_not_start(node)


@bad_input(_SECTION, "`netrelay.toml` that is no TOML")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    node.home.config.write_text("[node\n")
    return _does_not_start(node)


@bad_input(_SECTION, "a port that another program has")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    with socket.create_server((node.address, 7412)):
        return _does_not_start(node)


@bad_input(_SECTION, "`netrelay up` twice")
def _(place: Place) -> str:
    return _said(place.shelf, "up")


for _age, _version in (("a newer", 99), ("an older", 1)):

    def _of_another_version(place: Place, version: int = _version) -> str:
        node = place.homes.node("shelf")
        with sqlite3.connect(node.home.database) as database:
            database.execute(f"PRAGMA user_version = {version}")
        database.close()
        return _does_not_start(node)

    bad_input(_SECTION, f"a database of {_age} netrelay")(_of_another_version)


@bad_input(_SECTION, "a database that is damaged at its beginning")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    with node.home.database.open("r+b") as file:
        file.write(b"\xff" * 4096)
    return _does_not_start(node)


@bad_input(_SECTION, "a database that is empty")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    node.home.database.write_bytes(b"")
    return _does_not_start(node)


@bad_input(_SECTION, "a database that is damaged in its middle")
def _(place: Place) -> str:
    node = place.homes.node("shelf")
    size_bytes = node.home.database.stat().st_size
    with node.home.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size_bytes - 4096))
    return _does_not_start(node)


@bad_input(_SECTION, "no node where one is expected")
def _(place: Place) -> str:
    outcome = place.shelf.line.start("status", "--home", "/nonexistent/shelf")
    (line,) = outcome.err.splitlines()
    return f"{line}; exit status {outcome.code}"


@bad_input(_SECTION, "a peer that is none, `send --to bota`")
def _(place: Place) -> str:
    path = place.folder / "a.txt"
    path.write_bytes(b"content")
    code, line = place.shelf.line.bad("send", str(path), "--to", "bota")
    return plain(f"{line}; exit status {code}", place.shelf)


@bad_input(_SECTION, "a rate in bits, `netrelay limit boat 8Mbit/s`")
def _(place: Place) -> str:
    code, line = place.shelf.line.bad("limit", "boat", "8Mbit/s")
    return plain(f"{line}; exit status {code}", place.shelf)


@bad_input(_SECTION, "a command that is none, `netrelay stauts`")
def _(place: Place) -> str:
    code, line = place.shelf.line.bad("stauts")
    return plain(f"{line}; exit status {code}", place.shelf)
