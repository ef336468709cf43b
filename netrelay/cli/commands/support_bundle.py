"""`netrelay support-bundle`: an archive for people who help, without secrets.

It has to work on a broken node: each part is collected alone, with a limit of
time and size, and a part that fails holds the reason instead. Keys are never read into it; and
what was collected is searched for them, and for Wi-Fi keys, before it is written.
"""

import base64
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.text import counted, size
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_folder
from netrelay.landing.credentials import FILE_NAME, credentials_place
from netrelay.runtime.config import ConfigError, load
from netrelay.runtime.home import Home
from netrelay.seal.identity import FILES

_PART_LIMIT_S = 30
_PART_LIMIT_BYTES = 2 << 20
_PUBLIC = "identity.crt"
_LEFT_OUT = b"[left out: a secret]"
# Shorter ones would match text that is no secret.
_SHORTEST_SECRET_BYTES = 16
_SHORTEST_PASSPHRASE_BYTES = 8  # IEEE 802.11-2020, J.4.1
_WIFI_FOLDER = Path("/etc/wpa_supplicant")
_NETWORK_FOLDER = Path("/etc/systemd/network")
_TUNNEL_KEY = re.compile(rb"(?m)^(?:PrivateKey|PresharedKey)=(\S+)$")
_WIFI_KEY = re.compile(
    rb'^\s*(?:psk|password|sae_password|wep_key\d)\s*=\s*"?([^"\n]+)', re.MULTILINE
)
# The keys of the store in which files land.
_QUOTED = re.compile(rb'"([^"\n]+)"')
# systemd.system-credentials(7): part of the kernel's command line, which dmesg prints.
_CREDENTIAL = re.compile(rb"(systemd\.set_credential(?:_binary)?=[^:\s]+:)\S+")

_README = """\
Made by `netrelay support-bundle` on {when}.

In it: versions, the configuration, what status, check, peer ls, jobs and logs say, the state of
systemd's units, the journal's last lines, disks, network addresses, the kernel's last messages.
With that, the names of peers and of files, and addresses, as those commands show them.

Not in it: keys, Wi-Fi passwords, the content of any file, the database. A part that could not be
had says why in its place.
"""


class Part(NamedTuple):
    """One file of the archive, with the output of these commands, one after the other."""

    name: str
    commands: tuple[tuple[str, ...], ...]


_NETRELAY = "netrelay"
PARTS = (
    Part("versions.txt", (("uname", "-a"), ("cat", "/etc/os-release"), ("dpkg", "-l", "netrelay"))),
    Part("model.txt", (("cat", "/proc/device-tree/model"), ("free", "-m"), ("uptime",))),
    Part("status.txt", ((_NETRELAY, "status"),)),
    Part("check.txt", ((_NETRELAY, "check"),)),
    Part("peers.txt", ((_NETRELAY, "peer", "ls"),)),
    Part("jobs.txt", ((_NETRELAY, "jobs"),)),
    Part("logs.txt", ((_NETRELAY, "logs", "--limit", "2000"),)),
    Part(
        "units.txt",
        (
            ("systemctl", "--no-pager", "--failed"),
            ("systemctl", "--no-pager", "--full", "--lines=0", "status", "netrelay*", "card-*"),
            ("systemd-analyze", "--no-pager", "critical-chain"),
        ),
    ),
    Part(
        "journal.txt",
        (
            ("journalctl", "--no-pager", "--lines=2000", "--unit=netrelay*", "--unit=card-*"),
            ("journalctl", "--no-pager", "--lines=500", "--boot", "--priority=warning"),
        ),
    ),
    Part(
        "disks.txt",
        (
            ("df", "-h"),
            ("df", "-i"),
            ("findmnt", "--real"),
            ("lsblk", "--output", "NAME,SIZE,FSTYPE,LABEL,MOUNTPOINTS"),
        ),
    ),
    Part(
        "network.txt",
        (
            ("ip", "-brief", "address"),
            ("ip", "route"),
            ("ss", "--listening", "--tcp", "--numeric"),
            ("timedatectl", "--no-pager", "status"),
        ),
    ),
    Part("dmesg.txt", (("dmesg",),)),
)


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "support-bundle",
        "Write what helps others to help into one archive: versions, configuration, status, logs,"
        "\nthe system's state. No keys, no passwords, no content. With sudo the journal too.",
    )
    made.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a file that is not there yet, or - for standard output"
        " (default: netrelay-support-TIME.tar.gz here)",
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Write the archive with mode 0600, atomically."""
    options = parser().read(arguments)
    name = time.strftime("netrelay-support-%Y%m%d-%H%M%S")
    is_stream = options.output == "-"
    target = Path(options.output or f"{name}.tar.gz")
    if is_stream and sys.stdout.isatty():
        raise CommandError(
            Exit.USAGE, "an archive on a terminal helps nobody: -o FILE, or > FILE after -o -"
        )
    if not is_stream and target.exists():
        raise CommandError(Exit.CANNOT_CREATE, f"{target} is there already; allowed: a new file")
    secrets = find_secrets(home)
    parts = {each: hide(content, secrets) for each, content in collect(home)}
    archive = _pack(name, parts)
    if is_stream:
        sys.stdout.buffer.write(archive)
        return Exit.OK
    try:
        _write(target, archive)
    except OSError as error:
        raise CommandError(Exit.CANNOT_CREATE, f"{target}: {error.strerror}") from error
    print(
        f"{target} ({size(len(archive))}, {counted(len(parts), 'part')}), without keys or passwords"
    )
    print(f"names of peers and files are in it: `tar -xzf {target}` shows what you give away")
    if os.geteuid() != 0:
        print("with sudo it holds the system's journal and the kernel's messages too")
    return Exit.OK


def collect(home: Home) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each part; the content of one that fails is the reason."""
    when = time.strftime("%Y-%m-%d %H:%M:%S %z")
    yield "README.txt", _README.format(when=when).encode()
    yield "config.txt", _describe_config(home).encode()
    yield "home.txt", _list_home(home).encode()
    for part in PARTS:
        yield part.name, b"\n".join(_run(command, home) for command in part.commands)


