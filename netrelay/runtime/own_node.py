"""The check that a home's keys and its database are of one node.

A copied folder of keys, or the restored database of another node, would run under an identity that
the rows do not belong to: what was sealed for one could not be opened, and receipts would name the
other.
"""

from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Final

from netrelay.core.node_id import NODE_ID_BYTES, node_id_text
from netrelay.seal.seal_errors import KEYS_FROM_A_BACKUP, IdentityError
from netrelay.store.database import Database

# SubjectPublicKeyInfo of an Ed25519 key without its 32 bytes (RFC 8410). The certificate is our
# own: seal/public_key.py, which verifies it, costs each process 4.5 MiB.
_PUBLIC_HEAD: Final = bytes.fromhex("302a300506032b6570032100")
_KEY_BYTES: Final = 32


def refuse_other_nodes_keys(keys: Path, keys_node: str, database: Path, database_node: str) -> None:
    """Raise IdentityError, which names both nodes, unless keys and database are of the same."""
    if keys_node != database_node:
        raise IdentityError(
            f"{keys} holds the keys of node {keys_node}, {database} is the database of node"
            f" {database_node}: put back those of one node, for example both from its backup"
            " (netrelay restore)"
        )


def check_own_keys(database: Database, keys: Path, keys_node: str) -> None:
    """Raise IdentityError unless these keys are of the database's node."""
    own = str(database.value("SELECT node FROM selfinfo"))
    refuse_other_nodes_keys(keys, keys_node, database.path, own)


def node_of_certificate(path: Path) -> str:
    """Return the node id of our own certificate in this PEM file; IdentityError without one."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        der = b64decode("".join(line for line in lines if not line.startswith("-----")))
    except OSError as error:
        restore = KEYS_FROM_A_BACKUP if isinstance(error, FileNotFoundError) else ""
        raise IdentityError(f"{path} cannot be read: {error.strerror}{restore}") from error
    except ValueError as error:
        raise IdentityError(f"{path} is not the certificate of a node") from error
    key_at = der.find(_PUBLIC_HEAD)
    key = der[key_at : key_at + len(_PUBLIC_HEAD) + _KEY_BYTES]
    if key_at < 0 or len(key) < len(_PUBLIC_HEAD) + _KEY_BYTES:
        raise IdentityError(f"{path} is not the certificate of a node")
    return node_id_text(sha256(key).digest()[:NODE_ID_BYTES])
