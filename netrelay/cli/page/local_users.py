"""The user of this machine who opened a connection to the page, by the kernel's table of sockets.

A connection over loopback has two ends here; /proc/net/tcp (proc(5)) has the user who made the
other one. So a member of the group needs no password, and any other user does.
"""

import grp
import ipaddress
import pwd
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from netrelay.disk.shared_folder import GROUP
from netrelay.runtime.home import Home

_TABLES: Final = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}


def may_look_here(home: Home, client: str, client_port: int, port: int) -> bool:
    """Return True if the owner of the home, or a member of its group, connected over loopback.

    client, client_port: the far end. port: where the page listens. False for the network.
    """
    try:
        users = connected_users(client, client_port, port)
    except OSError:  # the table is hidden here: loopback is as the network
        return False
    return bool(users) and all(is_of_node(home, user) for user in users)


def is_of_node(home: Home, user: int) -> bool:
    """Return True for the owner of the home, and for members of the group netrelay if it has it."""
    status = home.path.stat()
    if user == status.st_uid:
        return True
    with suppress(KeyError):
        group = grp.getgrgid(status.st_gid)
        if group.gr_name == GROUP:
            known = pwd.getpwuid(user)
            return known.pw_gid == group.gr_gid or known.pw_name in group.gr_mem
    return False


def connected_users(client: str, client_port: int, port: int) -> set[int]:
    """Return the users of the sockets that are connected from there to a port of this machine.

    Several, if one address and port has connections to this port at more than one address.
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return set()
    if not address.is_loopback:
        return set()
    wanted = _written(address, client_port)
    return {
        user
        for local, remote, user, inode in _sockets(_TABLES[address.version])
        # A socket that is closed already has no inode, and no user.
        if local == wanted and remote.endswith(f":{port:04X}") and inode
    }


def _sockets(table: Path) -> Iterator[tuple[str, str, int, int]]:
    with table.open(encoding="ascii") as lines:
        next(lines, None)
        for line in lines:
            fields = line.split()
            yield fields[1], fields[2], int(fields[7]), int(fields[9])


def _written(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> str:
    """Return an end as the kernel prints it: words of 32 bits in the machine's byte order."""
    packed = address.packed
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return f"{b''.join(words).hex().upper()}:{port:04X}"
