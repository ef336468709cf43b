"""Dropped directories: their entries, and random access to the stream they are sent as.

The stream is never stored. The offset of each entry follows from the names and sizes of the
entries before it, so any range can be read from the files in place.
"""

import errno
import json
import os
import stat
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from blake3 import blake3

from netrelay.core.directory_stream import (
    DEPTH_MAX,
    ENTRIES_MAX,
    PATH_MAX_BYTES,
    Entry,
    EntryKind,
    encode_end,
    encode_entry,
)
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.msgpack_array import INTEGER_MAX
from netrelay.disk.descriptors import open_directory, opened_directory
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.claimed_file import (
    ClaimedFiles,
    FileChanged,
    FileTouched,
    read_failure,
)
from netrelay.transfer.claimed_place import opened_place

_MARK = "directory:"
_MOST_KEPT = 2
_ALL_NAMES = IgnoredNames()


class TreeRefused(Exception):  # noqa: N818 -- an answer to the user, not a fault of this program
    """A file or directory that cannot be sent; the text names the entry and the reason."""


class Leaf(NamedTuple):
    """An entry of a directory, with the fingerprint of its inode."""

    entry: Entry
    fingerprint: str


class Tree(NamedTuple):
    """A snapshot of a directory; starts are the offsets of the entries in the stream.

    fingerprint: "directory:ENTRIES:HASH:HASH", of names, kinds, sizes and modification times, and
    of these with inodes and ctimes. Where entries were left out, ":" and the patterns that they fit
    follow, as JSON: the claimed directory is read with these, whatever is ignored then.
    """

    leaves: list[Leaf]
    starts: list[int]
    size_bytes: int
    fingerprint: str

    @property
    def may_be_filled(self) -> bool:
        """True if it holds nothing, or an empty file: many are filled after they are made."""
        entries = (leaf.entry for leaf in self.leaves)
        return not self.leaves or any(
            entry.kind is EntryKind.FILE and not entry.size_bytes for entry in entries
        )

    def files(self) -> Iterator[bytes]:
        """Return the paths of the files in it, relative to it."""
        return (leaf.entry.path for leaf in self.leaves if leaf.entry.kind is EntryKind.FILE)


def read_tree(path: bytes, ignored: IgnoredNames = _ALL_NAMES, within: int | None = None) -> Tree:
    """Read a directory recursively; the text of TreeRefused names an entry that cannot be sent.

    All or nothing: a directory that arrived without its links would look complete. Entries with an
    ignored name, and what is in them, are left out. OSError, mostly FileNotFoundError, when it
    changes while it is read. within is the descriptor of the folder that a relative path is below.
    """
    with opened_directory(path, within) as directory:
        return read_open_tree(directory, path, ignored)


def read_open_tree(directory: int, path: bytes, ignored: IgnoredNames = _ALL_NAMES) -> Tree:
    """Read an open directory, as `read_tree` does; path is its name in errors."""
    leaves: list[Leaf] = []
    starts: list[int] = []
    content, inodes = blake3(), blake3()
    size_bytes = 0
    left_out: set[str] = set()
    for leaf in _leaves(directory, path, b"", 1, _Names(ignored, left_out)):
        if len(leaves) == ENTRIES_MAX:
            raise TreeRefused(f"it holds more than {ENTRIES_MAX} files and directories")
        header = encode_entry(leaf.entry)
        content.update(header)
        inodes.update(header + leaf.fingerprint.encode() + b"\n")
        leaves.append(leaf)
        starts.append(size_bytes)
        size_bytes += len(header) + leaf.entry.size_bytes
    end = encode_end(len(leaves))
    hashes = f"{content.hexdigest()}:{inodes.hexdigest()}"
    mark = f"{_MARK}{len(leaves)}:{hashes}"
    if left_out:
        mark += f":{json.dumps(sorted(left_out))}"
    return Tree(leaves, starts, size_bytes + len(end), mark)


def ignored_in(claimed: str) -> IgnoredNames:
    """Return the names that were left out of a directory when it had this fingerprint."""
    parts = claimed.split(":", 4)
    return IgnoredNames(json.loads(parts[4])) if is_tree(claimed) and len(parts) > 4 else _ALL_NAMES


def is_tree(claimed: str) -> bool:
    """Return whether a fingerprint is that of a directory."""
    return claimed.startswith(_MARK)


class _Names(NamedTuple):
    """The names to leave out, and the patterns that entries fitted so far."""

    ignored: IgnoredNames
    left_out: set[str]

    def within(self, directory: int) -> list[bytes]:
        """Return the names in a directory that are not left out, sorted."""
        kept = []
        for name in map(os.fsencode, os.listdir(directory)):
            pattern = self.ignored.pattern_of(name)
            if pattern is None:
                kept.append(name)
            else:
                self.left_out.add(pattern)
        return sorted(kept)