def find_secrets(home: Home) -> list[bytes]:
    """Return the secrets, in each encoding in which a text could hold them, longest first.

    A secret that this user may not read cannot be in the output of the commands either.
    """
    found: set[bytes] = set()
    wifi: set[bytes] = set()
    names = [name for name in FILES if name != _PUBLIC]
    keys = [home.keys / name for name in names]
    # Of groups too, and what is left of a join that was cut short.
    keys += [path for name in names for path in sorted(home.groups.rglob(name))]
    for path in keys:
        raw = _read(path)
        lines = [line for line in raw.splitlines() if not line.startswith(b"-----")]
        body = b"".join(lines)
        found |= {raw.strip(), body, *lines}
        # sealing.key is the concatenation of three keys of 32 bytes.
        pieces = [raw[start : start + 32] for start in range(0, len(raw), 32)]
        for secret in (raw, _unwrap(body), *(pieces if raw == body else [])):
            found |= {secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")}
    if _WIFI_FOLDER.is_dir():
        for path in sorted(_WIFI_FOLDER.glob("*.conf")):
            wifi |= {key.strip() for key in _WIFI_KEY.findall(_read(path))}
    wifi |= set(_QUOTED.findall(_read(_store_keys(home))))
    if _NETWORK_FOLDER.is_dir():
        for path in sorted(_NETWORK_FOLDER.glob("*.netdev")):
            found |= set(_TUNNEL_KEY.findall(_read(path)))
    long = {secret for secret in found if len(secret) >= _SHORTEST_SECRET_BYTES}
    long |= {key for key in wifi if len(key) >= _SHORTEST_PASSPHRASE_BYTES}
    return sorted(long, key=len, reverse=True)


def _store_keys(home: Home) -> Path:
    """Return the file of the keys of a store; in the home if the configuration cannot be read."""
    try:
        return credentials_place(home, load(home.config).land).path
    except (ConfigError, OSError):
        return home.path / FILE_NAME


def hide(content: bytes, secrets: Sequence[bytes]) -> bytes:
    """Return the content with a remark in place of each secret."""
    for secret in secrets:
        content = content.replace(secret, _LEFT_OUT)
    return _CREDENTIAL.sub(rb"\1" + _LEFT_OUT, content)


def _unwrap(body: bytes) -> bytes:
    """Return the 32 secret bytes of a PKCS #8 PEM (RFC 8410), or b""."""
    try:
        return base64.b64decode(body, validate=True)[-32:]
    except ValueError:
        return b""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_PART_LIMIT_BYTES)
    except OSError:
        return b""


def _describe_config(home: Home) -> str:
    """Return the values in force; the file itself may contain secrets that a person wrote."""
    try:
        config = load(home.config)
    except (ConfigError, OSError) as error:
        return f"{error}\n"
    return "".join(f"{name} = {value!r}\n" for name, value in config._asdict().items())


def _list_home(home: Home) -> str:
    """Return mode, owner and size of the files in the home, its keys and the runtime directory."""
    lines = [f"{home.path}"]
    for folder in (home.path, home.keys, home.runtime):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            lines.append(f"{folder}: {error.strerror}")
            continue
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            owner = f"{status.st_uid}:{status.st_gid}"
            lines.append(f"{status.st_mode:o} {owner:9} {status.st_size:>12} {entry.path}")
    return "\n".join(lines) + "\n"


def _run(command: tuple[str, ...], home: Home) -> bytes:
    heading = f"$ {' '.join(command)}\n".encode()
    program = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    argv = [program or "", *command[1:]]
    if command[0] == _NETRELAY:
        argv = [sys.executable, "-m", "netrelay", "--home", os.fspath(home.path), *command[1:]]
    elif program is None:
        return heading + f"{command[0]} is not on this machine\n".encode()
    try:
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 -- words of this file alone
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_PART_LIMIT_S,
                check=False,
                env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200", "SYSTEMD_COLORS": "0"},
            )
            ending = f"ended with {done.returncode}\n".encode() if done.returncode else b""
            return heading + _tail(output.fileno()) + ending
    except subprocess.TimeoutExpired:
        return heading + f"did not end within {_PART_LIMIT_S} s\n".encode()
    except OSError as error:
        return heading + f"{error.strerror}\n".encode()


def _tail(descriptor: int) -> bytes:
    length = os.fstat(descriptor).st_size
    start = max(0, length - _PART_LIMIT_BYTES)
    remark = f"[the first {start} bytes are left out]\n".encode() if start else b""
    return remark + os.pread(descriptor, _PART_LIMIT_BYTES, start)


def _pack(name: str, parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for part, content in parts.items():
            entry = tarfile.TarInfo(f"{name}/{part}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue())


def _write(target: Path, archive: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix=".netrelay-support-", dir=target.parent) as folder:
        unfinished = Path(folder) / target.name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(archive)
            file.flush()
            os.fsync(file.fileno())
        # It does not replace a file that was created meanwhile. A stick with a FAT has no links.
        rename_to_new(os.fsencode(unfinished), os.fsencode(target))
    flush_folder(target.parent)
