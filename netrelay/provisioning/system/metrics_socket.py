"""The socket at which a card answers Prometheus, from [metrics] of netrelay.toml."""

from typing import NamedTuple

from netrelay.provisioning.system.target_system import TargetSystem

UNIT = "netrelay-metrics.socket"
SOCKET = "/etc/systemd/system/netrelay-metrics.socket.d/card.conf"
SERVICE = "/etc/systemd/system/netrelay-metrics.service.d/card.conf"
_MADE = "# Written by netrelay first-boot from netrelay.toml on the boot partition.\n"


class MetricsWish(NamedTuple):
    """Where metrics are served, "" for nowhere, and the addresses and networks that may ask."""

    listen: str = ""
    allowed: tuple[str, ...] = ()


def set_metrics(system: TargetSystem, wish: MetricsWish) -> None:
    """Serve metrics as the card wishes, from now on; or no more, if an earlier card did.

    What a person has enabled by hand on a card that says nothing stays.
    """
    if not wish.listen:
        if system.read(SOCKET):
            system.run("systemctl", "--now", "disable", UNIT)
            system.remove(SERVICE)
            system.remove(SOCKET)
        return
    # An address by DHCP comes later than the socket.
    listens = f"[Socket]\nListenStream=\nListenStream={wish.listen}\nFreeBind=yes\n"
    allowed = "".join(f" --from {each}" for each in wish.allowed)
    serves = f"[Service]\nExecStart=\nExecStart=/usr/bin/netrelay metrics --listen{allowed}\n"
    system.write(SOCKET, _MADE + listens)
    system.write(SERVICE, _MADE + serves)
    # Each time: an earlier start may have been cut short before. It reads the files of units, too.
    system.run("systemctl", "enable", UNIT)
    system.run("systemctl", "--no-block", "restart", UNIT)
