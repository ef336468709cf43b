"""`netrelay send`: queues copies of files and directories through the drop folder.

    FILE  --reflink or copy-->  drop/<peer>/.netrelay-XXXXXXXX  --rename-->  drop/<peer>/<name>

importer ignores hidden names and claims what is renamed in; it never sees a partial file. When root
types it, only the sources are opened with root's rights.
"""

import errno
import os
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.opening import Writer, read_config, reading, runs, say_if_down
from netrelay.cli.owner import own_rights
from netrelay.cli.permission import is_another_users, require_owner
from netrelay.cli.queries.known_peers import PeerName
from netrelay.cli.sending.file_copy import copy_file, copy_tree
from netrelay.cli.sending.hidden_copy import HiddenCopy, hidden_copy, sweep
from netrelay.cli.sending.source import Source, SourceChanged, opened_source
from netrelay.cli.sending.standard_input import STANDARD_INPUT, stored_input
from netrelay.cli.sending.waiting import add_sending_options, read_patience, wait_for
from netrelay.cli.text import json_line, size
from netrelay.cli.wording.named_peers import find_peer
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.printable import printable
from netrelay.core.unfinished_names import SIDECAR_ENDING, UNFINISHED_ENDINGS, is_unfinished
from netrelay.disk.descriptors import open_directory
from netrelay.runtime.home import Home
from netrelay.store.old_folders import DROP, folder_name
from netrelay.store.wishes import Wish, add_wish, job_of_wish
from netrelay.transfer.dropped_tree import TreeRefused
from netrelay.transfer.free_names import free_byte_names

# Names that somebody else takes between the look and the rename, before it is given up.
_MOST_CLASHES = 8
# The longest wait for the number of the job.
_PATIENCE_S = 2.0
_LOOK_S = 0.02


def main(arguments: Sequence[str], home: Home) -> int:
    """Copy each file or directory into the drop folder of each peer."""
    options = parser().read(arguments)
    _refuse_names(options)
    patience = read_patience(options.wait, options.timeout)
    targets = _targets(home, options.to)
    wish = Wish(options.priority, options.ttl)
    if patience is not None or wish != Wish(None, None):
        require_owner(home, "may send, but without --priority, --ttl and --wait")
    ignored = IgnoredNames(read_config(home).ignore)
    sent: list[_Sent] = []
    with Writer(home) as writer:
        # A wish carries priority and lifetime, and tells which job was made of the file.
        wishes = None if is_another_users(home) else _Wishes(home, writer, wish)
        try:
            _send_all(options.files, targets, _Order(options.name, ignored, wishes), sent)
        finally:
            # Those before one that failed are on their way.
            _report(home, sent, wishes, options)
    if patience is None or wishes is None:
        return Exit.OK
    finders = [partial(job_of_wish, number=number) for number in wishes.numbers]
    return wait_for(home, finders, patience, is_quiet=options.json or options.quiet)


class _Target(NamedTuple):
    peer: PeerName
    folder: Path


class _Order(NamedTuple):
    """Options of all files; name: in place of their own, ignored: left out of directories."""

    name: str | None
    ignored: IgnoredNames
    wishes: "_Wishes | None"


class _Sent(NamedTuple):
    """A copy in a drop folder; path: what was typed, name: in the folder."""

    path: str
    name: str
    peer: str
    size_bytes: int

    @property
    def words(self) -> str:
        """Return what went where."""
        called = "" if self.name == Path(self.path).name else f" as {printable(self.name)}"
        return f"{printable(self.path)} goes to {self.peer}{called} ({size(self.size_bytes)})"


def _refuse_names(options: Namespace) -> None:
    if options.name is not None and len(options.files) > 1:
        raise CommandError(
            Exit.USAGE, f"--as names one file, but {len(options.files)} are given: send it alone"
        )
    if STANDARD_INPUT in options.files and options.name is None:
        raise CommandError(Exit.USAGE, "- is standard input, which has no name: --as NAME")


def _targets(home: Home, names: Sequence[str]) -> list[_Target]:
    with reading(home) as database:
        peers = dict.fromkeys(find_peer(database, home, name) for name in names)
        folders = {peer: folder_name(database, DROP, peer.node) or peer.name for peer in peers}
    return [_Target(peer, _drop_folder(home, folder)) for peer, folder in folders.items()]


