"""The parts a new home is made of, each whole or not there: the database comes last."""

import json
import os
from collections.abc import Mapping

from netrelay.disk.folders import flush_folder
from netrelay.runtime.config import Config, load, template
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity, adopt, create
from netrelay.seal.identity import load as load_identity
from netrelay.store.database_file import SelfInfo, create_database

_EPOCH_BYTES = 8


def write_config(home: Home, text: str) -> Config:
    """Write the configuration, durable and whole or not at all; gives it as it reads."""
    unfinished = home.config.with_name(f".{home.config.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(home.config)
    flush_folder(home.path)
    return load(home.config)


def describe_node(config: Config, identity: Identity) -> SelfInfo:
    """Give what the database of a new node is made with, a new epoch in it."""
    return SelfInfo(
        node=identity.node_id,
        name=config.name,
        ipaddress=config.address,
        commsport=config.commsport,
        dataports=json.dumps(list(config.dataports)),
        capacity=config.capacity_bytes,
        lifetime_s=config.lifetime_s,
        epoch=os.urandom(_EPOCH_BYTES),
    )


def make_home(
    home: Home,
    name: str,
    address: str,
    commsport: int,
    dataports: tuple[int, ...],
    capacity_bytes: int,
    keys: Mapping[str, bytes] | None,
) -> None:
    """Make a node where there is none, with keys of its own or these; a repeat finishes it.

    A configuration without a database is of a run that was cut short, and written anew; keys are
    never. IdentityError, OSError or ValueError say what cannot be.
    """
    home.make_folders()
    config = write_config(home, template(name, address, commsport, dataports, capacity_bytes))
    if home.keys.is_dir() and any(home.keys.iterdir()):
        identity = load_identity(home.keys)
    else:
        identity = create(home.keys) if keys is None else adopt(home.keys, keys)
    create_database(home.database, describe_node(config, identity))
