"""Imports go one way.

core < disk < {store, ring, link, seal} < runtime < {transfer, landing} < {processes, cli}.

`provisioning`, `supervise` and `serial` are for the command line alone: no process knows them. A
room with rooms inside has an order of its own.
"""

from collections.abc import Iterable

import pytest

from tests.house.source_tree import Module, netrelay_modules, reaches

# `sql` holds data files only, on the floor of store, which reads them.
FLOORS = (
    ("core",),
    ("disk",),
    ("store", "ring", "link", "seal", "sql"),
    ("runtime",),
    ("transfer", "landing"),
    ("processes", "provisioning", "supervise", "serial"),
    ("cli",),
)
STRANGERS = {"cli": {"processes"}}
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# "" is the frame: the modules that stand in the room itself.
INNER_FLOORS = {
    "provisioning": (
        ("system",),
        ("card",),
        ("fleet", "home", "updates"),
        ("",),
    ),
    "cli": (
        ("",),
        ("queries",),
        ("wording", "systemd"),
        ("carrying", "checks", "sending", "serving"),
        ("metrics", "page", "reference"),
        ("commands",),
    ),
}


def wrong_imports(module: Module) -> list[str]:
    """Return the imports that violate the direction, one sentence each."""
    if module.room and module.room not in FLOOR_OF:
        return [f"{module.name}: {module.room} has no floor in the house; give it one here"]
    wrong = []
    for found in module.imports():
        if not reaches(found.name, "netrelay"):
            continue
        room = [*found.name.split("."), ""][1]
        if room in FLOOR_OF and not (may_import(module, room) and may_reach(module, found.name)):
            wrong.append(f"{module.name}:{found.line} imports {found.name}")
    return wrong


def may_reach(module: Module, imported: str) -> bool:
    """Whether the order inside a room allows the import; True between different rooms."""
    room = module.room
    if room not in INNER_FLOORS or not reaches(imported, f"netrelay.{room}"):
        return True
    floor_of = {name: at for at, names in enumerate(INNER_FLOORS[room]) for name in names}
    here, there = (inner_room(name, floor_of) for name in (module.name, imported))
    return here == there or floor_of[there] < floor_of[here]


def inner_room(name: str, known: Iterable[str]) -> str:
    """The room inside a room that a module stands in; "" for the frame."""
    parts = name.split(".")
    return parts[2] if len(parts) > 2 and parts[2] in known else ""


def may_import(module: Module, room: str) -> bool:
    """Return True when this module may import from that room."""
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
        ("netrelay.store.spool", "from netrelay.seal.segment_seal import SegmentSeal"),
        ("netrelay.ring.channel", "def late():\n    import netrelay.link.dial"),
        (
            "netrelay.link.dial",
            "if TYPE_CHECKING:\n    import netrelay.runtime.clock",
        ),
        ("netrelay.runtime.loop", "from netrelay.processes import importer"),
        ("netrelay.processes.sender", "from netrelay.cli import main"),
        ("netrelay.cli.commands.top", "from netrelay.processes.sender import main"),
        ("netrelay.processes.sender", "from netrelay.provisioning.card import boot_file"),
        ("netrelay.provisioning.card.boot_file", "from netrelay.processes import sender"),
        ("netrelay.provisioning.card.boot_file", "from netrelay.cli.errors import Exit"),
        ("netrelay.cli.text", "from netrelay.cli.queries.cases import Case"),
        ("netrelay.cli.queries.cases", "from netrelay.cli.wording import explain"),
        ("netrelay.cli.wording.explain", "from netrelay.cli.systemd.units import ask"),
        ("netrelay.cli.reference.parsers", "import netrelay.cli.commands.send"),
        ("netrelay.disk.folders", "from netrelay.store import lock"),
        (
            "netrelay.provisioning.system.target_system",
            "from netrelay.provisioning.card import imager",
        ),
        ("netrelay.provisioning.home.new_home", "import netrelay.provisioning.fleet.fleet_file"),
        ("netrelay.provisioning.card.imager", "from netrelay.provisioning import first_boot"),
        ("netrelay.supervise.supervisor", "from netrelay.cli.errors import Exit"),
        ("netrelay.processes.sender", "from netrelay.supervise.supervisor import Pace"),
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
            "netrelay.cli.commands.top",
            "from netrelay import __version__\nfrom netrelay.runtime import config",
        ),
        ("netrelay.__main__", "from netrelay.cli.main import main"),
        ("netrelay.cli.commands.show", "from netrelay.cli.commands.why import explained"),
        ("netrelay.cli.checks.home_findings", "from netrelay.cli.systemd.units import ask"),
        ("netrelay.cli.commands.peer.rm", "from netrelay.cli import text"),
        ("netrelay.seal.identity", "from netrelay.disk.folders import flush_folder"),
        ("netrelay.provisioning.first_boot", "from netrelay.provisioning.card import imager"),
    ],
)
def test_a_right_import_passes(name: str, source: str) -> None:
    assert wrong_imports(Module(name, source)) == []


def test_the_rule_sees_every_room() -> None:
    rooms = {module.room for module in netrelay_modules()}
    assert {"core", "disk", "store", "ring", "link", "seal", "runtime", "processes", "cli"} <= rooms


@pytest.mark.parametrize("room", INNER_FLOORS)
def test_every_room_inside_a_room_has_a_floor(room: str) -> None:
    known = {name for names in INNER_FLOORS[room] for name in names}
    inside = {
        module.name.split(".")[2] for module in netrelay_modules() if _is_inside(module, room)
    }
    assert inside == known - {""}


def _is_inside(module: Module, room: str) -> bool:
    return module.room == room and module.is_package and module.name.count(".") == 2
