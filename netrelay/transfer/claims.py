"""Claims: files and directories that were moved out of the drop folders, to become jobs.

    drop/<peer>/<name>  --rename-->  drop/.claimed/<peer>/<claim number>/<name>  -->  row of `files`

Where drop/<peer> is on another disk, claims are in a hidden folder on that disk:

    drop/<peer>/<name>  --rename-->  drop/<peer>/.claimed/<claim number>/<name>

The name and the content of a claim are durable before its row is committed. After a crash in
between, the next start of importer finds the claim without a row and inserts its job.
"""

import errno
import os
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.core.words import FileKind
from netrelay.disk.descriptors import opened_directory
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import (
    FEW_FILES,
    flush_file_system,
    flush_folder,
    make_directory,
    make_folder,
)
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.disk.mounts import DiskMissingError, is_on_another_mount
from netrelay.disk.removal import remove_entry
from netrelay.transfer.claimed_place import OpenedPlaces, opened_place
from netrelay.transfer.dropped_tree import TreeRefused, read_open_tree
from netrelay.transfer.free_names import FreeNames

# The slowest cards flush it in about one second (10 MB/s, SD Speed Class 10).
_QUICK_BYTES = 8 * 1024 * 1024
_ALL_NAMES = IgnoredNames()
# Names that somebody else takes between the look and the rename, before the move is tried later.
_MOST_CLASHES = 8
# Errors that every other entry of the folder would meet too.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}


class Claimed(NamedTuple):
    """A claimed file or directory.

    path is relative to the home, name is its last component; both are raw bytes. The size of a
    directory is the length of its stream (core/directory_stream.py). mtime_ns is clamped to the
    64-bit integers of SQLite and the wire: file systems can store times beyond them.
    """

    path: bytes
    name: bytes
    size_bytes: int
    mtime_ns: int
    fingerprint: str
    kind: FileKind
    inode: int


class Claims:
    """The claims folder of one home; importer is its only writer."""

    def __init__(
        self,
        home: Path,
        claims: Path,
        ignored: IgnoredNames = _ALL_NAMES,
        known: Callable[[], Iterable[bytes]] = tuple,
    ) -> None:
        """known returns the paths of claims that have a row: some may be on a disk that is away."""
        self._known = known
        self._home = home
        self._claims = claims
        self._ignored = ignored
        self._next: dict[Path, int] = {}

    def claim(
        self,
        drop: Path,
        peer_name: str,
        names: Iterable[bytes],
        passed_over: dict[bytes, OSError] | None = None,
    ) -> list[Claimed]:
        """Move entries of a drop folder into one new claim folder, and return what was moved.

        The names are durable when it returns, the content only after `flush_claimed`. A name that
        no longer exists is skipped, and an entry that cannot be sent is moved back. An entry that
        cannot be moved or read stays, and is added to passed_over. After an error of the whole disk
        (full, read-only, failing) the remaining names are not tried: it is raised if nothing was
        claimed, else the next call runs into it again.
        """
        folder = self._new_claim(self._parent(drop, peer_name))
        claimed: list[Claimed] = []
        try:
            for name in names:
                source = os.fsencode(drop) + b"/" + name
                try:
                    item = self._move(source, os.fsencode(folder) + b"/" + name)
                except OSError as error:
                    if error.errno in _OF_THE_DISK:
                        raise
                    if passed_over is not None:
                        passed_over[name] = error
                    continue
                if item is not None:
                    claimed.append(item)
        except OSError:
            if not claimed:
                raise
        finally:
            if not claimed:
                with suppress(OSError):
                    folder.rmdir()
        if not claimed:
            return []
        flush_folder(folder)
        flush_folder(drop)
        return claimed

    def _move(self, source: bytes, target: bytes) -> Claimed | None:
        try:
            os.rename(source, target)
        except FileNotFoundError:
            return None
        try:
            return describe(self._home, target, self._ignored)
        except (TreeRefused, OSError) as error:
            with suppress(OSError):  # on an error it stays in the claim folder until the next start
                rename_to_new(target, source)
            if isinstance(error, OSError):
                raise
            return None

    def found(
        self, known: Container[bytes], unread: Callable[[bytes, OSError], None]
    ) -> Iterator[tuple[str, Claimed]]:
        """Yield each claim on the disk with its peer's name, except those with a known path.

        unread is called with the path of a claim, or of a folder of claims, that cannot be read:
        its owner has changed it since, or its disk fails. It holds back no other.
        """
        for peer_name, parent in self._parents(unread):
            for target in _claims_in(parent, unread):
                if _relative(self._home, target) in known:
                    continue
                try:
                    claimed = describe(self._home, target, self._ignored)
                except TreeRefused:
                    continue
                except OSError as error:
                    unread(target, error)
                    continue
                yield peer_name, claimed

    def has_folder(self, peer_name: str) -> bool:
        """Return whether there is a folder of claims of a peer, in the home or on another disk."""
        parents = self._claims / peer_name, self._claims.parent / peer_name / self._claims.name
        return any(os.path.lexists(parent) for parent in parents)

    def _parent(self, drop: Path, peer_name: str) -> Path:
        """Return the folder of a peer's claims, on the disk of its drop folder."""
        if is_on_another_mount(drop, self._claims):
            return drop / self._claims.name
        return self._claims / peer_name

    def _parents(self, unread: Callable[[bytes, OSError], None]) -> Iterator[tuple[str, Path]]:
        """Yield each folder of claims with its peer's name."""
        for peer in _entries(self._claims, unread):
            yield peer.name, peer
        for folder in _entries(self._claims.parent, unread):
            # Others may write drop/<peer>: a folder of theirs holds no claims.
            parent = folder / self._claims.name
            if folder != self._claims and not os.path.islink(folder) and _is_ours(parent):
                yield folder.name, parent

    def _new_claim(self, parent: Path) -> Path:
        make_folder(parent, 0o700)
        if not _is_ours(parent):
            raise PermissionError(errno.EPERM, f"{parent} belongs to another user")
        number = self._next.get(parent) or self._free_number(parent)
        try:
            make_directory(parent / str(number), 0o700)
        except FileExistsError:
            # Another disk than before is there, with claims of its own.
            number = max(number, self._free_number(parent))
            make_directory(parent / str(number), 0o700)
        flush_folder(parent)
        self._next[parent] = number + 1
        return parent / str(number)

    def _free_number(self, parent: Path) -> int:
        """Return a number above those of all claims in a folder, those of absent disks included."""
        prefix = _relative(self._home, os.fsencode(parent)) + b"/"
        known = [path.removeprefix(prefix) for path in self._known() if path.startswith(prefix)]
        names = [path.partition(b"/")[0] for path in known] + os.listdir(os.fsencode(parent))
        return max((int(name) for name in names if name.isdigit()), default=0) + 1


