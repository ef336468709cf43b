"""A node for `netrelay check`, and what that finds."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.cli.command_line import CommandLine, Place
from tests.cli.commands.test_why import up
from tests.prepared_database import forget_clock
from tests.prepared_folder import copy_prepared
from tests.story.nodes import free_address


def node_with_peer(homes: Place) -> CommandLine:
    """Return a copy of a node at an address of this process, with the peer boat."""
    copy_prepared(homes.folder, _make_node_with_peer)
    return homes.line("shelf")


def _make_node_with_peer(folder: Path) -> None:
    homes = Place(folder)
    line = homes.node("shelf", "--address", free_address())
    boat = homes.node("boat", "--address", free_address())
    boat.good("id", "--card", str(folder / "boat.card"))
    line.good("peer", "add", str(folder / "boat.card"))
    line.good("peer", "allow", "boat", "deliver")
    for each in (line, boat):
        forget_clock(each.home.database)


def check(line: CommandLine, *options: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Return the exit status, and level and text of each finding by subject."""
    outcome = line("check", "--json", *options)
    assert outcome.err == ""
    found: dict[str, list[tuple[str, str]]] = {}
    for text in outcome.out.splitlines():
        finding = json.loads(text)
        line_of = finding["level"], f"{finding['text']} | {finding['help']}"
        found.setdefault(finding["subject"], []).append(line_of)
    return outcome.code, found


@contextmanager
def at_work(line: CommandLine) -> Iterator[None]:
    """Make a node look as if it were running and listening."""
    address = json.loads(line.good("id", "--json"))["listens"]
    with (
        closing(socket.create_server((address, 7411))),
        closing(socket.create_server((address, 7412))),
        up(line),
    ):
        yield
