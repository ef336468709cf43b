"""The hash of a directory covers each name, kind, size and byte of it, and no time."""

from blake3 import blake3

from netrelay.core.directory_stream import EntryKind
from netrelay.core.tree_hash import TreeHash

FILE, DIRECTORY = EntryKind.FILE, EntryKind.DIRECTORY
Tree = list[tuple[EntryKind, bytes, bytes]]
SOME: Tree = [(DIRECTORY, b"a", b""), (FILE, b"a/b", b"content"), (FILE, b"c", b"")]


def hash_of(tree: Tree) -> bytes:
    found = TreeHash()
    for kind, path, content in tree:
        found.add(kind, path, len(content))
        for at in range(0, len(content), 3):
            found.add_content(content[at : at + 3])
    return found.digest()


def test_a_tree_has_this_hash() -> None:
    packed = bytes.fromhex(
        "02 0001 61 0000000000000000"
        "01 0003 61 2f 62 0000000000000007 636f6e74656e74"
        "01 0001 63 0000000000000000"
        "00"
    )
    context = "netrelay 2026 directory hash v1"
    assert hash_of(SOME) == blake3(packed, derive_key_context=context).digest()
    assert hash_of(SOME) != blake3(packed).digest(), "a file of these bytes is no directory"


def test_each_name_kind_and_byte_counts() -> None:
    others: list[Tree] = [
        [],
        SOME[:2],
        [(DIRECTORY, b"x", b""), (FILE, b"x/b", b"content"), (FILE, b"c", b"")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/x", b"content"), (FILE, b"c", b"")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/b", b"content"), (FILE, b"x", b"")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/b", b"content"), (DIRECTORY, b"c", b"")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/b", b"contenT"), (FILE, b"c", b"")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/b", b"conten"), (FILE, b"c", b"t")],
        [(DIRECTORY, b"a", b""), (FILE, b"a/b", b""), (FILE, b"c", b"content")],
        [(DIRECTORY, b"a", b""), (FILE, b"a-b", b"content"), (FILE, b"c", b"")],
    ]
    assert len({hash_of(tree) for tree in [SOME, *others]}) == len(others) + 1
