"""`netrelay id`: identity of this node, and its card for others."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from netrelay.cli.addresses import host, own_addresses
from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.own_keys import other_nodes_keys
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import Reader, command_there, read_config
from netrelay.cli.owner import own_rights
from netrelay.cli.permission import require_owner
from netrelay.cli.text import json_line
from netrelay.core.host import is_wildcard
from netrelay.runtime.config import Config
from netrelay.runtime.home import Home
from netrelay.seal.card import ADDRESS_LIMIT, encode_card
from netrelay.seal.identity import Identity, load
from netrelay.seal.seal_errors import CardError, IdentityError


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "id",
        "Show who this node is, or write its card: the small public file by which other nodes"
        "\nenrol it (netrelay peer add).",
    )
    made.add_argument("--card", metavar="FILE", help="write the card to FILE; - is stdout")
    made.add_argument(
        "--address",
        metavar="HOST",
        type=host,
        action="append",
        help="put this address on the card instead of what this machine has; may be repeated",
    )
    made.add_argument("--json", action="store_true", help="one JSON object")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Show the identity; with `--card`, write the card."""
    options = parser().read(arguments)
    config = read_config(home)
    require_owner(home, "may not read its keys")
    try:
        identity = load(home.keys)
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    with Reader(home) as reader:
        other = other_nodes_keys(home, reader)
    if other is not None:
        raise CommandError(Exit.CONFIG, other)
    addresses = tuple(options.address or _addresses_of(config))
    if len(addresses) > ADDRESS_LIMIT:
        addresses = addresses[:ADDRESS_LIMIT]
        _warn(f"the card names the first {ADDRESS_LIMIT} addresses; --address chooses others")
    if options.card:
        try:
            card = encode_card(identity, config.name, addresses, config.commsport)
        except CardError as error:
            raise CommandError(Exit.DATA, str(error)) from error
        if not addresses:
            _warn("the card names no address: --address HOST says where this node can be reached")
        if options.card == "-":
            print(card, end="")
            return Exit.OK
        _write(Path(options.card), card)
    if options.json:
        print(json_line("id", _fields(config, identity, addresses, home)))
        return Exit.OK
    print(_describe(config, identity, addresses, home))
    if options.card:
        print(f"card       {options.card}: carry it to the other node, and type there:")
        card = shlex.quote(Path(options.card).name)
        print(f"           {command_there(f'peer add {card}')}")
    return Exit.OK


def _fields(
    config: Config, identity: Identity, addresses: tuple[str, ...], home: Home
) -> dict[str, object]:
    return {
        "name": config.name,
        "node": identity.node_id,
        "listens": config.address,
        "commsport": config.commsport,
        "dataports": list(config.dataports),
        "addresses": list(addresses),
        "home": str(home.path),
    }


def _describe(config: Config, identity: Identity, addresses: tuple[str, ...], home: Home) -> str:
    dataports = ", ".join(str(port) for port in config.dataports)
    return "\n".join(
        (
            f"name       {config.name}",
            f"node id    {identity.node_id}",
            f"home       {home.path}",
            f"listens    {config.address}, commsport {config.commsport}, dataport {dataports}",
            f"reached    {', '.join(addresses) or 'by no address from outside'}",
        )
    )


def _addresses_of(config: Config) -> tuple[str, ...]:
    return own_addresses(config.address) if is_wildcard(config.address) else (config.address,)


def _write(path: Path, card: str) -> None:
    try:
        with own_rights():
            path.write_text(card, encoding="ascii")
    except OSError as error:
        raise CommandError(Exit.CANNOT_CREATE, f"{path}: {error.strerror}") from error


def _warn(text: str) -> None:
    print(f"netrelay: {text}", file=sys.stderr)
