"""The listening ports of a process, bound or taken over from the service manager."""

import errno
import socket
from collections.abc import Sequence
from pathlib import Path

from netrelay.link.listen import listen
from netrelay.link.literal_address import remote_host
from netrelay.runtime.held_sockets import HeldSockets, hold
from netrelay.runtime.home_copies import running_twin
from netrelay.runtime.port_holder import port_holder
from netrelay.runtime.start_errors import CannotStartError, NotYetError

# The key of netrelay.toml with the ports of each kind.
_KEYS = {"comms": "commsport", "data": "dataports"}


def listen_on_ports(
    address: str, ports: Sequence[int], kind: str, home: Path | None = None
) -> list[socket.socket]:
    """Return listeners on these ports, in order; held sockets are reused, new ones are stored.

    kind: `comms` or `data`, the prefix of their names in the service manager. home: of the node
    that listens. Raises as `listen_or_raise`.
    """
    held = HeldSockets()
    kept = {port: held.pop(address, port) for port in ports}
    # Before binding: a held socket may have one of these ports on another address.
    held.discard_rest()
    listeners = []
    for port in ports:
        listener = kept[port]
        if listener is None:
            listener = listen_or_raise(address, port, _KEYS[kind], home)
            hold(listener, f"{kind}-{port}")
        listeners.append(listener)
    return listeners


def listen_or_raise(address: str, port: int, key: str, home: Path | None = None) -> socket.socket:
    """Return a listener; CannotStartError if a person has to free the port or choose another.

    key: the key of netrelay.toml that has the port. home: of the node; where a node with the same
    identity holds the port, the text says so. NotYetError when no interface has the address: during
    boot it may be assigned later.
    """
    try:
        return listen(address, port)
    except OSError as error:
        match error.errno:
            case errno.EADDRNOTAVAIL:
                raise NotYetError(f"{error.strerror}; no interface has this address now") from error
            case errno.EADDRINUSE:
                twin = "" if home is None else running_twin(home, address, port)
                remedy = twin or f"end that, or set another port as {key} in netrelay.toml"
                why = f"; {port_holder(address, port) or 'another program'} holds it: {remedy}"
            case errno.EACCES:
                why = (
                    "; ports below 1024 are not for ordinary users: set another port as"
                    f" {key} in netrelay.toml"
                )
            case _:
                why = ""
        raise CannotStartError(f"{error.strerror}{why}") from error


def remote_address(connection: socket.socket) -> str:
    """Return the address of the peer, or a text for the log if the connection is gone."""
    try:
        return remote_host(connection)
    except OSError:
        return "an address that is gone"
