"""The unit of a serial line, by the path of its device."""

import re
from typing import Final

_OTHERS: Final = re.compile(r"[^A-Za-z0-9:_./]")


def serial_unit(device: str) -> str:
    """Return the instance of netrelay-serial@.service for a device, as `systemd-escape -p` would.

    The path has no empty part, and none that begins with a dot (systemd.unit(5)).
    """
    escaped = _OTHERS.sub(lambda found: f"\\x{ord(found[0]):02x}", device.strip("/"))
    return f"netrelay-serial@{escaped.replace('/', '-')}.service"
