"""A WireGuard tunnel to one peer: validation of its keys, and files for systemd-networkd."""

import grp
import os
from base64 import b64decode
from contextlib import suppress
from typing import Any, NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem

DEVICE = "/etc/systemd/network/05-netrelay-wireguard.netdev"
NETWORK = "/etc/systemd/network/05-netrelay-wireguard.network"
NAME = "wg0"
# The user that systemd-networkd runs as; systemd.netdev(5) wants files with keys for it alone.
_READERS = "systemd-network"
_KEY_BYTES = 32  # Curve25519: RFC 7748
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"

ALLOWED_KEY = "44 characters, as `wg genkey` or `wg pubkey` prints them"


class Tunnel(NamedTuple):
    """A tunnel; preshared_key "" is none, keepalive_s 0 is off."""

    private_key: str
    address: str
    public_key: str
    endpoint: str
    allowed: tuple[str, ...]
    preshared_key: str
    keepalive_s: int

    def __repr__(self) -> str:
        return f"Tunnel({self.endpoint!r})"


def is_key(value: Any) -> bool:
    """Return True for a key of WireGuard: base64 of 32 bytes."""
    try:
        return isinstance(value, str) and len(b64decode(value, validate=True)) == _KEY_BYTES
    except ValueError:
        return False


def write_tunnel(system: TargetSystem, tunnel: Tunnel | None) -> bool:
    """Write the files of the tunnel, or remove them; return False if nothing changed."""
    if tunnel is None:
        return system.remove(DEVICE) | system.remove(NETWORK)
    changed = system.write(DEVICE, _device(tunnel), 0o640)
    if system.is_running:
        with suppress(KeyError):
            os.chown(system.path(DEVICE), 0, grp.getgrnam(_READERS).gr_gid)
    return system.write(NETWORK, _network(tunnel)) | changed


def _device(tunnel: Tunnel) -> str:
    lines = [
        f"[NetDev]\nName={NAME}\nKind=wireguard\n",
        f"[WireGuard]\nPrivateKey={tunnel.private_key}\n",
        f"[WireGuardPeer]\nPublicKey={tunnel.public_key}\nEndpoint={tunnel.endpoint}",
        f"AllowedIPs={','.join(tunnel.allowed)}\nRouteTable=main",
        *([f"PresharedKey={tunnel.preshared_key}"] if tunnel.preshared_key else []),
        *([f"PersistentKeepalive={tunnel.keepalive_s}"] if tunnel.keepalive_s else []),
    ]
    return _MADE + "\n".join(lines) + "\n"


def _network(tunnel: Tunnel) -> str:
    return f"{_MADE}[Match]\nName={NAME}\n\n[Network]\nAddress={tunnel.address}\n"
