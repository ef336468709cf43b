"""`netrelay send`: hands files over, as dropping them would, and leaves the originals alone.

    FILE  --reflink or copy-->  drop/<peer>/.netrelay-XXXXXXXX  --rename-->  drop/<peer>/<name>

importer passes over hidden names and takes what is renamed in; it never sees half a file.
"""

import ctypes
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.node import find_friend, reading, say_if_down
from netrelay.cli.text import printable, size
from netrelay.core.file_names import numbered_name
from netrelay.core.unfinished_names import UNFINISHED_ENDINGS, is_unfinished
from netrelay.runtime.home import Home
from netrelay.store.folders import flush_folder

_PREFIX = ".netrelay-"
_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_COPY_BYTES = 64 * 1024 * 1024
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1  # renameat2(2)
_MOST_NUMBERS = 10_000


def main(arguments: Sequence[str], home: Home) -> int:
    """Copy each file into the peer's drop folder."""
    options = _parser().read(arguments)
    if options.name is not None and len(options.files) > 1:
        raise CommandError(
            Exit.USAGE, f"--as names one file, but {len(options.files)} are given: send it alone"
        )
    with reading(home) as database:
        peer = find_friend(database, home, options.to)
    sources = [Path(file) for file in options.files]
    names = [_drop_name(options.name or source.name, source) for source in sources]
    for source in sources:
        _check(source)
    folder = home.drop / peer.name
    if not folder.is_dir():
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"the drop folder {folder} is missing; the node makes it when it is up",
        )
    _sweep(folder)
    for source, name in zip(sources, names, strict=True):
        try:
            with source.open("rb") as file:
                dropped, size_bytes = _drop(file.fileno(), folder, name)
        except OSError as error:
            raise _explain(error, source, folder) from error
        called = "" if dropped == source.name else f" as {printable(dropped)}"
        print(f"{printable(str(source))} goes to {peer.name}{called} ({size(size_bytes)})")
    say_if_down(home)
    return Exit.OK


def _parser() -> CommandParser:
    parser = CommandParser(
        "send",
        "Hand files over to be sent, as putting them into the drop folder would."
        "\nThe originals are not touched: a copy goes (one that shares its blocks, where the file"
        "\nsystem can do that).",
    )
    parser.add_argument("files", metavar="FILE", nargs="+", help="what to send")
    parser.add_argument("--to", metavar="NODE", required=True, help="the peer: name or node id")
    parser.add_argument("--as", dest="name", metavar="NAME", help="send it under this name")
    return parser


def _drop_name(name: str, source: Path) -> str:
    """Give the name in the drop folder; importer would pass over some for ever."""
    if not name or "/" in name or name in (".", ".."):
        raise CommandError(Exit.USAGE, f"--as {name!r} is no file name; allowed: one without /")
    if is_unfinished(os.fsencode(name)):
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source))}: the drop folder leaves hidden names, and names that end in"
            f" {' '.join(UNFINISHED_ENDINGS)}, alone; --as NAME sends it under another",
        )
    return name


def _check(source: Path) -> None:
    shown = printable(str(source))
    try:
        mode = source.stat().st_mode
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{shown}: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise CommandError(Exit.NO_INPUT, f"{shown} is {kind}; allowed: files")
    if not os.access(source, os.R_OK):
        raise CommandError(Exit.NO_INPUT, f"{shown}: may not be read")


def _drop(source: int, folder: Path, name: str) -> tuple[str, int]:
    """Put a copy into the folder, whole at once; gives its name there and its size."""
    with _unfinished(folder) as path:
        before = os.fstat(source)
        copy = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            _copy(source, copy, before.st_size)
            _give_to_owner_of(folder, copy)
            after = os.fstat(source)
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise CommandError(
                    Exit.TRY_AGAIN,
                    f"{printable(name)} changed while it was copied; nothing was sent",
                )
            os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))
            os.fsync(copy)
        finally:
            os.close(copy)  # importer waits for whatever is open for writing
        for number in range(1, _MOST_NUMBERS):
            final = name if number == 1 else _numbered(name, number)
            if _rename_in(path, folder / final):
                flush_folder(folder)
                return final, before.st_size
    raise CommandError(Exit.CANNOT_CREATE, f"{folder} holds {name} and {_MOST_NUMBERS} more of it")


def _numbered(name: str, number: int) -> str:
    try:
        return numbered_name(name, number)
    except UnicodeEncodeError:
        return f"{name} ({number})"  # its bytes are no UTF-8, so nobody knows its ending


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Make a new hidden file, locked while we live; it is removed unless it was renamed."""
    path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what a `send` that was killed left there: nobody holds its lock."""
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)


def _copy(source: int, copy: int, size_bytes: int) -> None:
    try:
        fcntl.ioctl(copy, _FICLONE, source)
        return
    except OSError as error:
        # Another file system, or one without reflinks; ENOTTY and EOPNOTSUPP are the usual ones.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    done = 0
    while done < size_bytes:
        count = _copy_some(source, copy, min(_COPY_BYTES, size_bytes - done))
        if count == 0:
            return  # it shrank: the caller compares
        done += count


def _copy_some(source: int, copy: int, count: int) -> int:
    try:
        return os.copy_file_range(source, copy, count)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    return os.sendfile(copy, source, None, count)


def _give_to_owner_of(folder: Path, copy: int) -> None:
    """Let the node read the copy, whoever typed the command."""
    owner = folder.stat()
    with suppress(PermissionError):
        os.fchown(copy, -1, owner.st_gid)
    if os.geteuid() == 0:
        os.fchown(copy, owner.st_uid, owner.st_gid)


def _rename_in(path: Path, final: Path) -> bool:
    """Rename without overwriting; False when the name is taken."""
    libc = ctypes.CDLL(None, use_errno=True)
    failed = libc.renameat2(
        _AT_FDCWD, os.fsencode(path), _AT_FDCWD, os.fsencode(final), _RENAME_NOREPLACE
    )
    if not failed:
        return True
    code = ctypes.get_errno()
    if code == errno.EEXIST:
        return False
    raise OSError(code, os.strerror(code), os.fspath(final))


def _explain(error: OSError, source: Path, folder: Path) -> CommandError:
    if isinstance(error, PermissionError):
        return CommandError(Exit.NOT_PERMITTED, f"{folder}: {error.strerror}")
    code = Exit.CANNOT_CREATE if error.errno in (errno.ENOSPC, errno.EDQUOT) else Exit.INPUT_OUTPUT
    return CommandError(
        code, f"{printable(str(source))}: cannot be copied to {folder}: {error.strerror}"
    )
