"""`netrelay restore`: makes a home from a file that `netrelay backup` wrote.

Everything is checked in a temporary folder; then configuration, keys and, last, the database are
renamed into the home: the database makes it a node, as with `init`.
"""

import fcntl
import json
import os
import shlex
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from netrelay.cli.arguments import CommandParser
from netrelay.cli.checks.backup_parts import (
    CONFIG,
    DATABASE,
    DESCRIPTION,
    FORMAT,
    IDENTITY,
    PARTS,
    check_parts,
    make_database,
)
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.home_folder import refuse_foreign_folder
from netrelay.cli.opening import command, command_there, is_node, reading, writing
from netrelay.cli.owner import acting_as_owner, own_rights, prepare_system_home
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.text import counted
from netrelay.core.printable import printable
from netrelay.disk.folders import flush_folder
from netrelay.runtime.config import ConfigError
from netrelay.runtime.damage_note import note_of_damage
from netrelay.runtime.home import Home
from netrelay.runtime.own_node import node_of_certificate
from netrelay.seal.identity import FILES
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.coming_files import let_go_of_parts
from netrelay.store.database_errors import DatabaseDamagedError, DatabaseError
from netrelay.store.jobs import draw_epoch, known_claims

_SMALL_BYTES = 1 << 20
_BEFORE = ".before-restore"


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "restore",
        "Make the node that `netrelay backup` wrote: in a new home, or with --replace in place of"
        "\nthe one that is there. It must not run, and never run twice: its peers would believe"
        "\nboth.",
    )
    made.add_argument("file", metavar="FILE", type=Path, help="what `netrelay backup` wrote")
    made.add_argument(
        "--replace", action="store_true", help=f"move what is there aside, to ...{_BEFORE}"
    )
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Check the archive, put it in place, and draw a new epoch."""
    options = parser().read(arguments)
    was_node = is_node(home)
    _refuse_used_home(home, options.file, options.replace)
    prepare_system_home(home)
    # prepare_system_home may have changed the owner of the home.
    with (
        _folder_of(home),
        acting_as_owner(home),
        _alone(home),
        tempfile.TemporaryDirectory(prefix=".restore-", dir=home.path) as folder,
    ):
        described = _unpack(options.file, Path(folder))
        is_new = described.get(PARTS) == IDENTITY
        _check(options.file, Path(folder), is_new)
        if was_node:
            _refuse_other_node(home, Path(folder), options.file)
        home.make_folders()
        if options.replace:
            _move_aside(home)
        # It is about the database that was there.
        note_of_damage(home.database).unlink(missing_ok=True)
        _move_in(Path(folder), home)
        with writing(home) as database:
            draw_epoch(database)
            parts = let_go_of_parts(database)
            claims = [home.path / os.fsdecode(path) for path in known_claims(database)]
            name = own_node(database).name
    _report(home, f"{name} is back in {home.path}", str(described["made"]), is_new)
    if was_node:
        print(f"what was there is beside it, with {_BEFORE} behind its name")
    lost = sum(not path.exists() for path in claims)
    if lost:
        print(
            f"{counted(lost, 'file')} that it had taken are not in {home.claims}: their jobs die"
            f" when it is their turn; `{command(home, 'jobs --waiting')}` lists what waits"
        )
    if parts:
        print(
            f"{counted(parts, 'file')} had come in part: what has not arrived since is sent anew by"
            " its source"
        )
    print(f"`{command(home, 'up')}` starts it: make sure that it runs nowhere else")
    return Exit.OK


def _report(home: Home, is_back: str, made: str, is_new: bool) -> None:
    if is_new:
        print(f"{is_back} with its keys of {made} (UTC), and with a new database: it has no job")
        print(f"`{command(home, 'peer add CARD')}` enrols each peer again, and gives its rights")
    else:
        print(f"{is_back}, as it was at {made} (UTC)")
    print(
        "what came since then may come once more: what was not confirmed to its source, and what"
        " a relay that may carry here has kept"
    )


def _refuse_used_home(home: Home, archive: Path, may_replace: bool) -> None:
    """Raise CommandError for a home with something in it, unless it is a node to replace."""
    was_node = is_node(home)
    if (was_node or home.keys.exists()) and not may_replace:
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{home.path} holds a node already; --replace moves it aside, --home DIR restores"
            " elsewhere",
        )
    if not was_node:
        instead = command_there(f"restore {shlex.quote(str(archive))} --home DIR")
        refuse_foreign_folder(home, instead, beside=archive)


@contextmanager
def _folder_of(home: Home) -> Iterator[None]:
    """Make the home's folder; if it is new, remove it when the block raises CommandError."""
    is_new = not home.path.exists()
    home.path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except CommandError:
        if is_new:
            with suppress(OSError):
                home.path.rmdir()
        raise


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the lock of the node inside the block; CommandError if the node runs."""
    try:
        home.make_runtime()
    except ValueError as error:
        raise CommandError(Exit.CONFIG, str(error)) from error
    descriptor = os.open(
        home.runtime / "node.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CommandError(Exit.TRY_AGAIN, f"the node in {home.path} runs: stop it first") from None
    finally:
        os.close(descriptor)


def _unpack(source: Path, folder: Path) -> dict[str, object]:
    """Write the known members of the archive into the folder; other members are ignored."""
    wanted = {CONFIG, DATABASE, *(f"keys/{name}" for name in FILES)}
    (folder / "keys").mkdir(mode=0o700)
    try:
        with own_rights():
            file = source.open("rb")
        with file, tarfile.open(fileobj=file, mode="r:") as archive:
            first = archive.next()
            described = _describe(source, archive, first)
            for entry in archive:
                if entry.name in wanted and entry.isreg():
                    if entry.name != DATABASE and entry.size > _SMALL_BYTES:
                        raise _not_a_backup(source, f"{entry.name} has {entry.size} bytes")
                    content = archive.extractfile(entry)
                    assert content is not None
                    _write(folder / entry.name, content)
    except (tarfile.TarError, EOFError) as error:
        raise _not_a_backup(source, str(error)) from error
    except OSError as error:
        code = Exit.NO_INPUT if error.filename == os.fspath(source) else Exit.INPUT_OUTPUT
        raise CommandError(code, f"{source}: {error.strerror or error}") from error
    if described.get(PARTS) == IDENTITY:
        wanted.remove(DATABASE)
    for name in sorted(wanted):
        if not (folder / name).exists():
            raise _not_a_backup(source, f"there is no {name} in it")
    return described


def _describe(
    source: Path, archive: tarfile.TarFile, first: tarfile.TarInfo | None
) -> dict[str, object]:
    content = None
    if first is not None and first.name == DESCRIPTION and first.size <= _SMALL_BYTES:
        content = archive.extractfile(first)
    if content is None:
        raise _not_a_backup(source, f"it does not begin with {DESCRIPTION}")
    try:
        described = json.load(content)
        version = described["format"]
        described["made"] = printable(str(described["made"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _not_a_backup(source, f"{DESCRIPTION} cannot be read: {error}") from error
    if version != FORMAT:
        raise _not_a_backup(source, f"its format is {version!r}, this netrelay knows {FORMAT}")
    return dict(described)


def _write(path: Path, content: IO[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _check(source: Path, folder: Path, is_new: bool) -> None:
    """Raise CommandError unless the parts make a node; is_new: a database is made first."""
    parts = folder / CONFIG, folder / "keys", folder / DATABASE
    try:
        if is_new:
            # The archive may hold a member of this name that --identity does not use.
            parts[2].unlink(missing_ok=True)
            make_database(*parts)
        # An older database is migrated; the archive is the copy that is kept.
        check_parts(*parts)
    except DatabaseDamagedError as error:
        raise _not_a_backup(source, f"{DATABASE} is damaged ({error.damage})") from error
    except (ConfigError, IdentityError, DatabaseError) as error:
        # The temporary folder means nothing to the person.
        raise _not_a_backup(source, str(error).replace(f"{folder}/", "")) from error


def _refuse_other_node(home: Home, folder: Path, archive: Path) -> None:
    """Raise CommandError where the home is another node's: its identity would be moved aside.

    What cannot be read, and keys and a database of different nodes, are what is to be mended.
    """
    node = node_of_certificate(folder / "keys" / "identity.crt")
    try:
        held = node_of_certificate(home.keys / "identity.crt")
        with reading(home) as database:
            own = own_node(database)
    except (CommandError, IdentityError):
        return
    if own.node == held and held != node:
        instead = command_there(f"restore {shlex.quote(str(archive))} --home DIR")
        raise CommandError(
            Exit.DATA,
            f"{archive} is of another node ({node}) than {own.name} in {home.path} ({held}):"
            f" `{instead}` makes it elsewhere",
        )


def _not_a_backup(source: Path, why: str) -> CommandError:
    return CommandError(Exit.DATA, f"{source} is no whole backup of netrelay: {printable(why)}")


def _move_aside(home: Home) -> None:
    # The files of the WAL belong to the database and move with it.
    log = [home.database.with_name(home.database.name + suffix) for suffix in ("-wal", "-shm")]
    for path in (home.database, *log, home.keys, home.config):
        aside = path.with_name(path.name + _BEFORE)
        if aside.exists():
            raise CommandError(
                Exit.CANNOT_CREATE, f"{aside} is there from before: move it away or remove it"
            )
    for path in (home.database, *log, home.keys, home.config):
        if path.exists():
            path.rename(path.with_name(path.name + _BEFORE))


def _move_in(folder: Path, home: Home) -> None:
    # The modes of `netrelay init`: users who may look at the node read both.
    (folder / CONFIG).chmod(0o644)
    (folder / CONFIG).rename(home.config)
    (folder / "keys").rename(home.keys)
    flush_folder(home.keys)
    (folder / DATABASE).chmod(0o640)
    flush_folder(home.path)
    (folder / DATABASE).rename(home.database)
    flush_folder(home.path)
