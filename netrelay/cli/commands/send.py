"""`netrelay send`: queues copies of files and directories through the drop folder.

    FILE  --reflink or copy-->  drop/<peer>/.netrelay-XXXXXXXX  --rename-->  drop/<peer>/<name>

importer ignores hidden names and claims what is renamed in; it never sees a partial file. When root
types it, only the sources are opened with root's rights.
"""

import errno
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import read_config, reading, say_if_down, writing
from netrelay.cli.owner import own_rights
from netrelay.cli.permission import require_owner
from netrelay.cli.sending.file_copy import copy_file, copy_tree
from netrelay.cli.sending.hidden_copy import HiddenCopy, hidden_copy, sweep
from netrelay.cli.sending.source import Source, SourceChanged, opened_source
from netrelay.cli.sending.waiting import add_sending_options, read_patience, wait_for
from netrelay.cli.text import size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.printable import printable
from netrelay.core.unfinished_names import SIDECAR_ENDING, UNFINISHED_ENDINGS, is_unfinished
from netrelay.disk.descriptors import open_directory
from netrelay.runtime.home import Home
from netrelay.store.old_folders import DROP, folder_names
from netrelay.store.wishes import Wish, add_wish, job_of_wish
from netrelay.transfer.dropped_tree import TreeRefused
from netrelay.transfer.free_names import free_byte_names

# Names that somebody else takes between the look and the rename, before it is given up.
_MOST_CLASHES = 8


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
        folder = _drop_folder(home, folder_names(database, DROP)[peer.node])
    ignored = IgnoredNames(read_config(home).ignore)
    sources = [Path(file) for file in options.files]
    for source in sources:
        with opened_source(source, ignored):
            pass  # one that cannot be sent stops all
    names = [_drop_name(options.name or _name_of(source), source, ignored) for source in sources]
    wish = Wish(options.priority, options.ttl)
    # A wish carries priority and lifetime, and lets --wait find the job.
    wishes = None
    if patience is not None or wish != Wish(None, None):
        require_owner(home, "may send, but without --priority, --ttl and --wait")
        wishes = _Wishes(home, wish)
    within = _open_folder(folder)
    try:
        sweep(within)
        for source, name in zip(sources, names, strict=True):
            try:
                with opened_source(source, ignored) as opened:
                    dropped, size_bytes = _drop(opened, within, name, wishes)
            except OSError as error:
                raise _explain(error, source, folder) from error
            called = "" if dropped == source.name else f" as {printable(dropped)}"
            print(f"{printable(str(source))} goes to {peer.name}{called} ({size(size_bytes)})")
    finally:
        os.close(within)
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

    def add(self, made: HiddenCopy) -> None:
        """Store the wish for a copy that is still hidden from importer."""
        status = os.fstat(made.descriptor)
        with writing(self._home) as writer:
            number = add_wish(writer, status.st_ino, status.st_mtime_ns, self._wish)
        self.numbers.append(number)


def _drop_folder(home: Home, name: str) -> Path:
    folder = home.drop / name
    if not folder.is_dir():
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"the drop folder {folder} is missing; the node makes it when it is up",
        )
    return folder


def _open_folder(folder: Path) -> int:
    try:
        return open_directory(folder)
    except PermissionError as error:
        raise CommandError(Exit.NOT_PERMITTED, f"{folder}: {error.strerror}") from error


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


def _drop_name(name: str, source: Path, ignored: IgnoredNames) -> str:
    """Return the name in the drop folder; CommandError for a name that importer ignores."""
    if not _name_of(source):
        raise CommandError(
            Exit.USAGE,
            f"{source} is the whole file system of this machine; allowed: files, and folders in it",
        )
    if not name or "/" in name or name in (".", ".."):
        raise CommandError(Exit.USAGE, f"--as {name!r} is no file name; allowed: one without /")
    if is_unfinished(os.fsencode(name)) or name.endswith(SIDECAR_ENDING):
        endings = " ".join((*UNFINISHED_ENDINGS, SIDECAR_ENDING))
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source))}: the drop folder leaves hidden names, and names that end in"
            f" {endings}, alone; --as NAME sends it under another",
        )
    pattern = ignored.pattern_of(os.fsencode(name))
    if pattern is not None:
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source))}: files.ignore in netrelay.toml holds {pattern!r}, so the"
            " drop folder leaves it alone; --as NAME sends it under another name",
        )
    return name


def _name_of(source: Path) -> str:
    """Return the last part of a path; of `.` and `..`, the name of that directory."""
    if source.name not in ("", ".."):
        return source.name
    with own_rights():
        return source.resolve().name


def _drop(source: Source, folder: int, name: str, wishes: _Wishes | None) -> tuple[str, int]:
    """Rename a whole copy into the folder; return its name there and its size."""
    try:
        with hidden_copy(folder, source.is_directory) as made:
            copy = copy_tree if source.is_directory else copy_file
            size_bytes = copy(source, made)
            if wishes is not None:
                wishes.add(made)
            dropped = _rename_in(made, os.fsencode(name))
            os.fsync(folder)
            return os.fsdecode(dropped), size_bytes
    except SourceChanged:
        raise CommandError(
            Exit.TRY_AGAIN, f"{printable(name)} changed while it was copied; nothing was sent"
        ) from None
    except TreeRefused as error:
        raise CommandError(
            Exit.DATA,
            f"{printable(str(source.path))}: {printable(str(error))}; only files and directories"
            " can be sent, and a directory goes whole or not at all",
        ) from None


def _rename_in(made: HiddenCopy, name: bytes) -> bytes:
    """Rename the copy to a name that is free; return the name."""
    names = free_byte_names()
    for _ in range(_MOST_CLASHES):
        chosen = names.choose(made.folder, name, partial(_is_taken, made.folder))
        try:
            made.rename_in(chosen)
        except FileExistsError:
            continue
        return chosen
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


def _is_taken(folder: int, name: bytes) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _explain(error: OSError, source: Path, folder: Path) -> CommandError:
    if isinstance(error, PermissionError):
        return CommandError(Exit.NOT_PERMITTED, f"{folder}: {error.strerror or error}")
    code = Exit.CANNOT_CREATE if error.errno in (errno.ENOSPC, errno.EDQUOT) else Exit.INPUT_OUTPUT
    return CommandError(
        code, f"{printable(str(source))}: cannot be copied to {folder}: {error.strerror}"
    )