def _leaves(directory: int, top: bytes, prefix: bytes, depth: int, names: _Names) -> Iterator[Leaf]:
    for name in names.within(directory):
        path = prefix + name
        shown = os.fsdecode(path)
        if depth > DEPTH_MAX:
            raise TreeRefused(f"{shown!r} in it is deeper than {DEPTH_MAX} directories")
        if len(path) > PATH_MAX_BYTES:
            raise TreeRefused(f"{shown[:80]!r}... in it is a path of over {PATH_MAX_BYTES} bytes")
        status = os.lstat(name, dir_fd=directory)
        if stat.S_ISDIR(status.st_mode):
            with _entered(name, directory, top + b"/" + path) as inner:
                status = os.fstat(inner)
                entry = Entry(EntryKind.DIRECTORY, path, _mtime_ns(status), 0)
                yield Leaf(entry, fingerprint(status))
                yield from _leaves(inner, top, path + b"/", depth + 1, names)
        elif stat.S_ISREG(status.st_mode):
            entry = Entry(EntryKind.FILE, path, _mtime_ns(status), status.st_size)
            yield Leaf(entry, fingerprint(status))
        else:
            raise TreeRefused(f"{shown!r} in it is {kind_of_file(status.st_mode)}")


def _mtime_ns(status: os.stat_result) -> int:
    return max(-INTEGER_MAX, min(INTEGER_MAX, status.st_mtime_ns))


@contextmanager
def _entered(name: bytes, directory: int, path: bytes) -> Iterator[int]:
    try:
        inner = open_directory(name, directory)
    except NotADirectoryError:
        # Something else took its name after it was listed.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    try:
        yield inner
    finally:
        os.close(inner)


class ClaimedTrees:
    """A reader of ranges of the streams of claimed directories; it caches the last used trees."""

    def __init__(self, files: ClaimedFiles) -> None:
        self._files = files
        self._trees: OrderedDict[tuple[bytes, str], Tree] = OrderedDict()

    def read_into(self, path: bytes, claimed: str, offset: int, view: memoryview) -> None:
        """Fill the view from an offset of the stream; FileChanged when any entry changed.

        FileUnread when its disk is away or fails.

        path is relative to the home, claimed is the fingerprint of the claim. After an exception
        the content of the view is undefined.
        """
        tree = self._tree(path, claimed)
        filled = 0
        place = max(0, bisect_right(tree.starts, offset) - 1)
        while filled < len(view):
            filled += self._read_entry(path, tree, place, offset + filled, view[filled:])
            place += 1
        if offset + filled >= tree.size_bytes:
            self._trees.pop((path, claimed), None)

    def _read_entry(
        self, path: bytes, tree: Tree, place: int, offset: int, view: memoryview
    ) -> int:
        """Copy the part of one entry, header and content, that begins at an offset of the stream.

        Return the number of bytes copied.
        """
        if place == len(tree.leaves):
            header = encode_end(len(tree.leaves))
            skipped = offset - (tree.size_bytes - len(header))
            count = min(len(view), len(header) - skipped)
            if count <= 0:
                raise FileChanged(f"its stream ends at byte {tree.size_bytes}")
            view[:count] = header[skipped : skipped + count]
            return count
        leaf = tree.leaves[place]
        header = encode_entry(leaf.entry)
        skipped = offset - tree.starts[place]
        part = header[skipped : skipped + len(view)]
        view[: len(part)] = part
        rest = view[len(part) :]
        begin = max(0, skipped - len(header))
        count = min(len(rest), leaf.entry.size_bytes - begin)
        if count > 0:
            try:
                self._files.read_into(
                    path, leaf.fingerprint, begin, rest[:count], inside=leaf.entry.path
                )
            except FileChanged as error:
                where = f"{os.fsdecode(leaf.entry.path)!r} in it: {error}"
                if isinstance(error, FileTouched):
                    self._trees.pop((path, tree.fingerprint), None)
                    self._tree(path, tree.fingerprint)
                raise FileChanged(where) from error
        return len(part) + max(count, 0)

    def _tree(self, path: bytes, claimed: str) -> Tree:
        tree = self._trees.get((path, claimed))
        if tree is not None:
            self._trees.move_to_end((path, claimed))
            return tree
        try:
            with opened_place(self._files.home + path) as (place, name):
                tree = read_tree(name, ignored_in(claimed), place)
        except TreeRefused as error:
            raise FileChanged(f"it cannot be read: {error}") from error
        except OSError as error:
            raise read_failure(self._files.home, path, error) from error
        _compare(claimed, tree.fingerprint)
        self._trees[path, claimed] = tree
        if len(self._trees) > _MOST_KEPT:
            self._trees.popitem(last=False)
        return tree


def _compare(claimed: str, found: str) -> None:
    """Raise FileChanged unless two fingerprints are of one directory; what is left out may differ.

    One of an older netrelay has one hash.
    """
    was, now = claimed.split(":", 4), found.split(":", 4)
    if was[:4] == now[:4]:
        return
    if len(was) > 3 and was[:3] == now[:3]:
        mark = ":".join(now[:4] + was[4:])
        raise FileTouched("inodes in it were changed after its claim", mark)
    raise FileChanged("what it holds is not what it held when it was claimed")
