"""Creation of a home: each part atomically, the database last."""

import json
import os
from collections.abc import Mapping

from netrelay.disk.replacement import put_in_place
from netrelay.runtime.config import Config, load, template
from netrelay.runtime.home import Home
from netrelay.seal.identity import Identity, adopt, create
from netrelay.seal.identity import load as load_identity
from netrelay.store.database_file import SelfInfo, create_database

_EPOCH_BYTES = 8


def write_config(home: Home, text: str) -> Config:
    """Replace the configuration atomically, durable on return; return it as it is read back."""
    unfinished = home.config.with_name(f".{home.config.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    put_in_place(unfinished, home.config)
    return load(home.config)


def describe_node(config: Config, identity: Identity) -> SelfInfo:
    """Return the row of `selfinfo` of a new node, with a new epoch."""
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
    *,
    can_be_dialled: bool = True,
    call_every: str = "",
) -> None:
    """Create a node, with these keys or new ones; a second call finishes one that was cut short.

    A configuration without a database is left from such a call and is replaced; existing keys never
    are. IdentityError, OSError or ValueError when it cannot be created.
    """
    home.make_folders()
    text = template(
        *(name, address, commsport, dataports, capacity_bytes),
        can_be_dialled=can_be_dialled,
        call_every=call_every,
    )
    config = write_config(home, text)
    if home.keys.is_dir() and any(home.keys.iterdir()):
        identity = load_identity(home.keys)
    else:
        identity = create(home.keys) if keys is None else adopt(home.keys, keys)
    create_database(home.database, describe_node(config, identity))
