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
    of [node] that it set, `has_page` whether it had [page]. `tunnel_keys` are the private and the
    preshared key of [wireguard].
    `to_wipe` are steps of `boot_folder.wipe` that are still to be done.
    """

    fingerprint: str = ""
    said: tuple[str, ...] = ()
    wifi: tuple[Wifi, ...] = ()
    tunnel_keys: tuple[str, str] = ("", "")
    imager_wifi: Wifi | None = None
    imager_user: str | None = None
    imager_keys: tuple[str, ...] = ()
    peers: GivenPeers = {}  # noqa: RUF012 -- never changed in place
    to_wipe: tuple[dict[str, Any], ...] = ()
    has_page: bool = False


def read_applied(system: TargetSystem) -> Applied:
    """Return what was applied; an empty state, so that all is applied again, if unreadable."""
    try:
        found = json.loads(system.read(STATE))
        if found.pop("format") != _FORMAT:
            return Applied()
        found["said"] = tuple(found["said"])
        private_key, preshared_key = found.get("tunnel_keys", ("", ""))
        found["tunnel_keys"] = (str(private_key), str(preshared_key))
        found["imager_keys"] = tuple(found["imager_keys"])
        found["to_wipe"] = tuple(found["to_wipe"])
        networks = found["wifi"] or []
        if networks and not isinstance(networks[0], list):
            # An earlier netrelay stored the one network that there could be.
            networks = [networks]
        found["wifi"] = tuple(map(_read_wifi, networks))
        if found["imager_wifi"] is not None:
            found["imager_wifi"] = _read_wifi(found["imager_wifi"])
        return Applied(**found)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Applied()


def write_applied(system: TargetSystem, applied: Applied) -> None:
    """Store it atomically; durable on return."""
    fields = applied._asdict()
    fields["wifi"] = [_stored(wifi) for wifi in applied.wifi]
    if applied.imager_wifi is not None:
        fields["imager_wifi"] = _stored(applied.imager_wifi)
    system.path(STATE).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    system.write(STATE, json.dumps({"format": _FORMAT, **fields}, indent=1) + "\n", 0o600)


def _stored(wifi: Wifi) -> list[Any]:
    ssid, *rest = wifi
    return [ssid.hex(), *rest]


def _read_wifi(fields: list[Any]) -> Wifi:
    ssid, *rest = fields
    return Wifi(bytes.fromhex(ssid), *rest)
