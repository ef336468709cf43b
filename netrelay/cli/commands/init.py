"""`netrelay init`: makes the home of a node.

    folders, netrelay.toml, keys/, netrelay.db

in this order, each of them atomically: the database makes it a node. A home that was left
half-made is completed by the same command; existing keys are kept.
"""

import argparse
import shlex
from collections.abc import Sequence
from typing import Any

from netrelay.cli.arguments import CommandParser, port
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.home_folder import refuse_foreign_folder
from netrelay.cli.opening import command, command_there, is_node
from netrelay.cli.owner import acting_as_owner, prepare_system_home
from netrelay.cli.systemd.units import ask
from netrelay.cli.systemd.units_report import ENABLE
from netrelay.provisioning.home.new_home import describe_node, write_config
from netrelay.runtime.config import KEYS, Config, ConfigError, load, template
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity, create
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database_file import create_database

_MOST_DATAPORTS = 4
_KEYS_KEPT = (
    "",
    "Its keys were here already. If this home has lost its database, what was confirmed before",
    "is not known as delivered any more: a relay that kept it could bring it again. Allow `carry`",
    "only to relays that you trust not to, or move keys/ away first for a new identity.",
)


def main(arguments: Sequence[str], home: Home) -> int:
    """Make the node, and print what to type next."""
    options = parser().read(arguments)
    _check(options)
    if is_node(home):
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{home.path} already holds a node; --home DIR makes this one elsewhere",
        )
    refuse_foreign_folder(home, command_there(f"init {shlex.quote(options.name)} --home DIR"))
    prepare_system_home(home)
    with acting_as_owner(home):
        try:
            home.make_folders()
        except ValueError as error:
            raise CommandError(Exit.CANNOT_CREATE, str(error)) from error
        config = _make_config(options, home)
        had_keys = _has_keys(home)
        identity = _make_identity(home)
        create_database(home.database, describe_node(config, identity))
    print("\n".join(_report(home, config, identity)))
    if had_keys:
        print("\n".join(_KEYS_KEPT))
    return Exit.OK


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser("init", "Make a home for a new node, with keys of its own.")
    # The name has a check of its own, which says what is allowed.
    made.allows_empty = True
    made.add_argument("name", metavar="NAME", help=_key("name").allowed)
    made.add_argument(
        "--address", metavar="A", help="address to listen on (default: every IPv4 address)"
    )
    made.add_argument(
        "--commsport", metavar="P", type=port, help="TCP port for consensus (default: 7411)"
    )
    made.add_argument(
        "--dataport",
        metavar="P",
        type=port,
        action="append",
        help="TCP port for data (default: 7412); up to four times",
    )
    return made


def _key(name: str) -> Any:
    return next(key for key in KEYS if key.name == name)


def _check(options: argparse.Namespace) -> None:
    commsport = options.commsport or _key("commsport").default
    dataports = options.dataport or _key("dataports").default
    for name, value in (
        ("name", options.name),
        ("address", options.address or _key("address").default),
        ("dataports", dataports),
    ):
        if not _key(name).check(value):
            raise CommandError(Exit.USAGE, f"{name} is {value!r}; allowed: {_key(name).allowed}")
    if commsport in dataports:
        raise CommandError(
            Exit.USAGE, f"commsport and dataport are both {commsport}; allowed: two different ports"
        )


def _make_config(options: argparse.Namespace, home: Home) -> Config:
    if home.config.exists():
        return _continue_config(options, home)
    text = template(
        options.name,
        options.address or _key("address").default,
        options.commsport or _key("commsport").default,
        tuple(options.dataport or _key("dataports").default),
    )
    return write_config(home, text)


def _continue_config(options: argparse.Namespace, home: Home) -> Config:
    """Keep the configuration that an interrupted init (or a person) left, if it is the same."""
    try:
        config = load(home.config)
    except ConfigError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    for name, said, found in (
        ("name", options.name, config.name),
        ("address", options.address, config.address),
        ("commsport", options.commsport, config.commsport),
        ("dataports", options.dataport, list(config.dataports)),
    ):
        if said is not None and said != found:
            raise CommandError(
                Exit.CANNOT_CREATE,
                f"{home.config} is from an init that did not finish and has {name} {found!r},"
                f" not {said!r}: type `{command(home, f'init {config.name}')}` to finish it,"
                " or change the file",
            )
    return config


def _has_keys(home: Home) -> bool:
    return home.keys.is_dir() and any(home.keys.iterdir())


def _make_identity(home: Home) -> Identity:
    try:
        if _has_keys(home):
            return load_identity(home.keys)
        return create(home.keys)
    except IdentityError as error:
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{error}; put the missing files back, or move {home.keys} away for a new identity",
        ) from error


def _report(home: Home, config: Config, identity: Identity) -> list[str]:
    name = config.name
    steps = (
        (f"id --card {name}.card", "write this node's card, for the other node"),
        ("peer add OTHER.card", "enrol the other node by its card"),
        ("peer allow OTHER deliver", "let it put files into this node's inbox"),
        ("up", "start this node"),
    )
    typed = [(command(home, words), meaning) for words, meaning in steps]
    if ask(home):
        typed[-1] = (ENABLE, "start this node, now and at every boot")
    width = max(len(words) for words, _ in typed)
    return [
        f"{name} is made.",
        f"  node id  {identity.node_id}",
        f"  home     {home.path}",
        f"  drop     {home.drop}/PEER/   put files for a peer here",
        f"  inbox    {home.inbox}/PEER/   what comes from a peer appears here",
        "",
        "Next:",
        *(f"  {words:{width}}  {meaning}" for words, meaning in typed),
    ]