def _open_sources(
    opened: ExitStack, files: Sequence[str], order: _Order, folder: Path
) -> list[Path | Source]:
    """Return the sources; one that cannot be sent stops all. Standard input is read here."""
    if files == [STANDARD_INPUT]:
        _check_name(str(order.name), Path(STANDARD_INPUT), order.ignored)
        return [opened.enter_context(stored_input(folder))]
    paths = [Path(file) for file in files]
    for path in paths:
        with opened_source(path, order.ignored):
            _check_name(order.name or _name_of(path), path, order.ignored)
    return [*paths]


def _send_all(
    files: Sequence[str], targets: Sequence[_Target], order: _Order, sent: list[_Sent]
) -> None:
    with ExitStack() as opened:
        sources = _open_sources(opened, files, order, targets[0].folder)
        for target in targets:
            _send_to(target, sources, order, sent)


def _send_to(
    target: _Target, sources: Sequence[Path | Source], order: _Order, sent: list[_Sent]
) -> None:
    """Copy the sources into the drop folder of one peer, and add them to `sent`."""
    within = _open_folder(target.folder)
    try:
        sweep(within)
        for source in sources:
            path = source if isinstance(source, Path) else source.path
            try:
                dropped, size_bytes = _drop(source, within, order.name or _name_of(path), order)
            except OSError as error:
                raise _explain(error, path, target.folder) from error
            sent.append(_Sent(str(path), dropped, target.peer.name, size_bytes))
    finally:
        os.close(within)


def _report(
    home: Home, sent: Sequence[_Sent], wishes: "_Wishes | None", options: Namespace
) -> None:
    if options.quiet:
        return
    jobs = [None] * len(sent) if wishes is None else wishes.jobs(len(sent))
    for each, job in zip(sent, jobs, strict=True):
        if options.json:
            print(json_line("sent", {**each._asdict(), "job": job}))
        else:
            print(each.words if job is None else f"{each.words}, job {job}")
    if sent and not options.json:
        say_if_down(home)


class _Wishes:
    """The wishes that were stored; numbers: their rows, in the order of the files."""

    def __init__(self, home: Home, writer: Writer, wish: Wish) -> None:
        self._home = home
        self._writer = writer
        self._wish = wish
        self.numbers: list[int] = []

    def add(self, made: HiddenCopy) -> None:
        """Store the wish for a copy that is still hidden from importer."""
        status = os.fstat(made.descriptor)
        with self._writer.writing() as database:
            number = add_wish(database, status.st_ino, status.st_mtime_ns, self._wish)
        self.numbers.append(number)

    def jobs(self, count: int) -> list[int | None]:
        """Return the job of each of the first files; None where importer has not taken it soon."""
        if not count:
            return []
        end_s = time.monotonic() + (_PATIENCE_S if runs(self._home) else 0.0)
        with self._writer.writable() as database:
            while True:
                found = [job_of_wish(database, number) for number in self.numbers[:count]]
                if None not in found or time.monotonic() >= end_s:
                    return found
                time.sleep(_LOOK_S)


def _drop_folder(home: Home, name: str) -> Path:
    folder = home.drop / name
    if os.path.lexists(folder) and not folder.is_dir():
        raise CommandError(
            Exit.CANNOT_CREATE,
            f"{folder} is a file, where the folder of {name} should be: move it elsewhere, and the"
            " node makes the folder",
        )
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
    made.add_argument(
        "files", metavar="FILE", nargs="+", help="what to send; - is standard input, with --as"
    )
    add_sending_options(made)
    made.add_argument("--as", dest="name", metavar="NAME", help="send it under this name")
    return made


def _check_name(name: str, source: Path, ignored: IgnoredNames) -> None:
    """Raise CommandError for a name in the drop folder that importer does not take."""
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


def _name_of(source: Path) -> str:
    """Return the last part of a path; of `.` and `..`, the name of that directory."""
    if source.name not in ("", ".."):
        return source.name
    with own_rights():
        return source.resolve().name


def _opened(given: Path | Source, ignored: IgnoredNames) -> AbstractContextManager[Source]:
    return opened_source(given, ignored) if isinstance(given, Path) else nullcontext(given)


def _drop(given: Path | Source, folder: int, name: str, order: _Order) -> tuple[str, int]:
    """Rename a whole copy into the folder; return its name there and its size."""
    path = given if isinstance(given, Path) else given.path
    try:
        with (
            _opened(given, order.ignored) as source,
            hidden_copy(folder, source.is_directory) as made,
        ):
            os.lseek(source.descriptor, 0, os.SEEK_SET)
            copy = copy_tree if source.is_directory else copy_file
            size_bytes = copy(source, made)
            if order.wishes is not None:
                order.wishes.add(made)
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
            f"{printable(str(path))}: {printable(str(error))}; only files and directories"
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
