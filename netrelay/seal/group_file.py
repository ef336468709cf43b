"""The file by which a node becomes a member of a group: it holds the keys of the group.

    -----BEGIN NETRELAY GROUP KEYS-----     see armour.py; of  payload

    payload     msgpack array
                [1, name, identity.key, identity.crt, sealing.key]     the files of identity.py

Who has it opens what is sealed for the group, and signs its receipts. `storage.secret` is not in
it: nothing is sealed in the name of a group, and each member makes one of its own.
"""

import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgpack

from netrelay.disk.folders import flush_folder
from netrelay.disk.removal import remove_tree
from netrelay.seal import identity
from netrelay.seal.armour import with_armour, without_armour
from netrelay.seal.card import check_card_name
from netrelay.seal.identity import Identity
from netrelay.seal.seal_errors import CardError, IdentityError

GROUP_FILE_LIMIT_BYTES: Final = 16384

_LABEL: Final = "GROUP KEYS"
_VERSION: Final = 1
_SHARED: Final = ("identity.key", "identity.crt", "sealing.key")
_JOINING: Final = ".joining-"
_SECRET: Final = "storage.secret"  # noqa: S105 (a file name)


def encode_group_file(group: Identity, name: str) -> str:
    """Return the file with the keys of a group; IdentityError if they cannot be read."""
    folder = group.key_path.parent
    try:
        files = [(folder / each).read_bytes() for each in _SHARED]
    except OSError as error:
        raise IdentityError(f"{folder} cannot be read: {error.strerror}") from error
    payload: bytes = msgpack.packb([_VERSION, name, *files])
    return with_armour(_LABEL, payload)


def decode_group_file(text: str) -> tuple[str, dict[str, bytes]]:
    """Return the name in such a file, and the files of an identity, which are not checked yet.

    Raise CardError that names the fault; it has nothing of the keys.
    """
    payload = without_armour(_LABEL, text, "the file", GROUP_FILE_LIMIT_BYTES)
    try:
        fields = msgpack.unpackb(
            payload,
            max_str_len=GROUP_FILE_LIMIT_BYTES,
            max_bin_len=GROUP_FILE_LIMIT_BYTES,
            max_array_len=2 + len(_SHARED),
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise CardError("the content of the file cannot be read") from error
    if not isinstance(fields, list) or len(fields) != 2 + len(_SHARED) or fields[0] != _VERSION:
        raise CardError(f"the file is not of version {_VERSION}, which this program reads")
    _version, name, *files = fields
    if type(name) is not str or not all(type(each) is bytes for each in files):
        raise CardError("the file must hold a name and three keys")
    check_card_name(name)
    secret = os.urandom(identity.STORAGE_SECRET_BYTES)
    return name, {**dict(zip(_SHARED, files, strict=True)), _SECRET: secret}


def keep_group(
    groups: Path, contents: dict[str, bytes] | None, held: Collection[str] = ()
) -> Identity:
    """Store the keys of a group in the folder of groups, checked and durable; None: new ones.

    held: the groups of which keys are here. Raise IdentityError for keys that do not fit together,
    or are of one of these. Nobody else may call it meanwhile.
    """
    for cut_short in groups.glob(f"{_JOINING}*"):
        remove_tree(cut_short)
    with tempfile.TemporaryDirectory(prefix=_JOINING, dir=groups) as folder:
        made = Path(folder) / "keys"
        new = identity.create(made) if contents is None else identity.adopt(made, contents)
        place = groups / new.node_id
        if new.node_id in held:
            raise IdentityError(f"this node is a member of the group {new.node_id} already")
        # Left by a power cut before its row was made, or damaged.
        remove_tree(place)
        made.rename(place)
        flush_folder(groups)
    return identity.load(place)
