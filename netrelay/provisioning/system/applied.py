"""The state that provisioning applied last, on the root partition.

Mode 0600, since it contains the key of a Wi-Fi network.
"""

import json
from typing import Any, NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem
from netrelay.provisioning.system.wifi import Wifi

STATE = "/var/lib/netrelay-first-boot/applied.json"
_FORMAT = 1

# By node id: the name of a peer and the rights it was given, as [verb, node id of the third node].
GivenPeers = dict[str, dict[str, Any]]


class Applied(NamedTuple):
    """The applied state; empty on a new card.

    `fingerprint` is that of the boot partition, "" while it is being applied. `said` are the keys
    of [node] that it set. `to_wipe` are steps of `boot_folder.wipe` that are still to be done.
    """

    fingerprint: str = ""
    said: tuple[str, ...] = ()
    wifi: Wifi | None = None
    imager_wifi: Wifi | None = None
    imager_user: str | None = None
    imager_keys: tuple[str, ...] = ()
    peers: GivenPeers = {}  # noqa: RUF012 -- never changed in place
    to_wipe: tuple[dict[str, Any], ...] = ()


def read_applied(system: TargetSystem) -> Applied:
    """Return what was applied; an empty state, so that all is applied again, if unreadable."""
    try:
        found = json.loads(system.read(STATE))
        if found.pop("format") != _FORMAT:
            return Applied()
        found["said"] = tuple(found["said"])
        found["imager_keys"] = tuple(found["imager_keys"])
        found["to_wipe"] = tuple(found["to_wipe"])
        for name in ("wifi", "imager_wifi"):
            found[name] = None if found[name] is None else _read_wifi(found[name])
        return Applied(**found)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Applied()


def write_applied(system: TargetSystem, applied: Applied) -> None:
    """Store it atomically; durable on return."""
    fields = applied._asdict()
    for name in ("wifi", "imager_wifi"):
        if fields[name] is not None:
            ssid, *rest = fields[name]
            fields[name] = [ssid.hex(), *rest]
    system.path(STATE).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    system.write(STATE, json.dumps({"format": _FORMAT, **fields}, indent=1) + "\n", 0o600)


def _read_wifi(fields: list[Any]) -> Wifi:
    ssid, *rest = fields
    return Wifi(bytes.fromhex(ssid), *rest)
