"""What a board needs from an image, held against its device trees, drivers and files."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

LIST = Path(__file__).with_name("pi5_parts.toml")
# What a PHY says of itself in two registers of 16 bits, as modules.alias writes it.
PHY_BITS = 32
# The firmware looks for this in the tree before it starts anything (os_check).
SOC = "brcm,bcm2712"


class BoardImage(NamedTuple):
    """The part of an image that a board's start depends on.

    boot: the unpacked boot partition. aliases: pairs of an alias and its module, of modules.alias
    and modules.builtin.modinfo. initrd, system, built_in: names of modules with underscores.
    firmware: paths below /usr/lib/firmware.
    """

    boot: Path
    aliases: frozenset[tuple[str, str]]
    initrd: frozenset[str]
    system: frozenset[str]
    built_in: frozenset[str]
    firmware: frozenset[str]


def read_list() -> dict[str, list[dict[str, Any]]]:
    """Give the list of what a Pi 5 needs."""
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


def enabled(tree: Path) -> frozenset[str]:
    """Give what the enabled nodes of a device tree are compatible with."""
    return frozenset(_compatible(_run("dtc", "-q", "-I", "dtb", "-O", "dts", tree)))


def merged(boot: Path, entry: Mapping[str, Any], folder: Path) -> Path:
    """Give the tree that the firmware makes of base and overlay."""
    base = boot / str(entry["base"])
    if "overlay" not in entry:
        return base
    made = folder / f"{entry['name']}.dtb"
    _run("fdtoverlay", "-i", base, "-o", made, boot / entry["overlay"])
    return made


def missing(image: BoardImage, wanted: Mapping[str, Any], folder: Path) -> list[str]:
    """Give a line for each thing that the board needs and the image lacks."""
    found = list(_missing_files(image, wanted))
    trees: dict[str, frozenset[str]] = {}
    for entry in wanted["tree"]:
        files = [entry["base"], *filter(None, [entry.get("overlay")])]
        lacking = [name for name in files if not (image.boot / name).is_file()]
        found += [f"{entry['name']}: {name} is not on the boot partition" for name in lacking]
        if not lacking:
            trees[entry["name"]] = enabled(merged(image.boot, entry, folder))
    for name, compatibles in trees.items():
        if SOC not in compatibles:
            found.append(f"{name}: the tree is not of {SOC}, so os_check refuses it")
    for part in wanted["part"]:
        found += _missing_part(image, part, trees)
    return found


def _missing_part(
    image: BoardImage, part: Mapping[str, Any], trees: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    driver = part["driver"]
    names = part.get("compatible", [])
    for tree, compatibles in trees.items():
        here = [name for name in names if name in compatibles]
        if names and not here:
            yield f"{part['name']}: no enabled node of the tree for {tree} is {' or '.join(names)}"
        for name in here:
            claims = {
                module for alias, module in image.aliases if f"C{name}" == alias[-len(name) - 1 :]
            }
            if claims and driver not in claims:
                others = ", ".join(sorted(claims))
                yield f"{part['name']}: {name} is claimed by {others}, not {driver}"
    for key in ("pci", "mdio"):
        if key in part and not _claimed(image, key, part[key], driver):
            yield f"{part['name']}: {driver} does not claim {key} {part[key]}"
    places = image.built_in | (image.initrd if part["where"] == "initrd" else image.system)
    if driver not in places:
        yield f"{part['name']}: {driver} is neither built in nor in the {part['where']}"


def _claimed(image: BoardImage, bus: str, value: str, driver: str) -> bool:
    aliases = [alias.partition(":")[2] for alias, module in image.aliases if module == driver]
    if bus == "pci":
        return any(value in alias for alias in aliases)
    bits = f"{int(value, 16):0{PHY_BITS}b}"
    return any(len(alias) == PHY_BITS and fnmatchcase(bits, alias) for alias in aliases)


def _missing_files(image: BoardImage, wanted: Mapping[str, Any]) -> Iterator[str]:
    for entry in wanted["boot"]:
        path = image.boot / entry["name"]
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        pieces = text.splitlines() if "line" in entry else text.split()
        pattern = entry.get("line") or entry["word"]
        matches = [piece for piece in pieces if fnmatchcase(piece, pattern)]
        if not matches:
            yield f"{entry['name']} lacks {pattern}"
        for match in matches if "*" in pattern else ():
            name = match.replace("=", " ").split()[-1]
            if not (image.boot / name).is_file():
                yield f"{entry['name']} names {name}, which is not on the boot partition"
    for entry in wanted["firmware"]:
        if entry["name"] not in image.firmware:
            yield f"firmware {entry['name']} is missing"


def _compatible(dts: str) -> Iterator[str]:
    """Yield what nodes are compatible with that are enabled, and all of whose parents are."""
    are_enabled: list[bool] = []
    waiting: list[list[str]] = []
    for line in map(str.strip, dts.splitlines()):
        # Properties of a node come before its children.
        if line.endswith("{"):
            are_enabled.append(all(are_enabled))
            waiting.append([])
        elif line.startswith("status = "):
            are_enabled[-1] &= line.split('"')[1] in ("okay", "ok")
        elif line.startswith("compatible = "):
            waiting[-1] = re.findall(r"[\w,.-]+", line.partition("=")[2].replace("\\0", " "))
        elif line == "};":
            names = waiting.pop()
            yield from names if are_enabled.pop() else ()


def _run(*command: str | Path) -> str:
    arguments = [os.fspath(word) for word in command]
    return subprocess.run(arguments, capture_output=True, check=True, text=True).stdout
