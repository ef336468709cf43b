"""The light nodes of a hub: identities on disk, and their rows in the database of the hub."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from netrelay.core.frames import Agreement
from netrelay.disk.shared_folder import make_drop_folder
from netrelay.runtime.node import open_database
from netrelay.seal import identity as identities
from netrelay.seal.certificate import certificate_pin
from netrelay.seal.identity import Identity
from netrelay.store.database import Database
from netrelay.store.peers import add_peer
from tests.story.nodes import MIB, RunningNode

DATAPORT = 7412
AGREEMENT = Agreement(1 * MIB, 2)
_BATCH = 500


class LightNode(NamedTuple):
    """A node without processes: its keys, and the loopback address that it dials from."""

    name: str
    identity: Identity
    address: str


def make_fleet(folder: Path, count: int) -> list[LightNode]:
    """Return so many nodes with identities of the product's own making."""
    folder.mkdir()
    return [
        LightNode(
            name,
            identities.create(folder / name),
            f"127.{200 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}",
        )
        for number in range(count)
        for name in [f"light-{number:05}"]
    ]


@contextmanager
def _opened(hub: RunningNode) -> Iterator[Database]:
    with hub.line.environment():
        database = open_database(hub.home, "story")
        try:
            yield database
        finally:
            database.close()


def enrol_fleet(hub: RunningNode, fleet: list[LightNode]) -> None:
    """Enrol all in a hub, as `peer add`, `peer allow ... deliver` and consensus would.

    They cannot be dialled, and call for what is for them, as nodes behind routers do.
    """
    with _opened(hub) as database:
        for start in range(0, len(fleet), _BATCH):
            with database.transaction():
                for node in fleet[start : start + _BATCH]:
                    _enrol(database, node)
                    make_drop_folder(hub.home.drop / node.name)


def _enrol(database: Database, node: LightNode) -> None:
    identity = node.identity
    der = identity.certificate_der
    add_peer(
        *(database, identity.node_id, node.name, der, certificate_pin(der)),
        *(identity.sealing_key.public_bytes, [], 7411),
    )
    database.execute("INSERT INTO rights VALUES (?, 'deliver', '')", (identity.node_id,))
    database.execute("UPDATE peers SET calls = 1 WHERE node = ?", (identity.node_id,))
    database.execute(
        "INSERT INTO agreements VALUES (?, '[]', 7411, ?, ?, ?, ?)",
        (
            *(identity.node_id, json.dumps([DATAPORT])),
            *(AGREEMENT.message_size_bytes, AGREEMENT.number, os.urandom(8)),
        ),
    )
