"""The parts of a backup, and the check that `backup` and `restore` share."""

from pathlib import Path

from netrelay.cli.queries.this_node import find_own_node
from netrelay.provisioning.home.new_home import describe_node
from netrelay.runtime.clock import system_clock
from netrelay.runtime.config import load
from netrelay.seal.identity import load as load_identity
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.database_file import check_database, create_database
from netrelay.store.migration import apply_migrations, needs_migration

FORMAT = 1
DESCRIPTION, DATABASE, CONFIG = "backup.json", "netrelay.db", "netrelay.toml"
# A field of the description, and its only value: keys and configuration without a database.
PARTS, IDENTITY = "parts", "identity"


def check_parts(config: Path, keys: Path, database: Path) -> None:
    """Check that the parts make a node: each is read as the node reads it.

    The database is a copy that nobody uses; an older one is migrated. ConfigError, IdentityError or
    DatabaseError name what is wrong.
    """
    load(config)
    identity = load_identity(keys)
    check_database(database)
    if needs_migration(database):
        apply_migrations(database)
    reading = ReadOnlyDatabase(database, system_clock())
    own = find_own_node(reading)
    reading.close()
    node = None if own is None else own.node
    # Its name is the configuration's: the database takes that over when the node starts.
    if node != identity.node_id:
        raise IdentityError(
            f"the keys are of the node {identity.node_id}, the database of {node}: its parts are of"
            " different nodes"
        )


def make_database(config: Path, keys: Path, database: Path) -> None:
    """Create the database of a node that has only keys and configuration left."""
    create_database(database, describe_node(load(config), load_identity(keys)))
