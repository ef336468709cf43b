"""Fleets for tests: a chain of three nodes, and the mistakes of a changed one."""

from pathlib import Path

from netrelay.provisioning.fleet.fleet_file import Fleet, read_fleet
from netrelay.provisioning.fleet.fleet_routes import check_routes

ROW = """\
[nodes.shelf]
deliver = ["boat", "buoy"]
via = { buoy = "boat" }

[nodes.boat]
deliver = "all"
relay = ["shelf", "buoy"]

[nodes.buoy]
deliver = ["shelf"]
via = { shelf = "boat" }
quota = { shelf = "2G" }
"""


def write_fleet(folder: Path, text: str = ROW) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fleet_of(folder: Path, text: str = ROW) -> Fleet:
    fleet, _, mistakes = read_fleet(write_fleet(folder, text))
    assert fleet is not None
    assert mistakes == []
    return fleet


def mistakes_of(folder: Path, text: str) -> list[str]:
    """Return all mistakes of a fleet, those of routes and rights included."""
    fleet, document, mistakes = read_fleet(write_fleet(folder, text))
    if fleet is not None and document is not None:
        check_routes(fleet, document)
        mistakes = document.mistakes
    return [mistake.text.removeprefix(", ") for mistake in sorted(mistakes)]
