"""Where a process finds this node's keys: what systemd hands it alone, else the home's folder."""

import os
from pathlib import Path
from typing import NamedTuple

from netrelay.runtime.home import Home


class KeysFolder(NamedTuple):
    """The folder to load keys from; is_credentials: systemd made it for this process."""

    path: Path
    is_credentials: bool


def keys_folder(home: Home) -> KeysFolder:
    """Give the folder of LoadCredential= (systemd.exec(5)) if our keys are in it, else the home's.

    It need not hold all keys: a unit hands over those that its process uses.
    """
    named = os.environ.get("CREDENTIALS_DIRECTORY", "")
    # A unit of somebody's own may run us with other credentials.
    if named and os.path.lexists(f"{named}/identity.key"):
        return KeysFolder(Path(named), is_credentials=True)
    return KeysFolder(home.keys, is_credentials=False)