def _is_ours(folder: Path) -> bool:
    """Return whether this is a folder that this user owns, and no link."""
    with suppress(OSError):
        status = folder.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return False


def _entries(folder: Path, unread: Callable[[bytes, OSError], None]) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        unread(os.fsencode(folder), error)
        return []


def _claims_in(parent: Path, unread: Callable[[bytes, OSError], None]) -> Iterator[bytes]:
    """Yield the absolute path of each claim in a folder of claims."""
    folder = parent
    try:
        for folder in sorted(parent.iterdir()):
            if folder.is_dir():
                for name in sorted(os.listdir(os.fsencode(folder))):
                    yield os.fsencode(folder) + b"/" + name
    except OSError as error:
        unread(os.fsencode(folder), error)


def claims_folder(home: Path, path: bytes) -> Path:
    """Return the top folder of the claims that a path of the home is among, else the home."""
    top, mark, _ = path.partition(b"/.claimed/")
    return home / os.fsdecode(top) / ".claimed" if mark else home


def check_disk(home: Path, path: bytes) -> None:
    """Raise DiskMissingError for a claim on a disk that is not mounted: it is not gone."""
    if not claims_folder(home, path).exists():
        text = "the disk that its file was claimed on is not mounted"
        raise DiskMissingError(errno.ENOENT, text)


def describe(home: Path, target: bytes, ignored: IgnoredNames = _ALL_NAMES) -> Claimed:
    """Return the description of a claim; TreeRefused when it cannot be sent.

    target is its absolute path. A directory is read recursively, without the ignored names.
    """
    with opened_place(target) as (place, name):
        status = os.lstat(name, dir_fd=place)
        kind, size_bytes, mark = FileKind.FILE, status.st_size, fingerprint(status)
        if stat.S_ISDIR(status.st_mode):
            with opened_directory(name, place) as directory:
                tree = read_open_tree(directory, target, ignored)
            kind, size_bytes, mark = FileKind.DIRECTORY, tree.size_bytes, tree.fingerprint
        elif not stat.S_ISREG(status.st_mode):
            raise TreeRefused(f"it is {kind_of_file(status.st_mode)}")
    return Claimed(
        _relative(home, target),
        name,
        size_bytes,
        max(-INTEGER_MAX, min(INTEGER_MAX, status.st_mtime_ns)),
        mark,
        kind,
        status.st_ino,
    )


