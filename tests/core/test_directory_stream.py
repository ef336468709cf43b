"""Directory streams: validity of entries, and their order."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.directory_stream import (
    DEPTH_MAX,
    HEADER_MAX_BYTES,
    LENGTH,
    PATH_MAX_BYTES,
    Entry,
    EntryKind,
    EntryOrder,
    decode_entry,
    encode_end,
    encode_entry,
)
from netrelay.core.words import WireError

FILE, DIRECTORY = EntryKind.FILE, EntryKind.DIRECTORY
parts = st.binary(min_size=1, max_size=20).filter(
    lambda part: part not in (b".", b"..") and not {0, ord("/")} & set(part)
)
trees = st.recursive(
    st.none(), lambda below: st.dictionaries(parts, below, max_size=5), max_leaves=30
)
LONGEST = b"/".join([b"x" * 255] * 16)[:PATH_MAX_BYTES]


def entries_of(tree: dict[bytes, object], prefix: bytes = b"") -> list[Entry]:
    """Return the entries of a tree of names, None for a file, in stream order."""
    entries = []
    for name in sorted(tree):
        below = tree[name]
        if isinstance(below, dict):
            entries.append(Entry(DIRECTORY, prefix + name, 0, 0))
            entries += entries_of(below, prefix + name + b"/")
        else:
            entries.append(Entry(FILE, prefix + name, 0, 0))
    return entries


@given(trees.filter(lambda tree: isinstance(tree, dict)))
def test_every_tree_has_a_valid_order(tree: dict[bytes, object]) -> None:
    order = EntryOrder()
    entries = entries_of(tree)
    for entry in entries:
        order.add(entry)
    order.add(decode_entry(encode_end(len(entries))[LENGTH.size :]))


@pytest.mark.parametrize(
    "entry",
    [
        Entry(FILE, b"a", 2**63 - 1, 2**63 - 1),
        Entry(FILE, b"a/b c/\xff", -(2**63) + 1, 0),
        Entry(DIRECTORY, LONGEST, 2**63 - 1, 0),
        Entry(EntryKind.END, b"", 0, 65_536),
    ],
    ids=repr,
)
def test_decoding_inverts_encoding(entry: Entry) -> None:
    packed = encode_entry(entry)
    (length,) = LENGTH.unpack_from(packed)
    assert len(packed) == LENGTH.size + length
    assert length <= HEADER_MAX_BYTES
    assert decode_entry(packed[LENGTH.size :]) == entry


@pytest.mark.parametrize(
    "path",
    [
        *(b"", b"/", b"/a", b"a/", b"a//b", b".", b"..", b"a/../b", b"a/.", b"a\0b", b"x" * 256),
        *(b"/".join([b"d"] * (DEPTH_MAX + 1)), LONGEST + b"/x"),
    ],
    ids=lambda path: repr(path[:20]),
)
def test_invalid_paths_are_refused(path: bytes) -> None:
    with pytest.raises(WireError, match=r"path|4097"):
        decode_entry(encode_entry(Entry(FILE, path, 0, 0))[LENGTH.size :])


@pytest.mark.parametrize(
    "fields",
    [
        [3, b"a", 0, 0],
        [-1, b"a", 0, 0],
        [True, b"a", 0, 0],
        [1, "a", 0, 0],
        [1, b"a", 1.5, 0],
        [1, b"a", 2**63, 0],
        [1, b"a", 0, -1],
        [2, b"a", 0, 1],
        [0, b"a", 0, 0],
        [1, b"a", 0],
        [1, b"a", 0, 0, 0],
        [1, [b"a"], 0, 0],
    ],
    ids=repr,
)
def test_invalid_entries_are_refused(fields: list[object]) -> None:
    with pytest.raises(WireError):
        decode_entry(msgpack.packb(fields))


def entry(word: str) -> Entry:
    """Return a directory for a word that ends in "/", the end for a number, else a file."""
    if word.isdigit():
        return Entry(EntryKind.END, b"", 0, int(word))
    kind = DIRECTORY if word.endswith("/") else FILE
    return Entry(kind, word.rstrip("/").encode(), 0, 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("a a", "comes after"),
        ("b a", "comes after"),
        ("a/ a/b a", "comes after"),
        ("a/ a", "comes after"),
        ("a a/b", "no directory"),
        ("a/b", "no directory"),
        ("a/ b/ a/c", "comes after"),
        ("a/ ab/ b/c/d", "no directory"),
        ("a/ a.b a/c", "comes after"),
        ("a/ a/b a/b/c", "no directory"),
        ("a b 1", "its end says 1"),
        ("0 ", None),
        ("a/ a/b/ a/b/c a/d a.b 5", None),
    ],
)
def test_order_of_entries(words: str, reason: str | None) -> None:
    order = EntryOrder()
    *first, last = map(entry, words.split())
    for each in first:
        order.add(each)
    if reason is None:
        order.add(last)
        return
    with pytest.raises(WireError, match=reason):
        order.add(last)
