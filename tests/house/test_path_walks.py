"""Rooms that handle folders which others may write do not walk them by path.

Whoever may write a folder can exchange a directory for a symbolic link between two walks of one
path. `netrelay.disk.descriptors` and `netrelay.disk.removal` open and remove by descriptors. What
is allowed here is about folders that only the node's user may write, or never follows a link.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source_tree import Module, modules_in, netrelay_modules

ROOMS = ("disk", "transfer", "processes")
PACKAGES = ("netrelay.cli.sending", "netrelay.provisioning.home")
MODULES = ("netrelay.cli.commands.send", "netrelay.cli.owner", "netrelay.runtime.home")
# List, read recursively, copy or remove; change by name; follow a link to what is read.
NAMES = {
    *("walk", "scandir", "listdir", "iterdir", "glob", "rglob", "copytree", "rmtree", "move"),
    *("chmod", "chown", "lchown", "read_text", "read_bytes", "write_text", "write_bytes"),
}
OPEN = "open"

OF_THE_NODE = "only the node's user may write it"
BY_DESCRIPTOR = "given a descriptor"
ALLOWED = {
    ("netrelay.cli.owner", "chmod"): "the machine's home, in a folder of root's",
    ("netrelay.cli.owner", "chown"): "the machine's home, in a folder of root's",
    ("netrelay.cli.owner", "iterdir"): "the machine's home, in a folder of root's",
    ("netrelay.cli.sending.hidden_copy", "listdir"): BY_DESCRIPTOR,
    ("netrelay.disk.block_device", "iterdir"): "/sys",
    ("netrelay.disk.block_device", "read_text"): "/sys, /proc/self/mountinfo",
    ("netrelay.disk.card_life", "open"): "/sys/dev/block",
    ("netrelay.disk.medium_folder", "scandir"): BY_DESCRIPTOR,
    ("netrelay.disk.mounts", "open"): "/proc/self/fdinfo",
    ("netrelay.disk.mounts", "read_bytes"): "/proc/self/mountinfo",
    ("netrelay.disk.removal", "scandir"): BY_DESCRIPTOR,
    ("netrelay.disk.replacement", "read_bytes"): "configuration, cards and keys",
    ("netrelay.disk.shared_folder", "chown"): f"drop/, sent/, failed/, inbox/: {OF_THE_NODE}",
    ("netrelay.processes.importer", "iterdir"): f"drop/: {OF_THE_NODE}",
    ("netrelay.provisioning.home.home_wish", "read_text"): "netrelay.toml",
    ("netrelay.provisioning.home.new_home", "iterdir"): f"keys/: {OF_THE_NODE}",
    ("netrelay.provisioning.home.new_home", "write_text"): f"the home: {OF_THE_NODE}",
    ("netrelay.runtime.home", "chmod"): f"the home: {OF_THE_NODE}",
    ("netrelay.runtime.home", "chown"): "a link is not followed",
    ("netrelay.runtime.home", "read_text"): "/proc/self/mountinfo",
    ("netrelay.transfer.spool", "open"): f"spool/: {OF_THE_NODE}",
    ("netrelay.transfer.claims", "iterdir"): f".claimed/: {OF_THE_NODE}",
    ("netrelay.transfer.claims", "listdir"): f".claimed/: {OF_THE_NODE}",
    ("netrelay.transfer.compression", "iterdir"): f"drop/.compressed/: {OF_THE_NODE}",
    ("netrelay.transfer.copying", "listdir"): BY_DESCRIPTOR,
    ("netrelay.transfer.delivery", "chmod"): f"inbox/.staging/: {OF_THE_NODE}",
    ("netrelay.transfer.drop_scan", "listdir"): "lists names; each is checked without following",
    ("netrelay.transfer.dropped_tree", "listdir"): BY_DESCRIPTOR,
    ("netrelay.transfer.staging", "iterdir"): f"inbox/.staging/: {OF_THE_NODE}",
    ("netrelay.transfer.unpacking", "iterdir"): f"inbox/.unpacking/: {OF_THE_NODE}",
}


def in_question() -> Iterator[Module]:
    """Yield the modules that handle folders which others may write."""
    for room in ROOMS:
        yield from modules_in(room)
    for module in netrelay_modules():
        if module.name in MODULES or module.name.rpartition(".")[0] in PACKAGES:
            yield module


def walks(module: Module) -> list[tuple[int, str]]:
    """Return line and name of each call by path."""
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            name, is_os = node.func.id, False
        elif isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name, is_os = node.func.attr, isinstance(owner, ast.Name) and owner.id == "os"
        else:
            continue
        # Classes of this program have class methods of this name.
        is_of_class = (
            isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value)[:1].isupper()
        )
        if name in NAMES or (name == OPEN and not is_os and not is_of_class):
            found.append((node.lineno, name))
    return found


@pytest.mark.parametrize("module", list(in_question()), ids=lambda module: module.name)
def test_no_folder_of_others_is_walked_by_path(module: Module) -> None:
    assert [each for each in walks(module) if (module.name, each[1]) not in ALLOWED] == []


def test_what_is_allowed_is_used() -> None:
    used = {(module.name, name) for module in in_question() for _, name in walks(module)}
    assert set(ALLOWED) - used == set()


def test_a_walk_by_path_is_caught() -> None:
    source = """
import os, shutil
from pathlib import Path
def f(path: Path, folder: int) -> None:
    os.walk(path)
    shutil.rmtree(path)
    path.chmod(0o700)
    open(path)
    path.open()
    os.open(path, os.O_RDONLY, dir_fd=folder)
    os.fchmod(folder, 0o700)
    Ring.open(path)
"""
    assert walks(Module("netrelay.transfer.made", source)) == [
        (5, "walk"),
        (6, "rmtree"),
        (7, "chmod"),
        (8, "open"),
        (9, "open"),
    ]