def _relative(home: Path, target: bytes) -> bytes:
    return target.removeprefix(os.fsencode(home) + b"/")


def is_quick_to_flush(claimed: list[Claimed]) -> bool:
    """Return whether `flush_claimed` takes about a second at most: few files of few bytes."""
    return (
        len(claimed) <= FEW_FILES
        and all(item.kind is FileKind.FILE for item in claimed)
        and sum(item.size_bytes for item in claimed) <= _QUICK_BYTES
    )


def flush_claimed(home: Path, claimed: list[Claimed]) -> None:
    """Make the content of claims durable; most programs that write files do not flush them.

    Blocks until the dirty pages are written, which takes minutes for a large file on a slow card.
    """
    if len(claimed) > FEW_FILES or any(item.kind is FileKind.DIRECTORY for item in claimed):
        for folder in {claims_folder(home, item.path) for item in claimed}:
            flush_file_system(folder)
        return
    for item in claimed:
        path = os.fsencode(home) + b"/" + item.path
        # A file that cannot be opened cannot be sent: its job will fail with the reason.
        with suppress(FileNotFoundError, PermissionError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def put_away(
    home: Path, paths: Sequence[bytes], folder: Path, names: FreeNames[bytes]
) -> list[bytes | OSError | None]:
    """Move claims into a folder for users and return their new paths, relative to the home.

    Durable when it returns. An existing name is not overwritten: the new one gets a number. The
    path is None for a claim that no longer exists: a call before a crash has moved it. A claim that
    cannot be moved stays, and its error takes the place of its path; DiskMissingError for one on a
    disk that is not mounted.
    """
    root = os.fsencode(home) + b"/"
    places: list[bytes | OSError | None] = []
    sources = [root + path for path in paths]
    with closing(OpenedPlaces()) as opened:
        for path, source in zip(paths, sources, strict=True):
            try:
                place = _move_into(source, os.fsencode(folder) + b"/", names, opened)
                if place is None:
                    check_disk(home, path)
                places.append(place and place.removeprefix(root))
            except OSError as error:
                places.append(error)
    flush_folder(folder)
    for source in {source.rpartition(b"/")[0]: source for source in sources}.values():
        remove_empty(source)
    return places


def _move_into(
    source: bytes, folder: bytes, names: FreeNames[bytes], opened: OpenedPlaces
) -> bytes | None:
    name = source.rsplit(b"/", 1)[1]
    for _ in range(_MOST_CLASHES):
        place = folder + names.choose(folder, name, lambda each: os.path.lexists(folder + each))
        try:
            within, claimed = opened.of(source)
            rename_to_new(claimed, place, within)
        except FileExistsError:
            continue  # somebody took the name after it was chosen
        except FileNotFoundError:
            if os.path.lexists(source):
                raise
            return None
        return place
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), place)


def remove_claims(home: Path, paths: Iterable[bytes]) -> None:
    """Delete claims, and each claim folder that becomes empty; durable on return, idempotent.

    DiskMissingError when one is on a disk that is not mounted. An error is raised after all others
    were tried.
    """
    for error in delete_claims(home, paths):
        if error is not None:
            raise error


def delete_claims(home: Path, paths: Iterable[bytes]) -> list[OSError | None]:
    """Delete claims as `remove_claims` does; return the error of each that stays, else None."""
    emptied: dict[bytes, bytes] = {}
    errors: list[OSError | None] = []
    for path in paths:
        source = os.fsencode(home) + b"/" + path
        try:
            if os.path.lexists(source):
                with opened_place(source) as (place, name):
                    remove_entry(name, place)
                emptied[source.rsplit(b"/", 1)[0]] = source
            else:
                check_disk(home, path)
        except OSError as error:
            errors.append(error)
        else:
            errors.append(None)
    for folder, source in emptied.items():
        flush_folder(Path(os.fsdecode(folder)))
        remove_empty(source)
    return errors


def remove_empty(source: bytes) -> None:
    """Remove the folder of a claim that was moved or deleted, unless other claims are in it."""
    with suppress(OSError), opened_place(source.rsplit(b"/", 1)[0]) as (place, name):
        os.rmdir(name, dir_fd=place)
