"""Imports go one way: core < {store, ring, link, seal} < runtime < transfer < {processes, cli}.

`provisioning` is for the command line alone: no process knows it.
"""

import pytest

from tests.house.source_tree import Module, netrelay_modules, reaches

# `sql` holds data files only; it stands beside store, which reads them.
FLOORS = (
    ("core",),
    ("store", "ring", "link", "seal", "sql"),
    ("runtime",),
    ("transfer",),
    ("processes", "provisioning"),
    ("cli",),
)
STRANGERS = {"cli": {"processes"}}
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def wrong_imports(module: Module) -> list[str]:
    """What the module imports against the direction, one sentence each."""
    if module.room and module.room not in FLOOR_OF:
        return [f"{module.name}: {module.room} has no floor in the house; give it one here"]
    wrong = []
    for found in module.imports():
        if not reaches(found.name, "netrelay"):
            continue
        room = [*found.name.split("."), ""][1]
        if room in FLOOR_OF and not may_import(module, room):
            wrong.append(f"{module.name}:{found.line} imports {found.name}")
    return wrong


def may_import(module: Module, room: str) -> bool:
    """Whether this module may import from that room."""
    if module.name == "netrelay.__main__":
        return room == "cli"
    if not module.room:
        return False
    if room in STRANGERS.get(module.room, ()):
        return False
    return room == module.room or FLOOR_OF[room] < FLOOR_OF[module.room]


@pytest.mark.parametrize("module", netrelay_modules(), ids=lambda module: module.name)
def test_imports_go_one_way(module: Module) -> None:
    assert wrong_imports(module) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("netrelay.core.frames", "from netrelay.ring import layout"),
        ("netrelay.core.frames", "import netrelay.store.database"),
        ("netrelay.core.frames", "from ..link import dial"),
        ("netrelay.core.frames", "from .. import seal"),
        ("netrelay.store.spool", "from netrelay.seal.segments import SegmentSeal"),
        ("netrelay.ring.channel", "def late():\n    import netrelay.link.dial"),
        (
            "netrelay.link.dial",
            "if TYPE_CHECKING:\n    import netrelay.runtime.clock",
        ),
        ("netrelay.runtime.loop", "from netrelay.processes import importer"),
        ("netrelay.processes.sender", "from netrelay.cli import main"),
        ("netrelay.cli.top", "from netrelay.processes.sender import main"),
        ("netrelay.processes.sender", "from netrelay.provisioning import boot_file"),
        ("netrelay.provisioning.boot_file", "from netrelay.processes import sender"),
        ("netrelay.provisioning.boot_file", "from netrelay.cli.errors import Exit"),
        ("netrelay.cellar.wine", "import os"),
        ("netrelay.version", "from netrelay.core import words"),
    ],
)
def test_a_wrong_import_is_caught(name: str, source: str) -> None:
    assert len(wrong_imports(Module(name, source))) == 1


def test_a_relative_import_in_a_package_starts_at_the_package() -> None:
    package = Module("netrelay.core", "from ..ring import layout", is_package=True)
    assert wrong_imports(package) == ["netrelay.core:1 imports netrelay.ring.layout"]
    assert wrong_imports(Module("netrelay.core", "from .words import State", is_package=True)) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("netrelay.store.spool", "from netrelay.core import segments\nfrom . import database"),
        ("netrelay.runtime.loop", "from netrelay.ring.channel import Channel\nimport select"),
        (
            "netrelay.cli.top",
            "from netrelay import __version__\nfrom netrelay.runtime import config",
        ),
        ("netrelay.__main__", "from netrelay.cli.main import main"),
    ],
)
def test_a_right_import_passes(name: str, source: str) -> None:
    assert wrong_imports(Module(name, source)) == []


def test_the_rule_sees_every_room() -> None:
    rooms = {module.room for module in netrelay_modules()}
    assert {"core", "store", "ring", "link", "seal", "runtime", "processes", "cli"} <= rooms
