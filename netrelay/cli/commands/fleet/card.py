"""`netrelay fleet card`: writes a node's provisioning into an image or onto a flashed card."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.commands.fleet.checked_fleet import FLEET_FILE, find_node, good_fleet
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.text import json_line
from netrelay.provisioning.card.boot_partition import (
    BootPartition,
    FatImage,
    Folder,
    NotWritableError,
    PartitionError,
    open_device,
)
from netrelay.provisioning.fleet.fleet_card import CardFiles, card_files
from netrelay.provisioning.fleet.fleet_file import ON_THE_PI
from netrelay.provisioning.fleet.fleet_keys import KEYS, FleetKeysError
from netrelay.runtime.home import Home


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "fleet card",
        "Write what makes a flashed card this node: its netrelay.toml, its peers' cards and, unless"
        '\nthe fleet says keys = "on-the-pi", its private keys. They move to the card\'s own'
        "\npartition at its first start and are wiped from the boot partition; until then whoever"
        "\nholds the card, or the image, has them.",
    )
    made.add_argument("name", metavar="NAME", help="which node of the fleet")
    where = made.add_mutually_exclusive_group(required=True)
    where.add_argument("--image", metavar="FILE", type=Path, help="a copy of the image, unpacked")
    where.add_argument(
        "--device", metavar="FILE", type=Path, help="a flashed card in a reader: /dev/sdX"
    )
    where.add_argument(
        "--boot", metavar="DIR", type=Path, help="where a flashed card's boot partition is mounted"
    )
    made.add_argument(
        "--fleet",
        metavar="FILE",
        type=Path,
        default=Path(FLEET_FILE),
        help=f"the fleet's file (default: {FLEET_FILE} here)",
    )
    made.add_argument("--yes", action="store_true", help="--device: do not ask")
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:  # noqa: ARG001 -- it needs no node here
    """Check the fleet and the target, then write and read back."""
    options = parser().read(arguments)
    fleet = good_fleet(options.fleet)
    name = find_node(fleet, options.name)
    place = options.image or options.device or options.boot
    try:
        partition = _open(options)
        made = card_files(fleet, name)
        if options.device and not options.yes:
            _ask(options.device, name)
        partition.write(made.files)
    except NotWritableError as error:
        raise CommandError(Exit.NOT_PERMITTED, str(error)) from error
    except PartitionError as error:
        raise CommandError(Exit.CANNOT_CREATE, str(error)) from error
    except FleetKeysError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    if options.json:
        fields = {"name": name, "node": made.node_id, "place": str(place), "missing": made.missing}
        print(json_line("fleet-card", {**fields, "files": sorted(made.files)}))
    else:
        keys = None if fleet.nodes[name].keys == ON_THE_PI else fleet.path.parent / KEYS / name
        print("\n".join(_report(name, place, made, keys)))
    return Exit.OK


def _open(options: argparse.Namespace) -> BootPartition:
    if options.boot:
        return Folder(options.boot)
    if options.device:
        return open_device(options.device)
    if not options.image.is_file():
        raise PartitionError(
            f"{options.image} is no file"
            + ("; --device is for disks" if options.image.exists() else ": there is none")
        )
    return FatImage(options.image)


def _ask(device: Path, name: str) -> None:
    print(f"{device} becomes the card of {name}. Type {device.name} to go on: ", end="", flush=True)
    if sys.stdin.readline().strip() != device.name:
        raise CommandError(Exit.USAGE, f"nothing was written to {device}; --yes does not ask")


def _report(name: str, place: Path, made: CardFiles, keys: Path | None) -> list[str]:
    lines = [
        f"{place} is now the card of {name}" + (f", node {made.node_id}" if made.node_id else "")
    ]
    if keys is None:
        lines.append(f"its keys are born at its first start: carry {name}.card back from it then")
    else:
        lines.append(f"its private keys are on it until its first start, and stay in {keys}")
    if made.missing:
        cards = ", ".join(f"{each}.card" for each in made.missing)
        lines.append(
            f"it does not know all yet: {cards} still to be collected; write it again then"
        )
    lines.append(f"started, it is found as {name}.local")
    return lines
