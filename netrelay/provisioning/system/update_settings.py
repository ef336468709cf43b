"""Settings of security updates, from [updates] of netrelay.toml to the updater."""

import json
from pathlib import Path
from typing import NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem

SETTINGS = "/etc/netrelay-card/updates.json"
MOST_MEGABYTES = 100_000


class UpdateSettings(NamedTuple):
    """security None: unless the way to the Internet is a modem. window "": at any time.

    modem: the interface of a modem that its driver does not tell, "" if there is none.
    """

    security: bool | None = None
    window: str = ""
    megabytes_a_month: int = 200
    restart: bool = False
    modem: str = ""


def write_update_settings(system: TargetSystem, settings: UpdateSettings) -> bool:
    """Store the settings; return False if nothing changed."""
    if settings == UpdateSettings():
        return system.remove(SETTINGS)
    return system.write(SETTINGS, json.dumps(settings._asdict()) + "\n")


def read_update_settings(path: Path = Path(SETTINGS)) -> UpdateSettings:
    """Return the stored settings; the defaults if there are none."""
    try:
        return UpdateSettings(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return UpdateSettings()
