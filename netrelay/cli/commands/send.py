"""`netrelay send`: queues copies of files and directories through the drop folder.

    FILE  --reflink or copy-->  drop/<peer>/.netrelay-XXXXXXXX  --rename-->  drop/<peer>/<name>

importer ignores hidden names and claims what is renamed in; it never sees a partial file.
"""

import ctypes
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import reading, say_if_down, writing
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.sending.file_copy import SourceChanged, copy_file, copy_tree
from netrelay.cli.sending.waiting import add_sending_options, read_patience, wait_for
from netrelay.cli.text import size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.file_names import numbered_name
from netrelay.core.printable import printable
from netrelay.core.unfinished_names import SIDECAR_ENDING, UNFINISHED_ENDINGS, is_unfinished
from netrelay.disk.folders import flush_folder
from netrelay.disk.removal import remove_tree
from netrelay.disk.inodes import kind_of_file
from netrelay.runtime.home import Home
from netrelay.store.wishes import Wish, add_wish, job_of_wish
from netrelay.transfer.dropped_tree import TreeRefused

_PREFIX = ".netrelay-"
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1  # renameat2(2)
_MOST_NUMBERS = 10_000


def main(arguments: Sequence[str], home: Home) -> int:
    """Copy each file or directory into the peer's drop folder."""
    options = parser().read(arguments)
    if options.name is not None and len(options.files) > 1:
        raise CommandError(
            Exit.USAGE, f"--as names one file, but {len(options.files)} are given: send it alone"
        )
    patience = read_patience(options.wait, options.timeout)
    with reading(home) as database:
        peer = find_peer(database, home, options.to)
    sources = [Path(file) for file in options.files]
    for source in sources:
        _check(source)
    names = [_drop_name(options.name or _name_of(source), source) for source in sources]
    folder = _drop_folder(home, peer)
    wish = Wish(options.priority, options.ttl)
    # A wish carries priority and lifetime, and lets --wait find the job.
    wishes = None if patience is None and wish == Wish(None, None) else _Wishes(home, wish)
    _sweep(folder)
    for source, name in zip(sources, names, strict=True):
        try:
            dropped, size_bytes = _drop(source, folder, name, wishes)
        except OSError as error:
            raise _explain(error, source, folder) from error
        called = "" if dropped == source.name else f" as {printable(dropped)}"
        print(f"{printable(str(source))} goes to {peer.name}{called} ({size(size_bytes)})")
    say_if_down(home)
    if patience is None or wishes is None:
        return Exit.OK
    finders = [partial(job_of_wish, number=number) for number in wishes.numbers]
    return wait_for(home, finders, patience)


class _Wishes:
    """The wishes that were stored; numbers: their rows, in the order of the files."""

    def __init__(self, home: Home, wish: Wish) -> None:
        self._home = home
        self._wish = wish
        self.numbers: list[int] = []

    def add(self, path: Path) -> None:
        """Store the wish for a copy that is still hidden from importer."""
        status = path.lstat()
        with writing(self._home) as writer:
            number = add_wish(writer, status.st_ino, status.st_mtime_ns, self._wish)
        self.numbers.append(number)


def _drop_folder(home: Home, peer: PeerName) -> Path:
    folder = home.drop / peer.name
    if not folder.is_dir():
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"the drop folder {folder} is missing; the node makes it when it is up",
        )
    return folder


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "send",
        "Hand files and directories over to be sent, as putting them into the drop folder would."
        "\nThe originals are not touched: a copy goes (one that shares its blocks, where the file"
        "\nsystem can do that).",
    )
    made.add_argument("files", metavar="FILE", nargs="+", help="what to send")
    add_sending_options(made)
    made.add_argument("--as", dest="name", metavar="NAME", help="send it under this name")
    return made


def _drop_name(name: str, source: Path) -> str:
    """Return the name in the drop folder; CommandError for a name that importer ignores."""
    if not name or "/" in name or name in (".", ".."):
        raise CommandError(Exit.USAGE, f"--as {name!r} is no file name; allowed: one without /")
    if is_unfinished(os.fsencode(name)) or name.endswith(SIDECAR_ENDING):
        endings = " ".join((*UNFINISHED_ENDINGS, SIDECAR_ENDING))
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source))}: the drop folder leaves hidden names, and names that end in"
            f" {endings}, alone; --as NAME sends it under another",
        )
    return name


def _name_of(source: Path) -> str:
    """Return the last part of a path; of `.` and `..`, the name of that directory."""
    return source.name if source.name not in ("", "..") else source.resolve().name


def _check(source: Path) -> None:
    shown = printable(str(source))
    try:
        mode = source.stat().st_mode
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{shown}: {error.strerror}") from error
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise CommandError(
            Exit.NO_INPUT, f"{shown} is {kind_of_file(mode)}; allowed: files and directories"
        )
    if not os.access(source, os.R_OK):
        raise CommandError(Exit.NO_INPUT, f"{shown}: may not be read")


def _drop(source: Path, folder: Path, name: str, wishes: _Wishes | None) -> tuple[str, int]:
    """Rename a whole copy into the folder; return its name there and its size."""
    is_directory = source.is_dir()
    try:
        with _unfinished(folder, is_directory) as path:
            if is_directory:
                size_bytes = copy_tree(source, path, folder)
            else:
                with source.open("rb") as file:
                    size_bytes = copy_file(file.fileno(), path, folder)
            if wishes is not None:
                wishes.add(path)
            for number in range(1, _MOST_NUMBERS):
                final = name if number == 1 else _numbered(name, number)
                if _rename_in(path, folder / final):
                    flush_folder(folder)
                    return final, size_bytes
    except SourceChanged:
        raise CommandError(
            Exit.TRY_AGAIN, f"{printable(name)} changed while it was copied; nothing was sent"
        ) from None
    except TreeRefused as error:
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source))}: {printable(str(error))}; only files and directories can be"
            " sent, and a directory goes whole or not at all",
        ) from None
    raise CommandError(Exit.CANNOT_CREATE, f"{folder} holds {name} and {_MOST_NUMBERS} more of it")


def _numbered(name: str, number: int) -> str:
    try:
        return numbered_name(name, number)
    except UnicodeEncodeError:
        return f"{name} ({number})"  # its bytes are no UTF-8, so it has no known ending


@contextmanager
def _unfinished(folder: Path, is_directory: bool) -> Iterator[Path]:
    """Create a hidden file or directory and lock it; remove it unless it was renamed."""
    path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
    flags = os.O_RDONLY | os.O_CLOEXEC
    if is_directory:
        path.mkdir(mode=0o700)
    else:
        flags |= os.O_CREAT | os.O_EXCL
    descriptor = os.open(path, flags, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        _remove(path)
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove the leftovers of a killed `send`: those that no process has locked."""
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
            finally:
                os.close(descriptor)


def _rename_in(path: Path, final: Path) -> bool:
    """Rename without overwriting; return False if the name is taken."""
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
