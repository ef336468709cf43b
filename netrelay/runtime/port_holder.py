"""The program that holds a TCP port, looked up in /proc (proc_net_tcp(5), proc_pid_fd(5))."""

import os
import pwd
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from netrelay.core.host import is_wildcard
from netrelay.core.printable import printable
from netrelay.core.words import PROCESSES
from netrelay.link.literal_address import literal_address

_LISTENING = "0A"
_TABLES = ((socket.AF_INET, Path("/proc/net/tcp")), (socket.AF_INET6, Path("/proc/net/tcp6")))


class _Listening(NamedTuple):
    uid: int
    inode: str


class _Program(NamedTuple):
    shown: str
    home: Path | None
    is_ours: bool


def port_holder(address: str, port: int) -> str:
    """Return a text that names who listens on a port in a way that excludes this address.

    "" where nobody does. A process of another user is visible to root only: then its user is named.
    """
    found = next(_listening(address, port), None)
    if found is None:
        return ""
    program = _program_with(f"socket:[{found.inode}]")
    return f"a program of user {_user_name(found.uid)}" if program is None else program.shown


def holding_home(address: str, port: int) -> Path | None:
    """Return the home of the node that listens on a port, as `port_holder` names it; None else."""
    found = next(_listening(address, port), None)
    program = None if found is None else _program_with(f"socket:[{found.inode}]")
    return None if program is None else program.home


def _listening(address: str, port: int) -> Iterator[_Listening]:
    own_family, _ = literal_address(address, port)
    for family, table in _TABLES:
        wildcard = "0" * (8 if family == socket.AF_INET else 32)
        excluding = {wildcard, _hexadecimal(family, address) if family == own_family else wildcard}
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            local, _, local_port = fields[1].partition(":")
            if fields[3] != _LISTENING or int(local_port, 16) != port:
                continue
            # A listener on :: has the IPv4 addresses too.
            is_all = is_wildcard(address) and own_family in (family, socket.AF_INET6)
            if local in excluding or is_all:
                yield _Listening(int(fields[7]), fields[9])


def _hexadecimal(family: socket.AddressFamily, address: str) -> str:
    # The kernel prints each 32-bit word of the address as a number of this machine.
    packed = socket.inet_pton(family, address.partition("%")[0])
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed))


def _program_with(link: str) -> _Program | None:
    """Return the process that has this descriptor: a process of netrelay before others.

    systemd has the listening sockets of units too.
    """
    found = [
        each
        for folder in Path("/proc").glob("[0-9]*")
        if (each := _program_if_it_has(folder, link)) is not None
    ]
    return min(found, key=lambda each: not each.is_ours, default=None)


def _program_if_it_has(folder: Path, link: str) -> _Program | None:
    try:
        if all(os.readlink(entry) != link for entry in os.scandir(folder / "fd")):  # noqa: PTH115
            return None
        words = (folder / "cmdline").read_bytes().decode(errors="surrogateescape").split("\0")
        name = (folder / "comm").read_text(errors="replace").strip()
    except OSError:
        return None
    home, is_ours = None, False
    if "run" in words[:-1] and (process := words[words.index("run") + 1]) in PROCESSES:
        is_ours = True
        home = words[words.index("--home") + 1] if "--home" in words[:-1] else None
        name = f"{process} of the node" + ("" if home is None else f" in {home}")
    shown = printable(f"{name} (pid {folder.name})")
    return _Program(shown, None if home is None else Path(home), is_ours)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
