"""What was applied, kept on the card's own partition: 0600, since the key of a Wi-Fi is in it."""

import json
from typing import Any, NamedTuple

from netrelay.provisioning.system.machine import Machine
from netrelay.provisioning.system.wifi import Wifi

STATE = "/var/lib/netrelay-first-boot/applied.json"
_FORMAT = 1

# Of each peer, by node id: its name, and the rights it was given, as [verb, node id of the third].
GivenPeers = dict[str, dict[str, Any]]


class Applied(NamedTuple):
    """What stands: empty on a new card. to_wipe: what still has to be wiped from the FAT."""

    fingerprint: str = ""
    said: tuple[str, ...] = ()
    wifi: Wifi | None = None
    imager_wifi: Wifi | None = None
    imager_user: str | None = None
    imager_keys: tuple[str, ...] = ()
    peers: GivenPeers = {}  # noqa: RUF012 -- never changed in place
    to_wipe: tuple[dict[str, Any], ...] = ()


def read_applied(machine: Machine) -> Applied:
    """Give what was applied; what cannot be read counts as nothing: all is applied again."""
    try:
        found = json.loads(machine.read(STATE))
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


def write_applied(machine: Machine, applied: Applied) -> None:
    """Keep it, durable and whole."""
    fields = applied._asdict()
    for name in ("wifi", "imager_wifi"):
        if fields[name] is not None:
            ssid, *rest = fields[name]
            fields[name] = [ssid.hex(), *rest]
    machine.path(STATE).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    machine.write(STATE, json.dumps({"format": _FORMAT, **fields}, indent=1) + "\n", 0o600)


def _read_wifi(fields: list[Any]) -> Wifi:
    ssid, *rest = fields
    return Wifi(bytes.fromhex(ssid), *rest)
