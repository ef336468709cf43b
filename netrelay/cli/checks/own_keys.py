"""The keys of a home, compared with the node of its database."""

from contextlib import suppress

from netrelay.cli.errors import CommandError
from netrelay.cli.opening import Reader
from netrelay.cli.queries.this_node import own_node
from netrelay.runtime.home import Home
from netrelay.runtime.own_node import node_of_certificate, refuse_other_nodes_keys
from netrelay.seal.seal_errors import IdentityError


def other_nodes_keys(home: Home, reader: Reader) -> str | None:
    """Return an error that names both nodes, if keys and database are of different ones.

    None also where keys or database cannot be read: another error says that.
    """
    with suppress(CommandError):
        try:
            # `load` would import cryptography, for which `netrelay status` would have to wait.
            keys_node = node_of_certificate(home.keys / "identity.crt")
        except IdentityError:
            return None
        with reader.reading() as database:
            own = own_node(database).node
        try:
            refuse_other_nodes_keys(home.keys, keys_node, home.database, own)
        except IdentityError as error:
            return str(error)
    return None
