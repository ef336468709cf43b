"""The folder of this node's keys: systemd credentials if passed, else that of the home."""

import os
from pathlib import Path
from typing import NamedTuple

from netrelay.runtime.home import Home


class KeysFolder(NamedTuple):
    """A folder with keys; is_credentials: systemd created it for this process."""

    path: Path
    is_credentials: bool


def keys_folder(home: Home) -> KeysFolder:
    """Return the folder of LoadCredential= (systemd.exec(5)) if it has our keys, else the home's.

    A folder of credentials may lack keys: a unit passes only those that its process uses.
    """
    named = os.environ.get("CREDENTIALS_DIRECTORY", "")
    # A unit that is not ours may pass other credentials.
    if named and os.path.lexists(f"{named}/identity.key"):
        return KeysFolder(Path(named), is_credentials=True)
    return KeysFolder(home.keys, is_credentials=False)
