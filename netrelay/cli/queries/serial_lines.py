"""The serial lines of this node: ways of its peers that have the form of one."""

import json
from typing import NamedTuple

from netrelay.core.serial.line_settings import is_serial, read_line_settings
from netrelay.store.database import Database, ReadOnlyDatabase


class SerialWay(NamedTuple):
    """A serial line, and the name of the peer at its other end."""

    peer: str
    way: str

    @property
    def device(self) -> str:
        """The path of the device."""
        return read_line_settings(self.way).device


def serial_lines(database: Database | ReadOnlyDatabase) -> list[SerialWay]:
    """Return all lines, by the names of their peers and in their order."""
    # The sign keeps SQLite from reading all peers in the order of their names.
    rows = database.rows(
        "SELECT name, addresses FROM peers WHERE addresses LIKE '%serial:%' ORDER BY +name"
    )
    return [
        SerialWay(str(name), way)
        for name, addresses in rows
        for way in json.loads(str(addresses))
        if is_serial(way)
    ]
