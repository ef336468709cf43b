"""Files that are coming, as rows: complete, named, and what is in staging."""

from netrelay.core.words import FileKind
from netrelay.store.coming_files import (
    Complete,
    complete_files,
    died_in_staging,
    expected_in_staging,
    name_files,
    named_directories,
    staged_name,
    unname_files,
)
from netrelay.store.jobs import close_files
from tests.store.node import OTHER, THEIR_EPOCH, THERE, OpenNode, file_of

SINGLE, CHUNK, MANIFEST = 1, 2, 3


def add_manifest(node: OpenNode, sequence: int) -> int:
    """Let the manifest of a file of 300 bytes arrive."""
    return node.arrive(
        *(MANIFEST, sequence),
        size_bytes=0,
        total_bytes=300,
        envelope=b"envelope",
        info='{"kind": "file"}',
        body=b"manifest",
        **file_of("name", 300),
    )


def test_complete_is_what_has_all_its_bytes(node: OpenNode) -> None:
    node.know(THERE)
    database = node.open("exporter")
    add_manifest(node, 5)
    single = node.arrive(SINGLE, 6, **file_of("single"))
    node.arrive(CHUNK, 5, offset=100, size_bytes=200, total_bytes=300)
    assert [item.name for item in complete_files(database, 10)] == ["single"]
    node.arrive(CHUNK, 5, offset=0, size_bytes=100, total_bytes=300)
    complete = complete_files(database, 10)
    assert len(complete) == 2
    # In the order in which they came; only a manifest says how large the staged file is.
    assert complete[1] == Complete(
        *(single, 2, "single", None, 7, "name of there"),
        *(staged_name(THERE, THEIR_EPOCH, 6, 1), False, FileKind.FILE, 100),
    )
    assert [item.whole_bytes for item in complete] == [300, None]
    assert complete_files(database, 1) == complete[:1]
    assert expected_in_staging(database) == {item.staged_name for item in complete}


def test_a_directory_says_so_and_its_name_says_that_it_was_unpacked(node: OpenNode) -> None:
    node.know(THERE)
    database = node.open("processor_r")
    node.arrive(SINGLE, 6, **file_of("photos", kind=FileKind.DIRECTORY))
    (item,) = complete_files(database, 10)
    assert item.kind is FileKind.DIRECTORY
    assert named_directories(database) == set()
    with database.transaction():
        name_files(database, {item.file: "photos"}, {})
    assert named_directories(database) == {item.staged_name}


def test_names_are_stored_and_removed(node: OpenNode) -> None:
    node.know(THERE)
    node.arrive(SINGLE, 6, **file_of("name"))
    database = node.open("exporter")
    (item,) = complete_files(database, 10)
    with database.transaction():
        name_files(database, {item.file: "name (2)"}, {})
    assert complete_files(database, 10)[0].inbox_name == "name (2)"
    with database.transaction():
        unname_files(database, [item.file])
    assert complete_files(database, 10)[0].inbox_name is None
    # One that an attempt has put into the inbox keeps its name, whatever became of another attempt.
    with database.transaction():
        name_files(database, {item.file: "name (2)"}, {})
        close_files(database, [item.file])
        unname_files(database, [item.file])
    assert node.value("SELECT inbox_name FROM files") == "name (2)"


def test_a_file_of_a_removed_peer_is_delivered_under_its_id(node: OpenNode) -> None:
    node.arrive(SINGLE, 6, **file_of("name"))
    (item,) = complete_files(node.open("exporter"), 10)
    assert item.source_name == THERE


def test_what_died_is_removed_from_staging_unless_its_other_form_is_coming(node: OpenNode) -> None:
    database = node.open("processor_r")
    node.arrive(SINGLE, 5, **file_of("name"))
    node.arrive(SINGLE, 6, **file_of("other"))
    assert died_in_staging(database, 0)[0] == set()
    for message in (1, 2):
        node.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", message)
    add_manifest(node, 5)
    assert died_in_staging(database, 0)[0] == {staged_name(THERE, THEIR_EPOCH, 6, 1)}


def test_a_staging_name_is_one_identitys(node: OpenNode) -> None:
    names = {
        staged_name(source, epoch, sequence, attempt)
        for source in (THERE, OTHER)
        for epoch in (b"1" * 8, b"2" * 8)
        for sequence in (1, 11)
        for attempt in (1, 11)
    }
    assert len(names) == 16
    longest = staged_name("a" * 32, b"\xff" * 8, 2**63 - 1, 2**32 - 1)
    assert len(longest.encode()) < 255
    assert "/" not in longest
