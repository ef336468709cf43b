"""`netrelay backup`: writes the node's identity and state to one file: database, keys, settings.

A tar archive with backup.json first. The database is copied while it is in use (SQLite's online
backup), and the copy is checked as `restore` checks it. Files that wait, and what is carried for
others, are not in it. With --identity there is no database in it: a new one is made by `restore`.
"""

import io
import json
import os
import shlex
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import apsw

import netrelay
from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.backup_parts import (
    CONFIG,
    DATABASE,
    DESCRIPTION,
    FORMAT,
    IDENTITY,
    PARTS,
    check_parts,
)
from netrelay.cli.confirmations import add_quiet, confirm
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import command, damaged, read_config, reading
from netrelay.cli.permission import require_owner
from netrelay.cli.queries.claimed_files import claimed_files
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.text import counted, size
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_folder
from netrelay.runtime.home import Home
from netrelay.seal.identity import FILES, Identity, load
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database_errors import DatabaseDamagedError, is_damage
from netrelay.store.database_file import copy_database
from netrelay.store.schema import schema_version


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "backup",
        "Write what makes this node this node into one file: its database, keys and"
        "\nconfiguration. It may run meanwhile. Who has the file can be this node: keep it safe.",
    )
    made.add_argument("file", metavar="FILE", type=Path, help="a file that is not there yet")
    made.add_argument(
        "--identity",
        action="store_true",
        help="keys and configuration alone, of a node whose database is damaged",
    )
    add_quiet(made)
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Write the archive with mode 0600, atomically."""
    options = parser().read(arguments)
    target: Path = options.file
    config = read_config(home)
    require_owner(home, "may not read its keys")
    _refuse_place(target, home, config.name)
    if options.identity:
        identity = _identity(home)
        _write(target, home, {"node": identity.node_id, "name": config.name, PARTS: IDENTITY})
        confirm(
            options, f"keys and configuration of {config.name} are in {target}, and no database"
        )
        confirm(
            options,
            f"`{command(home, f'restore {target} --replace')}` makes {config.name} anew of them:"
            " without its jobs, and its peers have to be enrolled again",
        )
        return Exit.OK
    with reading(home) as database:
        node = own_node(database).node
        claimed = claimed_files(database)
    _write(target, home, {"node": node, "name": config.name})
    written = size(target.stat().st_size)
    confirm(options, f"{config.name} is in {target} ({written}), with its private keys")
    if claimed.number:
        waiting = f"{counted(claimed.number, 'file')} ({size(claimed.size_bytes)})"
        confirm(options, f"not in it: {waiting} that wait in {home.drop}, in .claimed")
    confirm(
        options, f"`{command(home, f'restore {target}')}` puts it back, here or on another machine"
    )
    return Exit.OK


def _refuse_place(target: Path, home: Home, name: str) -> None:
    """Raise CommandError, with what to type, unless this is a new file in an existing folder."""
    if target.is_dir():
        typed = command(home, f"backup {shlex.quote(str(target / f'{name}.backup'))}")
        text = f"{target} is a folder; allowed: a new file: `{typed}`"
        raise CommandError(Exit.CANNOT_CREATE, text)
    if target.exists():
        raise CommandError(Exit.CANNOT_CREATE, f"{target} is there already; allowed: a new file")
    if not target.absolute().parent.is_dir():
        text = f"{target}: there is no folder {target.parent}: is its disk mounted?"
        raise CommandError(Exit.CANNOT_CREATE, text)


def _identity(home: Home) -> Identity:
    try:
        return load(home.keys)
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error


def _write(target: Path, home: Home, description: dict[str, object]) -> None:
    try:
        _write_archive(target, home, description)
    except OSError as error:
        raise CommandError(Exit.CANNOT_CREATE, f"{target}: {error.strerror}") from error
    except DatabaseDamagedError as error:
        raise damaged(home, error.damage) from error
    except IdentityError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    except apsw.Error as error:
        if is_damage(error):
            raise damaged(home, str(error)) from error
        raise CommandError(Exit.INPUT_OUTPUT, f"{home.database}: {error}") from error


def _write_archive(target: Path, home: Home, description: dict[str, object]) -> None:
    # In the folder of the target: on its file system, so that a rename publishes it atomically.
    with tempfile.TemporaryDirectory(prefix=".netrelay-backup-", dir=target.parent) as folder:
        copy = Path(folder) / DATABASE
        if PARTS not in description:
            copy_database(home.database, copy)
            check_parts(home.config, home.keys, copy)
        unfinished = Path(folder) / "backup.tar"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(unfinished, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add(archive, DESCRIPTION, _describe(description))
                _add(archive, CONFIG, home.config.read_bytes())
                for name in FILES:
                    _add(archive, f"keys/{name}", (home.keys / name).read_bytes())
                if PARTS not in description:
                    archive.add(copy, DATABASE, filter=_plain)
            file.flush()
            os.fsync(file.fileno())
        # It does not replace a file that was created meanwhile. A stick with a FAT has no links.
        rename_to_new(os.fsencode(unfinished), os.fsencode(target))
    flush_folder(target.parent)


def _describe(description: dict[str, object]) -> bytes:
    fields = {
        "format": FORMAT,
        **description,
        "schema": schema_version(),
        "netrelay": netrelay.__version__,
        "made": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    }
    return json.dumps(fields, indent=2).encode() + b"\n"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mode = 0o600
    entry.mtime = int(time.time())
    archive.addfile(entry, io.BytesIO(content))


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0o600, 0, 0, "", ""
    return entry
